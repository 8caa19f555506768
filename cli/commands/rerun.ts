/** `itemwise rerun` as it is called. */
import { command, option } from './command.ts'
import { among, asking, beforehand, detach, drawing, halfPrice, labels, notify, place } from './options.ts'

export const rerun = command({
  usage: 'rerun <pipeline> [ids...]',
  does: 'process some items again, as a new version based on the latest',
  example: 'itemwise rerun problem_generator_module_4 4002 4007 --note "Shorter openings"',
  options: [
    option('--failed', 'the items that failed'),
    option('--changed', 'the items whose prompt or settings have changed'),
    option('--flagged', 'the items with a flagged answer'),
    option('--unreviewed', 'the items whose last answer nobody has approved or flagged'),
    option('--keep-approved', 'no items with an approved answer; one that is named is refused'),
    option('--replace-edits', 'ask again, too, for answers that people have edited; without it they stay'),
    option('--suggest', 'keep edited answers, and ask for a new one beside each: it is shown, and changes nothing'),
    ...among,
    ...drawing,
    option('--base <version>', 'start from this version instead of the latest'),
    ...asking,
    ...halfPrice,
    ...labels,
    option('--model <id>', 'use this model instead of the one in the base version'),
    ...beforehand,
    notify,
    detach,
    ...place,
  ],
  load: async () => (await import('../rerun.ts')).rerun,
})
