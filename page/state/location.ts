/** Where the page is: the part of the address behind #, so that a reload, a link and the browser's own back and forward work. */
import { computed, signal } from '@preact/signals'

export interface Place {
  screen: string
  /** Behind the screen: pipeline, version, step, item. */
  names: readonly string[]
  query: URLSearchParams
}

const hash = signal(location.hash)

addEventListener('hashchange', () => {
  hash.value = location.hash
})

export const place = computed(() => placeIn(hash.value))

export function placeIn(text: string): Place {
  const [path = '', search = ''] = text.replace(/^#\/?/, '').split('?', 2)
  const [screen = '', ...names] = path.split('/').map(decoded)
  return {
    screen: screen || 'pipelines',
    names: names.filter((name) => name !== ''),
    query: new URLSearchParams(search),
  }
}

type QueryGiven = Readonly<Record<string, string | number | null | undefined>> | URLSearchParams

/** `#/items/<pipeline>/<version>?review=flagged` */
export function linkTo(screen: string, names: readonly (string | number)[] = [], query: QueryGiven = {}): string {
  const path = [screen, ...names].map((name) => encodeURIComponent(name)).join('/')
  const given =
    query instanceof URLSearchParams
      ? query
      : new URLSearchParams(
          Object.entries(query).flatMap(([name, value]) =>
            value == null || value === '' ? [] : [[name, String(value)]],
          ),
        )
  const search = String(given)
  return `#/${path}${search === '' ? '' : `?${search}`}`
}

export function goTo(link: string, { instead = false } = {}): void {
  if (link === location.hash) return
  if (instead) history.replaceState(null, '', link)
  else history.pushState(null, '', link)
  hash.value = location.hash
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
