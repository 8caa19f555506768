/** The HTTP side of message batches: which path does what, and the connections that break. */
import type { PlayedBatches } from './message-batches.ts'
import { Refusal } from './refusal.ts'
import { type Exchange, sendJson } from './respond.ts'

export const batchesPath = '/v1/messages/batches'

interface Serving {
  raw: Buffer
  /** Reads the body. */
  parse: (raw: Buffer) => unknown
  /** The server's own address. */
  host: string
}

/** Answers a call about batches. Throws a Refusal. */
export function serveBatches(exchange: Exchange, played: PlayedBatches, serving: Serving): void {
  const { request } = exchange
  const { host } = serving
  const { pathname, searchParams } = new URL(request.url ?? '', host)
  const [id = '', act] = pathname.slice(batchesPath.length + 1).split('/')
  if (played.behaviour.absent) throw new Refusal(404, 'not_found', 'no such route')
  const call = `${request.method} ${id === '' ? 'all' : (act ?? 'one')}`
  if (call === 'POST all') create(exchange, played, serving)
  else if (call === 'POST cancel') sendJson(exchange, played.shown(played.cancel(id), host))
  else if (call === 'GET all') {
    const page = { after_id: searchParams.get('after_id'), limit: Number(searchParams.get('limit') ?? 20) }
    sendJson(exchange, played.page(page, host))
  } else if (call === 'GET results') sendResults(exchange, played, id)
  else if (call === 'GET one') {
    refuseWith(played.behaviour.onLook(++played.calls.look))
    sendJson(exchange, played.shown(played.find(id), host))
  } else throw new Refusal(404, 'not_found_error', 'Not Found')
}

function refuseWith(status: unknown): void {
  if (typeof status === 'number') throw new Refusal(status, 'api_error', 'as the test asked')
}

function create(exchange: Exchange, played: PlayedBatches, { raw, parse, host }: Serving): void {
  const wanted = played.behaviour.onCreate(++played.calls.create)
  if (raw.length > played.behaviour.mostBytes)
    throw new Refusal(413, 'request_too_large', 'Request exceeds the maximum allowed number of bytes')
  refuseWith(wanted)
  if (wanted === 'cut') {
    exchange.request.socket.destroy()
    return
  }
  const batch = played.create(parse(raw))
  if (wanted === 'cut after') exchange.request.socket.destroy()
  else sendJson(exchange, played.shown(batch, host))
}

function sendResults({ request, response, id: requestId }: Exchange, played: PlayedBatches, id: string): void {
  const wanted = played.behaviour.onResults(++played.calls.results)
  refuseWith(wanted)
  const lines = played.results(id)
  const half = lines.slice(0, Math.floor(lines.length / 2))
  response.writeHead(200, { 'content-type': 'application/x-jsonl', 'request-id': requestId })
  if (wanted === undefined) response.end(lines.join(''))
  else if (wanted === 'short') response.end(half.join(''))
  else response.write(`${half.join('')}${(lines[half.length] ?? '').slice(0, 20)}`, () => request.socket.destroy())
}
