import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  nameProblem,
  pipelineNameProblems,
  stepNameProblems,
  unportableNames,
} from '../../../core/request/check-file-names.ts'

test.for([
  ['a\0b', 'has a control character (U+0000), which no file name may have. Remove it.'],
  ['a\u0085b', 'has a control character (U+0085), which no file name may have. Remove it.'],
  ['a\ud800b', 'has half of a surrogate pair, which no file name may have. Remove it.'],
  ['a'.repeat(255), null],
  ['a'.repeat(256), 'has 256 bytes, and a file name may have at most 255.'],
  ['日'.repeat(85), null],
  ['日'.repeat(86), 'has 258 bytes, and a file name may have at most 255.'],
  ['größe 😀: "what?".json', null],
] as const)('the name %j: %s', ([name, problem]) => {
  expect(nameProblem(name)).toBe(problem)
})

test('a name counts with the number of its step', () => {
  const step = { number: 1, prompt_name: 'define', isDefault: false }
  expect(stepNameProblems({ ...step, output_file: `${'a'.repeat(247)}.json` })).toEqual([])
  expect(stepNameProblems({ ...step, output_file: `${'a'.repeat(248)}.json` })).toEqual([
    `output_file "${'a'.repeat(60)}…", as 01_<output_file>, has 256 bytes, and a file name may have at most 255. Give it another one.`,
  ])
})

test('a template whose name fits may have an output that does not', () => {
  const prompt_name = '日'.repeat(83)
  expect(stepNameProblems({ number: 1, prompt_name, output_file: `${prompt_name}.json`, isDefault: true })).toEqual([
    'its output would be 01_<prompt_name>.json, which has 257 bytes, and a file name may have at most 255. Set a shorter output_file.',
  ])
})

test('folders of a prompt count, as they become one name', () => {
  const prompt_name = ['a'.repeat(150), 'b'.repeat(150)].join('/')
  expect(stepNameProblems({ number: 1, prompt_name, output_file: 'b.json', isDefault: false })).toEqual([
    'its template would be kept as 01_<prompt_name>.md, which has 307 bytes, and a file name may have at most 255. Give the template a shorter name.',
  ])
})

test('the folder of a pipeline counts in bytes', () => {
  expect(pipelineNameProblems('é'.repeat(127))).toEqual([])
  expect(pipelineNameProblems('é'.repeat(128))).toHaveLength(1)
})

test('a new pipeline has names that Windows takes, too; all others are named at once', () => {
  const steps = [
    { prompt_name: 'what?', output_file: 'a:b.json' },
    { prompt_name: 'con/fine', output_file: 'c.json' },
    { prompt_name: 'fine', output_file: 'fine.json' },
  ]
  expect(unportableNames({ steps }, 'Q: 1. ')).toEqual([
    'The folder of the pipeline, "Q: 1. ", has a :, which Windows allows in no name. Remove it.',
    'Step 1 ("what?"): prompt_name "what?" has a ?, which Windows allows in no name. Remove it.',
    'Step 1 ("what?"): output_file "a:b.json" has a :, which Windows allows in no name. Remove it.',
    'Step 2 ("con/fine"): prompt_name "con/fine" is a name that Windows keeps for itself. Choose another.',
  ])
  expect(unportableNames({ steps: [{ prompt_name: 'fine' }] }, 'dot.')).toEqual([
    'The folder of the pipeline, "dot.", ends with a dot, which Windows removes. Remove it yourself.',
  ])
})

test.each(['run#', 'progress#', 'reviews#'])(
  'a new pipeline does not begin with %s, a key of the table',
  (beginning) => {
    const name = `${beginning}x`
    expect(unportableNames({ steps: [{ prompt_name: 'fine' }] }, name)).toEqual([
      `The folder of the pipeline, "${name}", begins with ${beginning}, which stands for other records in the table on AWS. Choose another pipeline_name.`,
    ])
    expect(unportableNames({ steps: [{ prompt_name: 'fine' }] }, `my_${name}`)).toEqual([])
  },
)

test('what has no problem can be written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      if (nameProblem(name) !== null) return
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
      expect(name).not.toContain('\0')
    }),
  )
})
