/** The request files that are saved in pipelines/, and how they are named short: `movies` or `movies.yaml` for pipelines/movies.yaml. */
import { RequestRefused } from '../core/errors.ts'
import type { Store } from '../core/store.ts'

const folder = 'pipelines'
const endings = ['', '.yaml', '.yml', '.json']

/** Their names, without the folder's. */
export async function savedRequests(store: Store): Promise<string[]> {
  return (await store.list(folder)).filter((name) => /\.(ya?ml|json)$/.test(name) && !name.endsWith('.schema.json'))
}

/** The paths of those that `word` may mean. */
export async function savedRequestsNamed(store: Store, word: string): Promise<string[]> {
  const name = word.startsWith(`${folder}/`) ? word.slice(folder.length + 1) : word
  const saved = await savedRequests(store)
  return endings.map((ending) => name + ending).flatMap((one) => (saved.includes(one) ? [`${folder}/${one}`] : []))
}

/** The path of the one that `word` means, if any. Throws RequestRefused if several match. */
export async function savedRequest(store: Store, word: string): Promise<string | undefined> {
  const found = await savedRequestsNamed(store, word)
  if (found.length <= 1) return found[0]
  throw new RequestRefused([`${word} could be ${found.join(' or ')}. Expected one of them. Name the file.`])
}
