/** Which request file of the workspace a short name means: `movies` or `movies.yaml` for pipelines/movies.yaml. */
import { RequestRefused } from './errors.ts'
import type { Store } from './store.ts'

const folder = 'pipelines'
const endings = ['', '.yaml', '.yml', '.json']

/** Names of the request files that are saved in the workspace, from pipelines/ on. */
export async function savedRequests(store: Store): Promise<string[]> {
  return (await store.list(folder)).filter((name) => /\.(ya?ml|json)$/.test(name) && !name.endsWith('.schema.json'))
}

/** The path of the saved request that `word` means, if any. Throws RequestRefused where it could be one of several. */
export async function savedRequest(store: Store, word: string): Promise<string | undefined> {
  const name = word.startsWith(`${folder}/`) ? word.slice(folder.length + 1) : word
  const isName = name !== '' && name.split('/').every((part) => !['', '.', '..'].includes(part)) && !name.includes('\0')
  if (!isName) return undefined
  const saved = await savedRequests(store)
  const found = endings.map((ending) => name + ending).filter((one) => saved.includes(one))
  if (found.length > 1)
    throw new RequestRefused([
      `${word} could be ${found.map((one) => `${folder}/${one}`).join(' or ')}. Expected one of them. Name the file.`,
    ])
  return found[0] === undefined ? undefined : `${folder}/${found[0]}`
}
