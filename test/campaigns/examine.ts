/** Calls the doctor without a process of its own. */
import { doctor } from '../../cli/doctor.ts'
import type { Diagnosis } from '../../cli/doctor-text.ts'
import { fakeTerminal } from '../cli/fake-terminal.ts'

export interface Examined extends Diagnosis {
  code: number
}

/** What `itemwise doctor [--fix] --json` says of a workspace, and its exit code. */
export async function examine(workspace: string, { fix }: { fix: boolean }): Promise<Examined> {
  let out = ''
  const terminal = fakeTerminal({
    out: (text) => {
      out += text
    },
    cwd: workspace,
  })
  const code = await doctor([], { workspace, json: true, fix }, terminal)
  return { code, ...(JSON.parse(out) as Diagnosis) }
}

/** Each finding in a line. */
export function findingLines({ findings }: Diagnosis): string[] {
  return findings.map(({ path, found }) => `${path}: ${found}`)
}
