/**
 * An HTTP handler that starts runs on AWS and says how they stand. A run goes on there whatever becomes of this process.
 *
 *     PORT=8080 ITEMWISE_STACK=Itemwise AWS_REGION=eu-central-1 node serve-runs.ts
 *     curl localhost:8080/runs -d '[{"id": "T-1", "subject": "Charged twice", "body": "…"}]'
 *     curl localhost:8080/runs/tickets/v0
 */
import { createServer, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { openWorkspace, RequestRefused } from 'itemwise'
import { z } from 'zod'

const { PORT = '8080', ITEMWISE_STACK: stack = 'Itemwise', AWS_REGION: region } = process.env
const workspace = openWorkspace({ stack, region })

interface Answer {
  status: number
  body: unknown
}

/** Answers when the version exists, some seconds after the run was started. */
async function startRun(request: IncomingMessage): Promise<Answer> {
  const tickets = z.array(z.object({ id: z.string(), subject: z.string(), body: z.string() }))
  const { success, data, error } = tickets.safeParse(await json(request).catch(() => null))
  if (!success) return { status: 400, body: { problems: [z.prettifyError(error)] } }
  const { pipeline, version } = await workspace.run(
    {
      pipeline_name: 'tickets',
      max_cost_usd: 5,
      steps: [
        {
          prompt: 'Sort this ticket: {subject}\n\n{body}',
          items: data,
          batch_id_field: 'id',
          output_schema: z.object({ team: z.enum(['billing', 'tech']), urgent: z.boolean() }),
        },
      ],
    },
    { detach: true },
  )
  return { status: 202, body: { pipeline, version, state: `/runs/${pipeline}/${version}` } }
}

async function stateOf(pipeline: string, name: string): Promise<Answer> {
  const version = await workspace.version(pipeline, name)
  const { status, stats } = version.metadata
  const answers = status === 'completed' ? await Array.fromAsync(version.answers()) : null
  return { status: 200, body: { status, stats, answers } }
}

async function answerTo(request: IncomingMessage): Promise<Answer> {
  const [, runs, pipeline, version] = (request.url ?? '').split('/')
  if (runs === 'runs' && request.method === 'POST' && pipeline === undefined) return startRun(request)
  if (runs === 'runs' && request.method === 'GET' && version !== undefined) return stateOf(pipeline ?? '', version)
  return { status: 404, body: { problems: ['Expected POST /runs or GET /runs/<pipeline>/<version>.'] } }
}

const server = createServer(async (request, response) => {
  const { status, body } = await answerTo(request).catch((error: unknown) => {
    if (error instanceof RequestRefused) return { status: 400, body: { problems: error.problems } }
    console.error(error)
    return { status: 500, body: { problems: ['The run could not be started or read.'] } }
  })
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})
server.listen(Number(PORT), '127.0.0.1', () => console.log(`Listening on ${JSON.stringify(server.address())}`))
