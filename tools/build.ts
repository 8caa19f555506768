/** Builds the npm package: the command and the library as bundles that load fast and need nothing but Node, and their types. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { bundle } from './bundle.ts'
import { libraryTypes } from './library-types.ts'
import { licencesOf } from './licences.ts'

await rm('dist', { recursive: true, force: true })

const { inputs, outputFiles } = await bundle({ outdir: 'dist' })
for (const { path, contents } of outputFiles) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, contents)
}

await writeFile('dist/THIRD-PARTY-LICENSES.txt', await licencesOf(inputs))

const { declarations } = await libraryTypes()
await writeFile('dist/index.d.ts', declarations)
