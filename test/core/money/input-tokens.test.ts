import { describe, expect, test } from 'vitest'
import { ItemFailed, ModelUnavailable } from '../../../core/errors.ts'
import type { Question } from '../../../core/model.ts'
import { beginningTokens, inputTokens, TokenCounter } from '../../../core/money/input-tokens.ts'
import { PromptSample } from '../../../core/money/prompt-sample.ts'
import { stepWith } from '../steps.ts'

const step = stepWith({ system: 'Be brief.', output_schema: { type: 'object' } })

function strataOf(prompts: string[]) {
  const sample = new PromptSample()
  for (const prompt of prompts) sample.add(prompt)
  return sample.strata()
}

/** Counts two tokens a letter, and remembers what it was asked. */
class LetterCount {
  readonly asked: Question[] = []
  readonly count = async (question: Question): Promise<number> => {
    this.asked.push(question)
    return 2 * question.turns[0]!.content.length
  }
}

const total = ({ loads }: Awaited<ReturnType<typeof inputTokens>>) =>
  loads.reduce((sum, { prompts, tokens }) => sum + prompts * tokens.likely, 0)

describe('counted', () => {
  test('few prompts are counted all, as they would be sent, and the sum is exact', async () => {
    const letters = new LetterCount()
    const found = await inputTokens(strataOf(['abc', 'abcd', 'x'.repeat(90)]), step, new TokenCounter(letters.count))
    expect({
      total: total(found),
      counted: found.counted,
      open: found.loads.some(({ tokens }) => tokens.low < tokens.high),
    }).toEqual({
      total: 194,
      counted: 3,
      open: false,
    })
    expect(letters.asked[0]).toMatchObject({ system: 'Be brief.', output_schema: { type: 'object' } })
  })

  test('of many prompts a sample is counted and the rest follows from its length', async () => {
    const prompts = Array.from({ length: 2000 }, (_, at) => 'x'.repeat(1000 + ((at * 37) % 500)))
    const letters = new LetterCount()
    const found = await inputTokens(strataOf(prompts), step, new TokenCounter(letters.count))
    const exact = prompts.reduce((sum, { length }) => sum + 2 * length, 0)
    expect(found.counted).toBeLessThan(60)
    expect(letters.asked.length).toBe(found.counted)
    expect(Math.abs(total(found) / exact - 1)).toBeLessThan(0.02)
    for (const { tokens } of found.loads) expect(tokens.low / tokens.likely).toBeCloseTo(0.92)
  })

  test('one prompt that cannot be counted is left out of the sample', async () => {
    const letters = new LetterCount()
    const count = async (question: Question) => {
      if (question.turns[0]!.content.startsWith('b')) throw new ItemFailed('request_refused', 'Too long.')
      return letters.count(question)
    }
    const counter = new TokenCounter(count)
    const found = await inputTokens(strataOf(['aaa', 'bbb', 'ccc']), step, counter)
    expect({ counted: found.counted, total: total(found), failure: counter.failure }).toEqual({
      counted: 2,
      total: 18,
      failure: null,
    })
  })
})

describe('from characters', () => {
  test('3.5 bytes are a token, and a request and a schema have some of their own', async () => {
    const found = await inputTokens(strataOf(['x'.repeat(350)]), stepWith(), new TokenCounter(null))
    const withSchema = await inputTokens(strataOf(['x'.repeat(350)]), step, new TokenCounter(null))
    expect({ counted: found.counted, total: total(found) }).toEqual({ counted: 0, total: 108 })
    expect(total(withSchema)).toBeCloseTo(108 + 40 + ('Be brief.'.length + '{"type":"object"}'.length) / 3.5)
  })

  test.each([
    ['the key is wrong', new ModelUnavailable('The API does not accept the key.')],
    ['not even the first count succeeds', new ItemFailed('connection', 'The connection failed.')],
  ])('all tokens come from characters where %s, after one try', async (_why, error) => {
    let tries = 0
    const counter = new TokenCounter(() => {
      tries += 1
      return Promise.reject(error)
    })
    const found = await inputTokens(strataOf(['abc', 'abd', 'abe']), step, counter)
    expect({ counted: found.counted, tries, failure: counter.failure }).toEqual({
      counted: 0,
      tries: 1,
      failure: error.message,
    })
  })

  test('a mistake in our code is thrown', async () => {
    const counter = new TokenCounter(() => Promise.reject(new TypeError('no such thing')))
    await expect(inputTokens(strataOf(['abc']), step, counter)).rejects.toThrow(TypeError)
  })

  test('white space, which the API refuses, is not counted', async () => {
    const letters = new LetterCount()
    await inputTokens(strataOf([' \n']), step, new TokenCounter(letters.count))
    expect(letters.asked).toEqual([])
  })
})

test('a shared beginning that is empty is counted as the system prompt and the schema alone', async () => {
  const letters = new LetterCount()
  await beginningTokens({ first: '', bytes: 0 }, step, new TokenCounter(letters.count))
  expect(letters.asked.map(({ turns }) => turns)).toEqual([[{ role: 'user', content: '.' }]])
})
