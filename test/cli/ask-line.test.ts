import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { askLine } from '../../cli/ask-line.ts'
import { RunInterrupted } from '../../core/errors.ts'

const streams = () => ({ input: new PassThrough(), output: new PassThrough() })
const never = new AbortController().signal

test('the question is written, and what is typed up to the line end is the answer', async () => {
  const { input, output } = streams()
  const answer = askLine({ input, output }, 'Go on? ', never)
  input.write('yes please\nmore')
  expect(await answer).toBe('yes please')
  expect(String(output.read())).toBe('Go on? ')
})

test('an input that ends without an answer interrupts the run', async () => {
  const { input, output } = streams()
  const answer = askLine({ input, output }, 'Go on? ', never)
  input.end()
  await expect(answer).rejects.toThrow(new RunInterrupted('Not answered, so nothing was started.'))
})

test('a stop from elsewhere leaves the question with its reason', async () => {
  const { input, output } = streams()
  const stop = new AbortController()
  const answer = askLine({ input, output }, 'Go on? ', stop.signal)
  const reason = new RunInterrupted('The run was stopped.')
  stop.abort(reason)
  await expect(answer).rejects.toBe(reason)
})

test('after a stop nothing is asked', async () => {
  const { input, output } = streams()
  const reason = new RunInterrupted('The run was stopped.')
  await expect(askLine({ input, output }, 'Go on? ', AbortSignal.abort(reason))).rejects.toBe(reason)
  expect(output.read()).toBeNull()
})
