/** The first program that anybody writes, with nothing but its items added: what it names is not said by an option. */
export const firstProgram = `import { openWorkspace } from 'itemwise'
import { z } from 'zod'

const tickets = [
  { id: 'T-1', subject: 'Charged twice', body: 'My card was charged twice in May.' },
  { id: 'T-2', subject: 'No login', body: 'The page says that my password is wrong.' },
]

const workspace = openWorkspace('.')                       // or openWorkspace({ stack: 'Itemwise', region: 'eu-central-1' })
const run = await workspace.run({
  pipeline_name: 'tickets',
  steps: [{ prompt: 'Sort this ticket: {subject}\\n\\n{body}', items: tickets, batch_id_field: 'id', output_schema: z.object({ team: z.enum(['billing', 'tech']), urgent: z.boolean() }) }],
})
for await (const { id, answer } of run.answers()) console.log(id, answer.team)      // typed: 'billing' | 'tech'
`

/** The other way to open a workspace that its comment names, on a stack and in a region of one's own. */
export function onStack({ stack, region }: { stack: string; region: string }): string {
  const [, here = '', there = ''] = /(openWorkspace\('\.'\)) +\/\/ or (.*)/.exec(firstProgram) ?? []
  return firstProgram.replace(here, there.replace('Itemwise', stack).replace('eu-central-1', region))
}
