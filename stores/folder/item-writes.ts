/** The small writes that follow the journal: an item's answer, its unusable reply, its prompt. Blocking; done here or by the write-behind writer's thread. */
import { rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makingFolder, writeWholeNow } from './atomic-write.ts'
import { makeFolder } from './make-folder.ts'
import type { Fault, FaultPoint } from './options.ts'

export type ItemWrite =
  /** A prompt: written straight, as the journal has it too. */
  | { kind: 'prompt'; file: string; text: string }
  /** An answer or a reply: whole or not at all, by way of `temporary`. */
  | { kind: 'output' | 'reply'; file: string; temporary: string; text: string }
  | { kind: 'remove'; file: string }

const points = { output: 'keep:item-written', reply: 'keep:reply-written' } as const satisfies Record<
  string,
  FaultPoint
>

/** Does one write. Errors are the file system's own. */
export function doItemWrite(write: ItemWrite, fault?: Fault): void {
  if (write.kind === 'remove') {
    rmSync(write.file, { force: true })
    return
  }
  if (write.kind === 'prompt') {
    makingFolder(dirname(write.file), () => writeFileSync(write.file, write.text))
    fault?.('keep:prompt-written', write.file)
    return
  }
  const { file, temporary, text } = write
  makeFolder(dirname(file))
  writeWholeNow(text, { file, temporary, fault, point: 'keep:item-temp-written' })
  fault?.(points[write.kind], file)
}
