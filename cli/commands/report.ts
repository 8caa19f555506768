/** `itemwise report` as it is called. */
import { command, option } from './command.ts'
import { place, wholeNumber } from './options.ts'

export const report = command({
  usage: 'report <pipeline> [version]',
  does: 'write a version as one HTML file that needs no network: figures, comparison, table, answers',
  example: 'itemwise report problem_generator_module_4 --against v0 --output report.html',
  options: [
    option('--against <version>', 'compare with this version'),
    option(
      '--items <n>',
      'the most items that are shown; failed, flagged, edited and changed ones first (default: 1000)',
      wholeNumber,
    ),
    option('--output <file>', 'write to this file instead of stdout'),
    ...place,
  ],
  load: async () => (await import('../report.ts')).report,
})
