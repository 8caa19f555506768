/**
 * Feeds made-up texts to everything that reads what people and models write, and says where it crashed or took what it must not take.
 * `npx node test/campaigns/fuzz.ts --seed 7 --long`
 */
import fc from 'fast-check'
import { findAnswer } from '../../core/answers/answer.ts'
import { RequestRefused } from '../../core/errors.ts'
import { parseRequest, parseYaml } from '../../core/request/parse-request.ts'
import { modelSettings, runRequest } from '../../core/request.ts'
import { parseTemplate, render, TemplateInvalid } from '../../core/templates/template.ts'
import { idText, Segments } from '../../core/text/ids.ts'
import { type Json, jsonText, parseJson } from '../../core/text/json.ts'
import { type Begun, type Campaign, command } from './campaign.ts'

export interface FuzzReport {
  properties: number
  runs: number
  flaws: string[]
}

/** Text with much of what means something somewhere. */
const odd = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '{',
      '}',
      '{{',
      '}}',
      '?',
      '__',
      '---\n',
      '```',
      '```json\n',
      '"',
      '\\',
      '[',
      ']',
      ',',
      ':',
      '\n',
      '\r\n',
    ),
    fc.constantFrom(
      'name',
      'a',
      'null',
      '1e400',
      '-0',
      '\uFEFF',
      '\ud800',
      '\udc00',
      '\0',
      '.',
      '..',
      '/',
      '%',
      '~',
      'é',
      'é',
    ),
    fc.string({ unit: 'grapheme', maxLength: 3 }),
  ),
  maxLength: 60,
})

const name = fc.stringMatching(/^[A-Za-z_]\w{0,8}$/)

/** Text in which nothing is a variable. */
const plain = fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[{}\r\uFEFF<-]/g, ''))

/** Documents near a run request: right names with right and wrong values, and names nobody knows. */
const nearRequest = fc.dictionary(
  fc.oneof(fc.constantFrom(...Object.keys(runRequest.shape)), fc.string({ maxLength: 8 })),
  fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.array(
      fc.dictionary(
        fc.constantFrom(
          'prompt_name',
          'input_file',
          'batch_mode',
          'batch_id_field',
          'max_tokens',
          'thinking',
          'model',
          'x',
        ),
        fc.jsonValue({ maxDepth: 1 }),
      ),
    ),
  ),
  { maxKeys: 6 },
)

