import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chosenOf, PromptSample } from '../../../core/money/prompt-sample.ts'

function sampleOf(prompts: Iterable<string>) {
  const sample = new PromptSample()
  for (const prompt of prompts) sample.add(prompt)
  return sample.strata()
}

test('every prompt is counted in one stratum, with its bytes in UTF-8', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 })), (prompts) => {
      const strata = sampleOf(prompts)
      const sum = (of: 'prompts' | 'bytes') => strata.reduce((total, stratum) => total + stratum[of], 0)
      const bytes = prompts.reduce((total, prompt) => total + Buffer.byteLength(prompt), 0)
      expect([sum('prompts'), sum('bytes')]).toEqual([prompts.length, bytes])
    }),
  )
})

test('prompts of one stratum are about equally long, and strata stand by length', () => {
  const strata = sampleOf(Array.from({ length: 3000 }, (_, at) => 'x'.repeat(20 + at)))
  const lengths = strata.map(({ held }) => held.map(({ bytes }) => bytes))
  for (const one of lengths) expect(Math.max(...one) / Math.min(...one)).toBeLessThan(1.5)
  expect(strata.map(({ bytes, prompts }) => bytes / prompts)).toEqual(
    [...strata.map(({ bytes, prompts }) => bytes / prompts)].sort((a, b) => a - b),
  )
})

test('of many prompts 48 of a length are held, spread over all of them', () => {
  const [stratum] = sampleOf(Array.from({ length: 4800 }, (_, at) => `prompt ${String(at).padStart(6, '0')}`))
  const places = stratum!.held.map(({ prompt }) => Number(prompt.slice(7))).sort((a, b) => a - b)
  // Evenly they would stand 100 apart.
  const gaps = places.map((place, at) => place - (places[at - 1] ?? 0))
  expect({ held: places.length, widest: Math.max(...gaps) < 300, last: places.at(-1)! > 4600 }).toEqual({
    held: 48,
    widest: true,
    last: true,
  })
})

test('of very long prompts only 8 are held', () => {
  const [stratum] = sampleOf(Array.from({ length: 20 }, () => 'x'.repeat(300_000)))
  expect([stratum!.prompts, stratum!.held.length]).toEqual([20, 8])
})

test('the same prompts give the same sample', () => {
  const prompts = Array.from({ length: 500 }, (_, at) => `p${at}`.padEnd(40))
  expect(sampleOf(prompts)).toEqual(sampleOf(prompts))
})

describe('the choice of what to count', () => {
  const strata = sampleOf([
    ...Array.from({ length: 1000 }, () => 'x'.repeat(100)),
    ...Array.from({ length: 1000 }, () => 'x'.repeat(900)),
    'x'.repeat(50),
  ])

  test('takes each length by its share of the text, and none less than two, where there are two', () => {
    const chosen = chosenOf(strata, 24).map(({ prompts, chosen }) => [prompts, chosen.length])
    expect(chosen).toEqual([
      [1, 1],
      [1000, 2],
      [1000, 22],
    ])
  })
})
