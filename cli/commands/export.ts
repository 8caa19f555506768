/** `itemwise export` as it is called. */
import { choice, command, option } from './command.ts'
import { place, wholeNumber } from './options.ts'

export const exportCommand = command({
  usage: 'export <pipeline> [version]',
  does: 'export the answers of a step as CSV, JSON Lines or JSON',
  example: 'itemwise export problem_generator_module_4 @final --output problems.csv',
  options: [
    ...place,
    option('--step <n>', 'the step to export (default: the last)', wholeNumber),
    choice('--format <format>', 'the format (default: by the ending of --output, else csv)', ['csv', 'jsonl', 'json']),
    option('--output <file>', 'write to this file instead of stdout'),
  ],
  load: async () => (await import('../export.ts')).exportCollated,
})
