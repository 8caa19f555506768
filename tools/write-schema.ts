/** Writes the JSON Schema of the run request beside the example pipelines, for editors. */
import { writeFileSync } from 'node:fs'
import { jsonText } from '../core/json.ts'
import { runRequestSchema } from '../core/parse-request.ts'

writeFileSync('pipelines/run-request.schema.json', `${jsonText(runRequestSchema(), 2)}\n`)
