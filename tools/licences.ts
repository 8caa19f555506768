/** The licences of everything that was bundled: each package with its whole text. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Bundled {
  name: string
  version: string
  license: string
  repository: string
  /** Undefined where the package holds none. */
  text: string | undefined
}

/** Whose copyright it is, from its repository or its author, where a package under the MIT licence leaves the text out. */
const copyrights: Record<string, string> = {
  '@cfworker/json-schema': 'Copyright (c) Jeremy Danyow',
  standardwebhooks: 'Copyright (c) 2023 Svix (https://www.svix.com)',
}

/** `inputs`: the paths of the bundled files. Throws for a package whose text cannot be had. */
export async function licencesOf(inputs: readonly string[]): Promise<string> {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  const packages = await Promise.all([...folders].map(bundledIn))
  const ours = await readFile('LICENSE', 'utf8')
  const texts = packages.map((one) => `${one.name} ${one.version} (${one.license})\n\n${textOf(one, packages, ours)}\n`)
  return [...new Set(texts)].sort().join(`\n${'-'.repeat(78)}\n\n`)
}

async function bundledIn(folder: string): Promise<Bundled> {
  const { name, version, license, repository } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(-mit)?(\.|$)/i.test(entry))
  const text = file === undefined ? undefined : (await readFile(join(folder, file), 'utf8')).trim()
  return { name, version, license, repository: repository?.url ?? repository ?? '', text: text || undefined }
}

/** A package without a text has the one of its repository: of another package from there, or the MIT licence with its copyright. */
function textOf(one: Bundled, packages: readonly Bundled[], ours: string): string {
  if (one.text !== undefined) return one.text
  const sibling = packages.find(
    ({ repository, license, text }) =>
      text !== undefined && one.repository !== '' && repository === one.repository && license === one.license,
  )
  if (sibling?.text !== undefined) return sibling.text
  const copyright = copyrights[one.name]
  if (one.license === 'MIT' && copyright !== undefined) return ours.trim().replace(/^Copyright .*$/m, copyright)
  throw new Error(
    `${one.name} ${one.version} (${one.license}) is bundled and holds no licence text. Expected one. Add its copyright line to tools/licences.ts.`,
  )
}
