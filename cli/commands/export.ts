/** `itemwise export` as it is called. */
import { choice, command, option } from './command.ts'
import { partsIn, place } from './options.ts'

export const exportCommand = command({
  usage: 'export <pipeline> [version]',
  does: 'export the answers of a step as a table or as JSON',
  example: 'itemwise export problem_generator_module_4 @final --output problems.csv',
  options: [
    ...place,
    option('--step <step>', 'the step to export, by number or prompt (default: the last)'),
    option(
      '--where <expression>',
      'only the items that a JSONata expression takes: grade >= 4 and answer.topic = "money"',
    ),
    option('--approved', 'only the answers that somebody has approved'),
    option('--review', 'with the state and the comment of each answer, for reading in a spreadsheet: csv and xlsx'),
    choice('--format <format>', 'the format (default: by the ending of --output, else csv)', [
      'csv',
      'xlsx',
      'jsonl',
      'json',
      'parquet',
    ]),
    option('--output <file>', 'write to this file instead of stdout'),
    option('--with <parts>', 'what to join to each answer: input, all-steps, ledger, separated by commas', partsIn),
    option('--excel', 'CSV that Excel opens by itself: a byte order mark, and semicolons between cells'),
    choice('--separator <name>', 'what stands between the cells of CSV (default: comma)', [
      'comma',
      'semicolon',
      'tab',
      'pipe',
    ]),
    option('--raw', 'leave texts in CSV as they are that begin like a formula'),
  ],
  load: async () => (await import('../export.ts')).exportCollated,
})
