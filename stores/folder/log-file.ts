/** The log of a version in progress: work/logs.jsonl, one entry a line. */
import { appendFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type LogEntry, logEntry } from '../../core/documents.ts'
import { FileMissing } from '../../core/errors.ts'
import { lines } from '../../core/text/lines.ts'
import { makingFolder } from './atomic-write.ts'
import { readBytes } from './reading.ts'
import { writingNow } from './unwritable.ts'

/** Throws StoreUnwritable. */
export function appendLog(file: string, path: string, entry: LogEntry): void {
  const line = `${JSON.stringify(entry)}\n`
  writingNow(path, () => makingFolder(dirname(file), () => appendFileSync(file, line)))
}

/** The entries, oldest first; none if there is no log. A line torn by a kill is left out. */
export async function* readLog(file: string, path: string): AsyncGenerator<LogEntry> {
  try {
    for await (const { text } of lines(readBytes(file, path))) {
      const entry = parsed(text)
      if (entry !== undefined) yield entry
    }
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error
  }
}

function parsed(text: string): LogEntry | undefined {
  try {
    return logEntry.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
