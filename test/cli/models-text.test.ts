import { expect, test } from 'vitest'
import { modelsText } from '../../cli/models-text.ts'
import type { ModelFacts } from '../../core/provider.ts'
import { claude } from '../../models/claude/claude.ts'

const nothing: ModelFacts = {
  ...{ prices: null, shortest_cached: null, least_thinking: null },
  ...{ context: null, max_output: null, end_of_life: null },
}
const rates = { input: 0.1, output: 0.5, cache_read: 0.01, cache_write: 0.125, cache_write_1h: 0.2 }
const models: Record<string, ModelFacts> = {
  known: {
    prices: { ...rates, batch: 0.5, long: { ...rates, above_input_tokens: 100_000, input: 20 } },
    ...{ shortest_cached: 1024, least_thinking: 'always', context: 1_000_000, max_output: 64_000 },
    end_of_life: '2026-11-30',
  },
  unknown: nothing,
}

test('a model is a line, its long prompts another, and what is not known a dash', () => {
  expect(
    modelsText({ ...claude, date: '2026-11-22', models }),
  ).toBe(`Claude models, as of 2026-11-22. Prices in USD per million tokens: input, output, cache reads and
writes (5 minutes, 1 hour), batches. Then, in tokens: the context, the longest answer, the shortest cached beginning.

model               input  output  read  write 5m  write 1h       batch  context  answer  cached  no thinking        ends
known                0.10    0.50  0.01     0.125      0.20   0.05/0.25       1M     64k   1,024           no  2026-11-30
  above 100k input  20.00    0.50  0.01     0.125      0.20  10.00/0.25
unknown                 -       -     -         -         -           -        -       -       -            -           -
`)
})
