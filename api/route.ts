/** What the app and docs/openapi.json are made from: a route, what it takes and what it answers. */
import type * as z from 'zod'
import type { Call } from './call.ts'
import type { Ports } from './ports.ts'

export interface Route {
  name: string
  method: 'GET' | 'POST' | 'PATCH'
  /** `/runs/{run_id}/abort` */
  path: string
  does: string
  /** What the body has to be; null if there is none. */
  takes: z.ZodType | null
  /** Whether no body means an empty one. */
  bodyOptional?: boolean
  /** Whether an Idempotency-Key counts. */
  keyed?: boolean
  /** Whether it answers a page: ?limit= and ?next=. */
  paged?: boolean
  /** What else the query may say. */
  query?: z.ZodObject
  status: 200 | 202
  /** A document; null: a file. */
  answers: z.ZodType | null
  /** Set if the documents come one after the other, as server-sent events of this name. */
  event?: string
  answer: (ports: Ports, call: Call) => Promise<object>
}
