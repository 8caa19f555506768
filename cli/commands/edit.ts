/** `itemwise edit` as it is called. */
import { command, option } from './command.ts'
import { place, said } from './options.ts'

export const edit = command({
  usage: 'edit <pipeline> <id>',
  does: 'correct an answer; without --set, --answer and --suggestion in your editor',
  example: 'itemwise edit problem_generator_module_4 4002 --step 1 --set title=Rain',
  options: [
    option('--set <settings...>', 'fields and their new values: title="A short title" author.age=7'),
    option('--answer <file>', 'the whole answer, from a file or from stdin (-)'),
    option('--suggestion', 'the answer that the model gave beside an edited one (rerun --suggest)'),
    ...said,
    ...place,
  ],
  load: async () => (await import('../edit.ts')).edit,
})
