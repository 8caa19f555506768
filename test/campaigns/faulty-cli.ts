/**
 * `run <request.json>` and `resume <pipeline>` as the command line does them, but with a folder store whose file operations fail
 * as ITEMWISE_FAULT says. It is reachable from here only: the product's own main takes no fault.
 */
import { readFileSync } from 'node:fs'
import { startRun } from '../../cli/places/laptop/start-run.ts'
import { reportError } from '../../cli/report-error.ts'
import { processTerminal } from '../../cli/terminal.ts'
import { runStart } from '../../runners/run-pipeline.ts'
import { type FaultPoint, FolderStore } from '../../stores/folder.ts'

/** Where and how a store fails, as JSON in ITEMWISE_FAULT. */
export interface PlannedFault {
  /** Null: any point counts. */
  point: FaultPoint | null
  /** From 1, over the times this point is passed. */
  nth: number
  /** What the file system says, or KILL for the end of the process on the spot. */
  code: string
  /** Whether every later time fails too, as on a full disk. */
  stays?: boolean
}

const terminal = processTerminal()
const [act, target = ''] = process.argv.slice(2)
const store = new FolderStore(process.cwd(), { fault: faultOf(JSON.parse(process.env.ITEMWISE_FAULT ?? 'null')) })
try {
  process.exitCode = await startRun({ flags: {}, store }, terminal, (tools) =>
    runStart(
      tools,
      act === 'resume'
        ? { kind: 'resume', resume: { pipeline: target } }
        : { kind: 'run', request: JSON.parse(readFileSync(target, 'utf8')), where: target },
    ),
  )
} catch (error) {
  process.exitCode = reportError(error, { json: false, verbose: false }, terminal)
}

function faultOf({ point: wanted, nth, code, stays = false }: PlannedFault): (point: FaultPoint) => void {
  let passed = 0
  return (point) => {
    if (wanted !== null && point !== wanted) return
    passed += 1
    if (passed < nth || (passed > nth && !stays)) return
    if (code === 'KILL') process.kill(process.pid, 'SIGKILL')
    throw Object.assign(new Error(code), { code })
  }
}
