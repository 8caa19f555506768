/** `itemwise export` as it is called. */
import { choice, command, option } from './command.ts'
import { place } from './options.ts'

export const exportCommand = command({
  usage: 'export <pipeline> [version]',
  does: 'export the answers of a step as CSV, JSON Lines or JSON',
  example: 'itemwise export problem_generator_module_4 @final --output problems.csv',
  options: [
    ...place,
    option('--step <step>', 'the step to export, by number or prompt (default: the last)'),
    option(
      '--where <expression>',
      'only the items that a JSONata expression takes: grade >= 4 and answer.topic = "money"',
    ),
    choice('--format <format>', 'the format (default: by the ending of --output, else csv)', ['csv', 'jsonl', 'json']),
    option('--output <file>', 'write to this file instead of stdout'),
  ],
  load: async () => (await import('../export.ts')).exportCollated,
})
