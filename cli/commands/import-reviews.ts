/** `itemwise import-reviews` as it is called. */
import { command, option } from './command.ts'
import { place } from './options.ts'

export const importReviews = command({
  usage: 'import-reviews <file>',
  does: 'take over what you changed in a spreadsheet that export --review wrote, after asking',
  example: 'itemwise import-reviews answers.xlsx --dry-run',
  options: [
    option('--by <name>', 'who says it (default: user.name of git, else your user name)'),
    option('--yes', 'take it over without asking'),
    option('--dry-run', 'show what would be edited and noted, and note nothing'),
    ...place,
  ],
  load: async () => (await import('../import-reviews.ts')).importReviews,
})
