/** Which ends of runs ring the alarm FailedRuns: the figure that `fail` writes, called here over the real table. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { handler as fail } from '../../lambdas/fail.ts'
import { stack } from './cloud.ts'

beforeAll(() => {
  const settings = { BUCKET: stack.BucketName, TABLE: stack.TableName, POWERTOOLS_LOG_LEVEL: 'SILENT' }
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value)
})
afterAll(() => vi.unstubAllEnvs())

/** How many failures `fail` counts when it is called twice, by the machine and by the rule, as for every run that failed. */
async function counted(error: string): Promise<number> {
  const name = randomUUID()
  const execution = { id: `${stack.StateMachineArn}:${name}`, name }
  const written: string[] = []
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const log = vi.spyOn(console, 'log').mockImplementation((text) => void written.push(String(text)))
  try {
    await fail({ execution, error: { Error: error, Cause: 'Why.' } })
    await fail({ detail: { executionArn: execution.id, name, status: 'FAILED', error, cause: 'Why.' } })
  } finally {
    stdout.mockRestore()
    log.mockRestore()
  }
  return written.filter((text) => text.includes('"FailedRuns":1')).length
}

test('a failure is counted once, whoever tells of it; a refused request and a stop are not', async () => {
  expect([await counted('States.Runtime'), await counted('StoreUnreadable')]).toEqual([1, 1])
  expect([await counted('RequestRefused'), await counted('VersionBusy'), await counted('RunInterrupted')]).toEqual([
    0, 0, 0,
  ])
})
