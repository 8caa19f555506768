import { describe, expect, test } from 'vitest'
import { type ModelFieldName, modelFieldNames, modelFields, questionFields } from '../../core/model-fields.ts'
import { promptFingerprint, questionOf } from '../../core/templates/questions.ts'
import { apiRequest } from '../../models/claude/api-request.ts'
import { stepWith } from './steps.ts'

/** Another value than that of `stepWith`. A new setting needs one here, or this does not compile. */
const other: { [Name in ModelFieldName]: unknown } = {
  model: 'claude-sonnet-5-5',
  max_tokens: 1,
  effort: 'low',
  thinking: 'adaptive',
  system: 'Be brief.',
  output_schema: { type: 'object' },
  max_concurrency: 1,
  answer_format: 'text',
}

/** Settings that change no answer. */
const notSent = new Set<ModelFieldName>(['max_concurrency'])

describe.each(modelFieldNames)('%s', (name) => {
  const changed = stepWith({ [name]: other[name] })

  test('takes part in the fingerprint if it changes an answer', () => {
    const same = promptFingerprint(changed, 'Hello') === promptFingerprint(stepWith(), 'Hello')
    expect({ same, row: modelFields[name].fingerprint === 'not_sent' }).toEqual({
      same: notSent.has(name),
      row: notSent.has(name),
    })
  })

  test('its default leaves a fingerprint as it was before there was the setting', () => {
    const { fingerprint, fallback } = modelFields[name]
    if (typeof fingerprint !== 'function') return
    expect([fingerprint(fallback), fingerprint(undefined)]).toEqual([[], []])
  })
})

test.each(questionFields)('%s is sent', (name) => {
  const requestOf = (step = stepWith()) => apiRequest(questionOf(step, [{ role: 'user', content: 'Hello' }]))
  expect(requestOf(stepWith({ [name]: other[name] }))).not.toEqual(requestOf())
})
