import { expect, test } from 'vitest'
import type { Metadata } from '../../../core/documents.ts'
import { signedChange } from '../../../core/versions/version-labels.ts'

const ada = { arn: 'arn:aws:iam::1:user/ada', self_reported: false }
const time = '2026-11-27T12:00:00'
const info = (message: string) => ({ time, level: 'info' as const, message })
const before = { pipeline_status: 'draft', notes: null, logs: [info('It began.')] } as unknown as Metadata

test('whoever gives a label is in the log, with what was changed', () => {
  const change = { pipeline_status: 'final', notes: 'Good.' }
  expect(signedChange(before, change, { caller: ada, time })).toEqual({
    ...change,
    logs: [info('It began.'), info('Labelled by arn:aws:iam::1:user/ada: draft → final, the notes.')],
  })
  const byCommand = { caller: { ...ada, self_reported: true }, time }
  expect(signedChange(before, { notes: null }, byCommand).logs?.at(-1)).toEqual(
    info('Labelled by arn:aws:iam::1:user/ada, as the command line says: the notes.'),
  )
})

test('nobody leaves the log as it is', () => {
  expect(signedChange(before, { notes: 'Good.' }, { caller: null, time })).toEqual({ notes: 'Good.' })
})

test('of many labels the last 50 are kept, and everything else', () => {
  let version = before
  for (let at = 0; at < 60; at++) {
    const change = signedChange(version, { pipeline_status: `s${at}` }, { caller: ada, time })
    version = { ...version, ...change }
  }
  expect(version.logs.length).toBe(51)
  expect(version.logs[0]).toEqual(info('It began.'))
  expect(version.logs[1]?.message).toContain('s9 → s10')
  expect(version.logs.at(-1)?.message).toContain('s58 → s59')
})
