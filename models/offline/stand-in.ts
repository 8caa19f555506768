/** The offline stand-in: answers in this process, the same prompt always alike. It is not a model and says so. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { patternsFor } from '../../core/answers/schema-patterns.ts'
import type { AskOptions, Model, Question, Reply } from '../../core/model.ts'
import { type Json, jsonText } from '../../core/text/json.ts'
import { MadeUp } from './made-up.ts'
import { StandInBatches } from './stand-in-batches.ts'

/** Rough, and said to be so: no tokenizer runs offline. */
const charactersPerToken = 3.5

export class StandIn implements Model {
  readonly standIn = true
  readonly batches = new StandInBatches((question, options) => this.ask(question, options))

  async ask(question: Question, { signal }: Pick<AskOptions, 'signal'>): Promise<Reply> {
    const started = performance.now()
    // Without it a run would be one long chain of microtasks, in which no timer and no Ctrl-C gets its turn.
    await nextTurn()
    signal.throwIfAborted()
    const text = await answerTo(question)
    const sent = [question.system ?? '', ...question.turns.map(({ content }) => content)]
    return {
      text,
      stop_reason: 'end_turn',
      model: 'stand-in',
      tokens: {
        input_tokens: sent.reduce((sum, part) => sum + tokensIn(part), 0),
        output_tokens: tokensIn(text),
        cache_read_tokens: 0,
        cache_write_tokens: 0,
      },
      request_id: null,
      attempts: 1,
      milliseconds: Math.round(performance.now() - started),
    }
  }
}

/** Made from the user turns: a sentence if text is wanted, JSON that meets the question's schema, or else an object about the prompt. */
async function answerTo({ turns, output_schema, answer_format }: Question): Promise<string> {
  const prompt = turns
    .filter(({ role }) => role === 'user')
    .map(({ content }) => content)
    .join('\n')
  const schema = output_schema as { [key: string]: Json } | null
  const madeUp = new MadeUp(prompt, schema ?? {}, schema === null ? null : await patternsFor(schema))
  if (answer_format === 'text') return `${madeUp.text('')}.`
  if (schema !== null) return jsonText(madeUp.value())
  return jsonText({ text: madeUp.text(''), prompt_characters: prompt.length, number: madeUp.number('', 1000) })
}

function tokensIn(text: string): number {
  return Math.ceil(text.length / charactersPerToken)
}
