/** Says before a large run what it will write if each prompt and each answer is a file, and which setting writes less. */
import type { Planned } from '../items/tally.ts'
import type { ReadyStep } from './resolve-steps.ts'

/** With more items, files take longer to write, to copy and to remove than all the rest. */
const manyItems = 20_000

/** A sentence, or nothing. */
export function manyFilesWarnings(steps: readonly ReadyStep[], planned: readonly Planned[]): string[] {
  const asked = steps.map(({ step }) => {
    const process = planned.find((one) => one.step === step.step)?.process ?? 0
    return step.batch_mode && step.keep === undefined ? process : 0
  })
  const most = Math.max(0, ...asked)
  if (most <= manyItems) return []
  const files = 2 * asked.reduce((sum, count) => sum + count, 0)
  return [
    `This run asks for ${count(most)} items and keeps each prompt and each answer as a file of its own: ${count(files)} files, beside the arrays. \`keep: { prompts: packed, items: packed }\` in itemwise.yaml or in the request keeps a thousand in one file, which is faster and takes less room.`,
  ]
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
