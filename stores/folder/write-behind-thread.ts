/** The write-behind writer's thread: does each list of writes it is sent and answers with the first error, or null. */
import { parentPort } from 'node:worker_threads'
import { doItemWrite, type ItemWrite } from './item-writes.ts'

parentPort?.on('message', (writes: ItemWrite[]) => parentPort?.postMessage(firstFailure(writes)))

/** After an error the rest is tried too: one name that is too long must not cost the others their files. */
function firstFailure(writes: ItemWrite[]): { error: { code: unknown; message: string }; file: string } | null {
  let failure: ReturnType<typeof firstFailure> = null
  for (const write of writes) {
    try {
      doItemWrite(write)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      failure ??= { error: { code, message }, file: write.file }
    }
  }
  return failure
}
