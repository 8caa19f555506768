/** What nobody can do without who takes a file of items: to read it and parse each. Holds one at a time. */
import { createReadStream } from 'node:fs'
import { arrayElements } from '../core/text/json-array.ts'

let items = 0
for await (const _item of arrayElements(createReadStream(process.argv[2] ?? '', { highWaterMark: 256 * 1024 })))
  items += 1
console.log(items)
