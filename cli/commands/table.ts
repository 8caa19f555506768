/** `itemwise table` as it is called. */
import { command, option } from './command.ts'
import { among, place, wholeNumber } from './options.ts'

export const table = command({
  usage: 'table <pipeline> [version]',
  does: 'show answers as a table: a row an item, a column a field',
  example: 'itemwise table words v1 --columns topic answer.title --sort -answer.grade',
  options: [
    ...among,
    option(
      '--columns <fields...>',
      'these fields: topic of the item, answer.title, ledger.cost_usd (default: all of the answer)',
    ),
    option('--sort <field>', 'sort by this field; with - before it the highest first'),
    option('--rows <n>', 'rows of a page (default: 20)', wholeNumber),
    option('--page <n>', 'show this page (default: 1)', wholeNumber),
    ...place,
  ],
  load: async () => (await import('../table.ts')).table,
})
