/** What the inputs of a run were taken for, if they are no plain arrays. */
import type { ResolvedStep } from '../documents.ts'
import { areInMemory } from '../items/conversion.ts'

/** A sentence for each input that was converted: `inputs/a.csv is taken as CSV in UTF-8, cells separated by a semicolon …: 14 items.` */
export function takenAs(steps: readonly ResolvedStep[]): string[] {
  return steps.flatMap(({ input }) => {
    if (input.from !== 'file' || input.converted === undefined || areInMemory(input.path)) return []
    const { read_as, items } = input.converted
    const what = input.path === '-' ? 'The input from stdin' : input.path
    return [`${what} is taken as ${read_as}: ${items} item${items === 1 ? '' : 's'}.`]
  })
}
