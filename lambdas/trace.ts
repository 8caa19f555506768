/**
 * Puts what a call is about into its trace, as annotations: X-Ray finds traces by them. A Lambda cannot annotate its own segment, so they
 * are in a subsegment, which the daemon beside every Lambda takes as a datagram.
 */
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'

export type Annotations = Record<string, string | number | undefined>

/** X-Ray indexes so many characters of a value. */
const longestValue = 1000

let socket: Socket | undefined

/** Does nothing if the call is not traced. A datagram that is lost costs an annotation and nothing else. */
export function annotate(annotations: Annotations, now = Date.now()): void {
  const trace = traceOf(process.env._X_AMZN_TRACE_ID)
  const daemon = daemonOf(process.env.AWS_XRAY_DAEMON_ADDRESS)
  if (trace === undefined || daemon === undefined) return
  const time = now / 1000
  const subsegment = {
    ...{ name: 'about', id: randomBytes(8).toString('hex'), type: 'subsegment' },
    ...{ trace_id: trace.root, parent_id: trace.parent, start_time: time, end_time: time },
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [key, typeof value === 'string' ? shortened(value) : value]),
    ),
  }
  socket ??= createSocket('udp4').unref()
  socket.send(`{"format":"json","version":1}\n${JSON.stringify(subsegment)}`, daemon.port, daemon.host, () => {})
}

/** The run that a call of the API is about: its path names it, or its answer. */
export function runOfCall(path: string, body: string | undefined): string | undefined {
  const named = /^\/runs\/([^/]+)/.exec(path)?.[1]
  const answered = /^\s*\{\s*"run_id"\s*:\s*"([^"]+)"/.exec(body ?? '')?.[1]
  return answered ?? named
}

/** `Root=1-…;Parent=…;Sampled=1`; undefined if the call is not sampled. */
function traceOf(header = ''): { root: string; parent: string } | undefined {
  const { Root, Parent, Sampled } = Object.fromEntries(header.split(';').map((part) => part.split('=')))
  return Sampled === '1' && Root && Parent ? { root: Root, parent: Parent } : undefined
}

/** `127.0.0.1:2000`, or `tcp:127.0.0.1:2000 udp:127.0.0.2:2001`. */
function daemonOf(address = ''): { host: string; port: number } | undefined {
  const [, host, port] = /(?:^|udp:)([\w.-]+):(\d+)(?:$| tcp:)/.exec(address) ?? []
  return host === undefined ? undefined : { host, port: Number(port) }
}

function shortened(value: string): string {
  return [...value.toWellFormed()].slice(0, longestValue).join('')
}
