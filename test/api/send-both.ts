/** Sends each request to the Lambda and to the server on one workspace, and expects one answer, as the description says it. */
import { expect } from 'vitest'
import type { Sending } from '../lambdas/api-event.ts'
import type { Answer, Send } from './adapters.ts'
import { differencesFromDescription } from './description.ts'

export type Both = (method: string, path: string, sending?: Sending) => Promise<Answer & { json: unknown }>

export function bothOf(lambda: Send, served: Send): Both {
  return async (method, path, sending) => {
    const [onAws, here] = [await lambda(method, path, sending), await served(method, path, sending)]
    expect(here).toEqual(onAws)
    if (method !== 'HEAD') expect(differencesFromDescription({ method, path }, here)).toEqual([])
    return { ...here, json: here.text === '' ? null : JSON.parse(here.text) }
  }
}

/** What is expected of an answer that is a problem. */
export const problem = (status: number, kind: string, detail: unknown) => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  json: expect.objectContaining({ type: `urn:itemwise:problem:${kind}`, status, detail }),
})
