/** A small pipeline for stories: a few words, each defined, then rated, then taught, in JSON. Its prompts begin `Define w3`, `Rate w3`, `Teach w3`. */

const json = { answer_format: 'json' } as const

export const step1 = { prompt_name: 'define', input_file: 'inputs/words.json', batch_output_id_field: 'nr', ...json }
export const step2 = { prompt_name: 'rate', ...json }
export const step3 = { prompt_name: 'teach', ...json }

/** `w1` to `w<count>`, with ids from 11. */
export function words(count: number): { id: number; word: string }[] {
  return Array.from({ length: count }, (_, at) => ({ id: 11 + at, word: `w${at + 1}` }))
}

/** The files of a workspace whose pipelines/words.json takes `count` words through these steps. */
export function wordFiles(count: number, steps: object[] = [step1], request: object = {}): Record<string, unknown> {
  return {
    'inputs/words.json': words(count),
    'prompts/define.md': 'Define {word}.',
    'prompts/rate.md': 'Rate {root__word}: {answer}',
    'prompts/teach.md': 'Teach {root__word}: {answer}, {score}',
    'pipelines/words.json': { pipeline_name: 'words', steps, ...request },
  }
}

export const threeSteps = [step1, step2, step3]

/** `Define w1`, … for these numbers of words. */
export function prompts(verb: string, ...numbers: number[]): string[] {
  return numbers.map((number) => `${verb} w${number}`)
}

/** 1 to `last`, or `first` to `last`. */
export function numbers(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
