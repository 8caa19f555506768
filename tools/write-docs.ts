/** Brings the docs up to date: the JSON Schema, the reference, the surface of the library, the figures of the benchmarks and of AWS, the pictures, and the output in the README and the guide. */
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runRequestSchema } from '../core/request/parse-request.ts'
import { jsonText } from '../core/text/json.ts'
import { writeArchitecturePage } from './architecture.ts'
import { readDocument, stories, withoutChance, withRealOutput } from './console-blocks.ts'
import { picture, picturePath } from './draw-machine.ts'
import { libraryTypes } from './library-types.ts'
import { openApi } from './openapi.ts'
import { writePerformancePage } from './performance.ts'
import { referenceText } from './reference.ts'
import { writeScalePage } from './scale.ts'

const root = resolve(import.meta.dirname, '..')

writeFileSync(join(root, 'pipelines/run-request.schema.json'), `${jsonText(runRequestSchema(), 2)}\n`)
writeFileSync(join(root, 'docs/reference.md'), referenceText())
writeFileSync(join(root, 'docs/openapi.json'), `${jsonText(openApi(), 2)}\n`)
writeFileSync(join(root, 'docs/library.api.md'), (await libraryTypes()).report)
writePerformancePage()
writeArchitecturePage()
writeScalePage()
writeFileSync(picturePath, picture())
await Promise.all(stories.map(writeStory))

async function writeStory(paths: readonly string[]): Promise<void> {
  const before = paths.map(readDocument)
  const after = await withRealOutput(before)
  paths.forEach((path, at) => {
    const text = after[at]!
    if (withoutChance(text) !== withoutChance(before[at]!)) writeFileSync(join(root, path), text)
  })
}
