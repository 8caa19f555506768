/**
 * A call of the Lambda `process` in a process of its own: `node another-call.ts <event> <milliseconds that it has>`. Prints what the
 * Lambda returns as its last line; the lines before are its log.
 */
import type { Context } from 'aws-lambda'
import { handler } from '../../lambdas/process.ts'

const [event = '', milliseconds = ''] = process.argv.slice(2)
const ends = Date.now() + Number(milliseconds)
const context = { getRemainingTimeInMillis: () => ends - Date.now() } as Context
console.log(JSON.stringify(await handler(JSON.parse(event), context)))
process.exit()
