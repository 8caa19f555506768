/**
 * Events as the machines of earlier releases send them, `<commit>-events.json`: an execution keeps the definition that it began
 * with, and `fail` gets the events of the rule whatever release the execution is of. Every later release reads them.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { type Stage, stages } from '../../infra/definition.ts'
import { collateEvent, failEvent, openEvent, planEvent, processEvent, publishEvent } from '../../lambdas/events.ts'

const schemas: Record<Stage, z.ZodType> = {
  open: openEvent,
  plan: planEvent,
  process: processEvent,
  collate: collateEvent,
  publish: publishEvent,
  fail: failEvent,
}

/** What an event of before does not say, as it is read. */
const read: Partial<Record<Stage, object>> = {
  plan: { lambdas: {} },
  // Its machine has no way to process anything once more.
  collate: { again: false },
}

const releases = readdirSync(import.meta.dirname).filter((name) => name.endsWith('-events.json'))

test('there are events of an earlier release', () => {
  expect(releases).not.toEqual([])
})

describe.each(releases)('of the events in %s', (release) => {
  const events: Record<string, object[]> = JSON.parse(readFileSync(join(import.meta.dirname, release), 'utf8'))

  test('there are some of every stage', () => {
    expect(Object.keys(events).sort()).toEqual([...stages].sort())
  })

  test.each(stages.flatMap((stage) => events[stage]!.map((event, at) => ({ stage, nr: at + 1, event }))))(
    '$stage reads number $nr, and loses nothing of it',
    ({ stage, event }) => {
      const parsed = schemas[stage].parse(event) as object
      // What AWS adds of its own is not read, nor is `done`, which only the machine looks at.
      expect({ ...event, ...read[stage] }).toMatchObject(parsed)
      const { execution, error, run, step, batch, left } = event as Record<string, unknown>
      const said = { execution, error, run, step, batch, left }
      expect(parsed).toMatchObject(JSON.parse(JSON.stringify(said)))
    },
  )
})
