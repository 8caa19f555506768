/** 100,000 rows go through in little memory, both ways. */
import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith } from './converted.ts'

/** In MB. */
const most = 300

const program = resolve(import.meta.dirname, 'hundred-thousand.ts')

function megabytes(what: 'write' | 'read', path: string): number {
  return Number(execFileSync(process.execPath, [program, what, path]))
}

test.each(['xlsx', 'parquet', 'csv'])('100,000 rows of %s are written and read within 300 MB', (ending) => {
  using folder = folderWith({})
  const path = join(folder.path, ending === 'csv' ? 'a.csv' : `a.${ending}`)
  expect(megabytes('write', path)).toBeLessThan(most)
  if (ending !== 'csv') expect(megabytes('read', path)).toBeLessThan(most)
})
