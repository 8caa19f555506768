/** `itemwise try` as it is called. */
import { command, option } from './command.ts'
import { chosenIds, dollars, place, sampling, whereFlags } from './options.ts'

export const tryCommand = command({
  usage: 'try <request> [ids...]',
  does: 'send one item, or a few, through a pipeline and look at the answers',
  example: 'itemwise try problems 4002 --model claude-haiku-4-5 claude-sonnet-4-5',
  options: [
    option('--model <ids...>', 'ask these models; two stand side by side'),
    option('--prompt <names...>', 'send these templates; two stand side by side'),
    option('--step <step>', 'the step whose template --prompt replaces, by number or prompt (default: the first)'),
    option(whereFlags, 'the first item that a JSONata expression takes: grade >= 4 and topic = "money"'),
    ...chosenIds,
    ...sampling,
    option('--watch', 'ask again whenever a template is saved'),
    option('--max-cost <usd>', 'stop before all of it costs more than this; none: no limit', dollars),
    option('--offline', 'use made-up answers: no account, no key, no cost'),
    ...place,
  ],
  load: async () => (await import('../try.ts')).tryOut,
})
