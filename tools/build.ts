/** Builds the npm package: the command and the library as bundles that load fast and need nothing but Node, and their types. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bundle } from './bundle.ts'
import { licencesOf } from './licences.ts'

await rm('dist', { recursive: true, force: true })

const { inputs, outputFiles } = await bundle({ outdir: 'dist' })
for (const { path, contents } of outputFiles) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, contents)
}

await writeFile('dist/THIRD-PARTY-LICENSES.txt', await licencesOf(inputs))

execFileSync('node_modules/.bin/tsc', ['-p', 'tools/tsconfig.types.json'], { stdio: 'inherit' })
await useJsEndings('dist/types')

/** Declarations name the files they came from (.ts); what is there is .d.ts, which .js stands for. */
async function useJsEndings(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) {
    const path = join(folder, entry)
    if (!path.endsWith('.d.ts') || !existsSync(path)) continue
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replaceAll(/(['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2'))
  }
}
