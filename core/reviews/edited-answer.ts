/** Turns what a person wants an answer to be into the answer that would stand there: checked like a model's, and with its ids. */
import { answerFormat, isTextOutput, textField } from '../answer-format.ts'
import { idFields, valueField } from '../answers/id-fields.ts'
import { compileSchema } from '../answers/schema-check.ts'
import type { ResolvedStep } from '../documents.ts'
import { isBlank } from '../text/blank.ts'
import { isObject, type Json, jsonText } from '../text/json.ts'
import { isNestedTooDeep, mostNestedAnswer } from '../text/nesting.ts'
import { shorten } from '../text/shorten.ts'
import { wellFormed } from '../text/well-formed.ts'

/** The answer with its ids, or the end of a sentence about it: `cannot stand there: …`. */
export type Edited = { answer: Json } | { problem: string }

type Fields = { [name: string]: Json }

/** `current`: the answer as it stands, with its ids. `given`: the new one, with or without ids. */
export async function editedAnswer(
  step: ResolvedStep,
  { current, given }: { current: Json; given: Json },
): Promise<Edited> {
  const clean = wellFormed(given)
  if (isNestedTooDeep(jsonText(clean), mostNestedAnswer))
    return { problem: `is nested more than ${mostNestedAnswer} levels deep` }
  return step.batch_mode && isObject(current) ? ofItem(step, current, clean) : ofSingleCall(step, clean)
}

async function ofSingleCall(step: ResolvedStep, given: Json): Promise<Edited> {
  if (isTextOutput(step)) {
    if (typeof given !== 'string') return { problem: `is no text, but the step writes the text ${step.output_file}` }
    return isBlank(given) ? { problem: 'is blank' } : { answer: given.replace(/\n$/, '') }
  }
  return checked(step, given)
}

async function ofItem(step: ResolvedStep, current: Fields, given: Json): Promise<Edited> {
  const isText = answerFormat(step) === 'text'
  const written: Fields = isObject(given) ? given : { [isText ? textField : valueField]: given }
  const names = idFields(step)
  const moved = names.filter((name) => Object.hasOwn(written, name) && !isSame(written[name], current[name]))
  if (moved.length > 0)
    return { problem: moved.map((name) => idProblem(name, written[name], current[name])).join('; ') }
  const ids = Object.fromEntries(names.flatMap((name) => (name in current ? [[name, current[name]!]] : [])))
  const fields = Object.fromEntries(Object.entries(written).filter(([name]) => !names.includes(name)))
  const found = await checkedFields(step, { fields, ids })
  return 'problem' in found ? found : { answer: { ...ids, ...found.fields, ...ids } }
}

async function checkedFields(
  step: ResolvedStep,
  { fields, ids }: { fields: Fields; ids: Fields },
): Promise<{ fields: Fields } | { problem: string }> {
  const [only, ...others] = Object.keys(fields)
  if (answerFormat(step) === 'text') {
    const text = fields[textField]
    if (only !== textField || others.length > 0 || typeof text !== 'string')
      return { problem: `has ${shown(fields)}, but the answers of the step are texts. Expected a text in ${textField}` }
    return isBlank(text) ? { problem: 'is blank' } : { fields }
  }
  const named = (step.output_schema?.properties ?? {}) as object
  if (only === valueField && others.length === 0 && !Object.hasOwn(named, valueField)) {
    const found = await checked(step, fields[valueField]!)
    return 'problem' in found ? found : { fields: { [valueField]: found.answer } }
  }
  // A schema may ask for a field in which an id of ours stands.
  const asked = Object.fromEntries(Object.entries(ids).filter(([name]) => Object.hasOwn(named, name)))
  const found = await checked(step, { ...asked, ...fields })
  return 'problem' in found ? found : { fields: found.answer as Fields }
}

async function checked({ output_schema }: ResolvedStep, answer: Json): Promise<Edited> {
  if (output_schema === null) return { answer }
  const found = (await compileSchema(output_schema))(answer)
  if (found.problems.length === 0) return { answer: found.answer }
  return { problem: `does not meet the output_schema: ${found.problems.join('; ')}` }
}

function idProblem(name: string, given: Json | undefined, current: Json | undefined): string {
  return `has ${shown(given)} in ${name}, where the id ${shown(current)} stands. Ids stay as they are`
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return jsonText(a) === jsonText(b)
}

function shown(value: Json | undefined): string {
  return shorten(jsonText(value) ?? 'nothing', 80)
}
