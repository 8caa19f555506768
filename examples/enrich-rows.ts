/**
 * Fills two columns of a database table: asks for every row and writes each answer back as soon as it is kept.
 * Call it as often as you like: a row is paid for once, and a run that was killed is continued.
 *
 *     node enrich-rows.ts tickets.db
 */
import { DatabaseSync } from 'node:sqlite'
import { NothingToDo, openWorkspace } from 'itemwise'
import { z } from 'zod'

const [file = 'tickets.db'] = process.argv.slice(2)
const database = new DatabaseSync(file)
const workspace = openWorkspace('.')

const ticket = z.object({ team: z.enum(['billing', 'tech']), urgent: z.boolean() })
const rows = database.prepare('SELECT id, subject, body FROM tickets ORDER BY id')
const update = database.prepare('UPDATE tickets SET team = ?, urgent = ? WHERE id = ?')

async function answers() {
  try {
    const run = await workspace.run({
      pipeline_name: 'tickets',
      steps: [
        {
          prompt: 'Sort this ticket: {subject}\n\n{body}',
          items: rows.iterate(),
          batch_id_field: 'id',
          // What an earlier run has answered is carried over.
          batch_skip_existing: true,
          output_schema: ticket,
        },
      ],
    })
    return run.answers()
  } catch (error) {
    if (!(error instanceof NothingToDo)) throw error
    // No row is new. The last run may have been killed before it had written all of them.
    return (await workspace.version('tickets')).answers()
  }
}

let written = 0
for await (const { id, answer } of await answers()) {
  const { team, urgent } = ticket.parse(answer)
  update.run(team, urgent ? 1 : 0, id)
  written += 1
}
console.log(`${written} rows have a team.`)
