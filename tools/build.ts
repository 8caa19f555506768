/** Builds the npm package: the command and the library as bundles that load fast and need nothing but Node, and their types. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bundle } from './bundle.ts'

await rm('dist', { recursive: true, force: true })

const { metafile, outputFiles } = await bundle({ outdir: 'dist' })
for (const { path, contents } of outputFiles) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, contents)
}

await writeFile('dist/THIRD-PARTY-LICENSES.txt', await licences(Object.keys(metafile.inputs)))

execFileSync('node_modules/.bin/tsc', ['-p', 'tools/tsconfig.types.json'], { stdio: 'inherit' })
await useJsEndings('dist/types')

/** The licences of everything that was bundled. */
async function licences(inputs: string[]): Promise<string> {
  const folders = new Set(inputs.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  const texts = [...folders].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e(\.|$)/i.test(entry))
    const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8')
    return `${name} ${version} (${license})\n\n${text.trim()}\n`
  })
  return (await Promise.all(texts)).join(`\n${'-'.repeat(78)}\n\n`)
}

/** Declarations name the files they came from (.ts); what is there is .d.ts, which .js stands for. */
async function useJsEndings(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) {
    const path = join(folder, entry)
    if (!path.endsWith('.d.ts') || !existsSync(path)) continue
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replaceAll(/(['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2'))
  }
}
