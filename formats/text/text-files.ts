/** A folder or a pattern of text files: an item each, with its path, its name and its text. */
import { RequestRefused } from '../../core/errors.ts'
import type { Store } from '../../core/store.ts'
import { JsonInvalid } from '../../core/text/json-array.ts'
import { someOf } from '../../core/text/nearest.ts'
import type { Table, TableRow } from '../table.ts'
import { unpacked } from '../unpacked.ts'
import { decoded, encodingOf } from './encoding.ts'

/** Whether a path is a pattern: `inputs/letters/*.md`. */
export function isPattern(path: string): boolean {
  return /[*?]/.test(path)
}

/** `path`: a folder, or a pattern with `*` (within a name), `**` (folders) and `?`. Throws RequestRefused if there is no file. */
export async function textFiles(store: Store, path: string): Promise<{ files: string[]; input: Table }> {
  const paths = await matching(store, path)
  if (paths.length === 0)
    throw new RequestRefused([
      `there is no file ${isPattern(path) ? 'of this pattern' : 'in this folder'}. Expected text files, such as inputs/letters/*.md. ${await thereText(store, folderOf(path))}`,
    ])
  const others = new Map<string, number>()
  const note = (words: string) => others.set(words, (others.get(words) ?? 0) + 1)
  const readAs = () =>
    [
      `${paths.length} text file${paths.length === 1 ? '' : 's'}`,
      ...[...others].map(([words, count]) => `${count} of them in ${words}`),
    ].join(', ')
  return { files: paths, input: { items: () => items(store, paths, note), readAs } }
}

async function* items(store: Store, paths: string[], note: (words: string) => void): AsyncGenerator<TableRow> {
  for (const path of paths) {
    const packed = {
      read: (range?: readonly [number, number]) => store.read(path, range),
      size: (await store.size(path)) ?? 0,
    }
    try {
      const bytes = /\.gz$/i.test(path) ? await unpacked(packed) : packed
      const encoding = await encodingOf(bytes)
      if (encoding.label !== 'utf-8') note(encoding.words)
      const text = (await Array.fromAsync(decoded(bytes, encoding))).join('')
      yield { item: { path, name: path.slice(path.lastIndexOf('/') + 1), text }, place: path }
    } catch (cause) {
      if (!(cause instanceof JsonInvalid)) throw cause
      throw new JsonInvalid(`has ${path}, which ${cause.message}. Name only text files, with a pattern such as *.md`, {
        cause,
      })
    }
  }
}

/** The folder itself, or the one in which a pattern begins. */
function folderOf(path: string): string {
  if (!isPattern(path)) return path.replace(/\/$/, '')
  const fixed = path.slice(0, path.search(/[*?]/))
  return fixed.slice(0, Math.max(0, fixed.lastIndexOf('/')))
}

async function thereText(store: Store, folder: string): Promise<string> {
  const names = (await store.list(folder)).filter((name) => !name.endsWith('/') && !name.startsWith('.'))
  return `${folder || 'The workspace'} has${names.length === 0 ? ' no files' : `: ${someOf(names)}`}.`
}

/** The paths that a folder or a pattern means, sorted. Hidden files are left out. */
async function matching(store: Store, path: string): Promise<string[]> {
  if (!isPattern(path)) return (await filesIn(store, path.replace(/\/$/, ''), false)).sort()
  const folder = folderOf(path)
  const deep = path.slice(folder.length + 1).includes('/')
  const pattern = patternOf(path)
  return (await filesIn(store, folder, deep)).filter((file) => pattern.test(file)).sort()
}

async function filesIn(store: Store, folder: string, deep: boolean): Promise<string[]> {
  const found: string[] = []
  for (const name of await store.list(folder)) {
    if (name.startsWith('.')) continue
    const path = folder === '' ? name : `${folder}/${name}`
    if (!name.endsWith('/')) found.push(path)
    else if (deep) found.push(...(await filesIn(store, path.slice(0, -1), true)))
  }
  return found
}

function patternOf(path: string): RegExp {
  const parts = path.split(/(\*\*\/|\*\*|\*|\?)/)
  const meaning: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' }
  return new RegExp(
    `^${parts.map((part) => meaning[part] ?? part.replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&')).join('')}$`,
    'u',
  )
}
