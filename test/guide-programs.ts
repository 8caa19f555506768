/** The programs of docs/guide/library.md, in their order. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function guidePrograms(): string[] {
  const guide = readFileSync(join(import.meta.dirname, '../docs/guide/library.md'), 'utf8')
  return [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code)
}
