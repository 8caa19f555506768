/** Writes or reads 100,000 rows in a process of its own, and prints how much memory that took. */
import { createWriteStream } from 'node:fs'
import { basename, dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { converter } from '../../formats/convert.ts'
import type { ExportFormat } from '../../formats/export/formats.ts'
import { written } from '../../formats/export/write.ts'
import { FolderStore } from '../../stores/folder.ts'
import { useFrugalHeap } from '../../workspace/frugal-heap.ts'

const rows = 100_000
const [what, path = ''] = process.argv.slice(2)

async function* items() {
  for (let at = 0; at < rows; at++) {
    const text = `Text ${at} ${((at * 2_654_435_761) % 2 ** 32).toString(36)} `.repeat(6)
    yield { id: at, name: `Name ${at}`, text, note: `${at * 7919}`, grade: at / 2, yes: at % 2 === 0 }
  }
}

useFrugalHeap()
if (what === 'write') {
  const format = path.slice(path.lastIndexOf('.') + 1) as ExportFormat
  await pipeline(Readable.from(written(items, format)), createWriteStream(path))
} else {
  const found = await converter(null)(new FolderStore(dirname(path)), { written: basename(path), types: {} })
  if (found?.items !== rows) throw new Error(`${found?.items} rows were read.`)
}
process.stdout.write(String(Math.round(process.resourceUsage().maxRSS / 1024)))