const properties: Record<string, fc.IProperty<unknown[]>> = {
  'a template is read or refused with sentences': fc.property(odd, (text) => {
    try {
      parseTemplate(text, 'prompts/a.md')
      return true
    } catch (error) {
      return (
        error instanceof TemplateInvalid &&
        error.problems.every((problem) => problem.startsWith('The front') || problem.includes('prompts/a.md'))
      )
    }
  }) as fc.IProperty<unknown[]>,
  'what fills a variable is never expanded again': fc.property(
    fc.array(fc.tuple(plain, name), { minLength: 1, maxLength: 4 }),
    fc.dictionary(name, odd),
    (parts, values) => {
      const names = parts.map(([, variable]) => variable).filter((one) => one !== 'item' && one !== 'input')
      const texts = new Map(names.map((one) => [one, values[one] ?? `{${one}}`]))
      const written = parts.filter(([, one]) => texts.has(one))
      if (written.length === 0) return true
      const template = parseTemplate(`x${written.map(([text, one]) => `${text}{${one}}`).join('')}`, 'a')
      const rendered = render(template, (one) => texts.get(one))
      return (
        'prompt' in rendered && rendered.prompt === `x${written.map(([text, one]) => text + texts.get(one)).join('')}`
      )
    },
  ) as fc.IProperty<unknown[]>,
  'a doubled brace writes the variable instead of filling it': fc.property(name, (one) => {
    const rendered = render(parseTemplate(`{{${one}}} {a}`, 'a'), () => 'filled')
    return 'prompt' in rendered && rendered.prompt === `{${one}} filled`
  }) as fc.IProperty<unknown[]>,
  'front matter is taken only where its settings are valid': fc.property(
    fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('model', 'max_tokens', 'effort', 'x'), fc.jsonValue())),
    (value) => {
      try {
        const { settings } = parseTemplate(`---\n${JSON.stringify(value)}\n---\nText`, 'a')
        return modelSettings.safeParse(settings).success && modelSettings.safeParse(value ?? {}).success
      } catch (error) {
        return error instanceof TemplateInvalid && !modelSettings.safeParse(value ?? {}).success
      }
    },
  ) as fc.IProperty<unknown[]>,
  'different ids get different folders, on file systems without letter case too, and none leads out': fc.property(
    fc.uniqueArray(
      odd.filter((text) => text !== ''),
      { maxLength: 12 },
    ),
    (ids) => {
      const segments = new Segments()
      const names = ids.map((id) => segments.segment(id))
      const folded = new Set(names.map((one) => one.toLowerCase().normalize('NFC')))
      return folded.size === ids.length && names.every((one) => /^[\w%~.-]{1,140}$/.test(one) && !/^\.|\.$/.test(one))
    },
  ) as fc.IProperty<unknown[]>,
  'an id is a text or a number with its digits': fc.property(fc.jsonValue(), (value) => {
    const id = idText(value as Json)
    return typeof value === 'string'
      ? value === ''
        ? id === undefined
        : id === value
      : typeof value === 'number'
        ? id === jsonText(value)
        : id === undefined
  }) as fc.IProperty<unknown[]>,
  'an answer is JSON that stands in the text, and never null': fc.property(odd, (text) => {
    const found = findAnswer(text)
    if ('unusable' in found) return found.reason.endsWith('.')
    return found.answer !== null && typeof jsonText(found.answer) === 'string'
  }) as fc.IProperty<unknown[]>,
  'a JSON answer is found whole: alone, in a fence, and an object in prose': fc.property(
    fc.jsonValue().filter((value) => value !== null),
    fc.constantFrom('Here it is:', 'Sure.', ''),
    (value, words) => {
      const text = JSON.stringify(value, null, 2)
      const object = typeof value === 'object'
      const wrapped = [text, `\`\`\`json\n${text}\n\`\`\``, ...(object ? [`${words}\n${text}\nDone.`] : [])]
      return wrapped.every((one) => {
        const found = findAnswer(one)
        return 'answer' in found && jsonText(found.answer) === jsonText(parseJson(text))
      })
    },
  ) as fc.IProperty<unknown[]>,
  'a request is taken without problems only where the schema takes it, and what is left of another is valid':
    fc.property(nearRequest, (value) => {
      const { request, problems } = parseRequest(value, 'a.yaml')
      if (request !== undefined && !runRequest.safeParse(request).success) return false
      return (
        (problems.length === 0) === runRequest.safeParse(value).success &&
        problems.every((one) => one.endsWith('.') || one.endsWith('?'))
      )
    }) as fc.IProperty<unknown[]>,
  'YAML is read or refused with a place': fc.property(odd, (text) => {
    try {
      parseYaml(text, 'a.yaml')
      return true
    } catch (error) {
      return (
        error instanceof RequestRefused && error.problems.every((problem) => problem.startsWith('a.yaml is not YAML'))
      )
    }
  }) as fc.IProperty<unknown[]>,
}

export const fuzz: Campaign<FuzzReport> = {
  async run({ seed, long }: Begun): Promise<FuzzReport> {
    const numRuns = long ? 20_000 : 300
    const report: FuzzReport = { properties: 0, runs: 0, flaws: [] }
    for (const [title, property] of Object.entries(properties)) {
      const result = await fc.check(property, { seed, numRuns })
      report.properties += 1
      report.runs += result.numRuns
      if (result.failed)
        report.flaws.push(`${title}: ${JSON.stringify(result.counterexample)} ${result.errorInstance ?? ''}`)
    }
    return report
  },
  closing: ({ properties: count, runs }) => `${count} properties, ${runs} made-up texts`,
}

if (import.meta.main) await command(fuzz)
