/** `itemwise reviews` as it is called. */
import { command, option } from './command.ts'
import { place } from './options.ts'

export const reviews = command({
  usage: 'reviews <pipeline>',
  does: 'show which answers are approved, flagged and unreviewed',
  example: 'itemwise reviews problem_generator_module_4 --json',
  options: [option('--version <version>', 'of this version instead of the latest'), ...place],
  load: async () => (await import('../reviews.ts')).reviews,
})
