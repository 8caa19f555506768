/** Refuses expressions over what only an earlier version has, in a run that has none. */
import { readWhere } from '../choice/read-where.ts'
import { RequestRefused } from '../errors.ts'
import type { ReadyStep } from './resolve-steps.ts'

/** Throws RequestRefused if an initial run would choose by answers or a ledger. */
export async function refuseEarlier(steps: readonly ReadyStep[]): Promise<void> {
  const problems: string[] = []
  for (const { step } of steps) {
    if (step.where === undefined) continue
    const { reads } = await readWhere(step.where, 'batch_where (--where)')
    const names = [...(reads.answer === null ? [] : ['answer']), ...(reads.ledger === null ? [] : ['ledger'])]
    if (names.length === 0) continue
    problems.push(
      `Step ${step.step} (${step.prompt_name}): batch_where (--where) \`${step.where}\` reads ${names.join(' and ')}, but an initial run has no earlier version. \`itemwise rerun --where\` chooses by answers; an item's own field is $item.${names[0]}.`,
    )
  }
  if (problems.length > 0) throw new RequestRefused(problems)
}
