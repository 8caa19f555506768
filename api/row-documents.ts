/**
 * What the API takes and answers about the items of a step as rows.
 * Long, since a row, what asks for it and its pages share their fields.
 */
import * as z from 'zod'
import { ledgerLine } from '../core/documents.ts'
import { differenceKinds } from '../core/rows/differences.ts'
import { changes, oddChoices, reviewChoices, sortKeys } from '../core/rows/row-filter.ts'

const { state, decision } = ledgerLine.shape

export const decisions = decision.options

const field = z.string().min(1).max(200)

/** The filter of a query. What is not said takes everything; all that is said has to hold. */
export const rowFilter = z.strictObject({
  review: z
    .enum(reviewChoices)
    .describe('stale: what was said was about another answer; none: there is no answer.')
    .optional(),
  state: state.optional(),
  decision: decision.optional(),
  failed: z.string().min(1).max(60).describe('The kind of the failure, as the facets name it.').optional(),
  odd: z
    .string()
    .regex(new RegExp(`^(${oddChoices.join('|')})(:.{1,200})?$`, 's'))
    .describe('What is odd about the answer, as the facets name it: empty, or short:text if it is about a field.')
    .optional(),
  against: z
    .string()
    .min(1)
    .max(60)
    .describe('Another version of the pipeline, with which change compares.')
    .optional(),
  change: z.enum(changes).describe('How the answer differs from that of the version in against.').optional(),
  field: field.describe('A field of the answer, as level or author.name; value says what it has to be.').optional(),
  value: z.string().max(2000).describe('JSON, or a text: exactly this value.').optional(),
  text: z
    .string()
    .min(1)
    .max(500)
    .describe('A text in any value of the answer, or in the id; its case does not matter.')
    .optional(),
})
export type RowFilterQuery = z.infer<typeof rowFilter>

export const rowSort = z
  .string()
  .regex(new RegExp(`^-?(${sortKeys.join('|')}|field:.{1,200})$`))
  .describe(`${sortKeys.join(', ')}, or field:level for a field of the answer; a - before it turns it around.`)

export const mostRows = 500
export const usualRows = 50

export const rowsQuery = rowFilter.extend({
  sort: rowSort.default('input'),
  from: z.int().min(0).describe('How many rows of the filter come before the first one.').default(0),
  limit: z.int().min(1).max(mostRows).describe('A page with long answers ends before.').default(usualRows),
})

export const positionQuery = rowFilter.extend({
  sort: rowSort.default('input'),
  root_id: z.string().min(1).describe('The item that is looked for.'),
})

export const facetsQuery = rowFilter.extend({
  fields: z.string().min(1).describe('Fields whose values are counted: level,author.name').optional(),
  oddities: z.enum(['yes', 'no']).describe('Whether odd answers are counted, which reads all of them.').default('no'),
})

const step = { pipeline: z.string(), version: z.string(), step: z.int() }
const nullableText = z.string().nullable()

/** What was said of an answer. */
const reviewed = {
  review: z.enum(['unreviewed', 'approved', 'flagged', 'edited']).nullable().describe('null: there is no answer.'),
  stale: z.boolean().describe('What was said was about another answer of the item.'),
  edit: z
    .enum(['applied', 'waiting'])
    .nullable()
    .describe('applied: a person wrote the answer. waiting: there is an edit that no version has put in place.'),
  comment: nullableText,
  by: nullableText,
  at: nullableText.describe('UTC'),
}

export const standing = z.object({
  root_id: z.string(),
  item_id: z.string(),
  answer_sha256: nullableText.describe('null: there is no answer.'),
  ...reviewed,
  suggested: z
    .boolean()
    .describe('Whether the model gave another answer beside an edited one; the suggestion of the ledger line has it.'),
})
export type Standing = z.infer<typeof standing>

const { item_index, output_id, reason, answer_version, error, model, cost_usd } = ledgerLine.shape
const { input_tokens, output_tokens, milliseconds, attempts } = ledgerLine.shape

export const row = z.object({
  ...standing.shape,
  ...{ item_index, output_id, state, decision, reason, answer_version, error, model, cost_usd },
  ...{ input_tokens, output_tokens, milliseconds, attempts },
  answer: z.unknown().describe('Its texts end with … after 300 characters, its lists after 50 entries.'),
  cut: z.boolean().describe('Whether anything in the answer is cut; the item has all of it.'),
  hand_edited: z.literal(true).describe('If a person changed the answer in the file.').optional(),
})

export const rowPage = z.object({
  ...step,
  items: z.int().describe('Items of the step.'),
  total: z.int().describe('Items that the filter takes.'),
  from: z.int(),
  rows: z.array(row),
})

const neighbour = z
  .object({
    root_id: z.string(),
    at: z.int().nullable().describe('Its place among the rows of the filter; null: none.'),
  })
  .nullable()

export const position = z.object({
  ...step,
  total: z.int(),
  at: z.int().nullable().describe('The place among the rows of the filter, from 0; null if the filter leaves it out.'),
  next: neighbour.describe('The next item that is unreviewed, whatever the filter says of reviews.'),
  previous: neighbour.describe('The one before.'),
})

const counts = z.record(z.string(), z.int())

export const facets = z.object({
  ...step,
  items: z.int(),
  total: z.int(),
  review: z
    .record(z.enum(reviewChoices), z.int())
    .describe('Each count: as many items the filter takes with this choice in the place of its own.'),
  state: counts,
  decision: counts,
  failed: counts.describe('By the kind of the failure.'),
  change: z.object({ changed: z.int(), added: z.int(), same: z.int() }).nullable().describe('null without against.'),
  oddities: z
    .array(z.object({ kind: z.enum(oddChoices), field: z.string().optional(), count: z.int() }))
    .nullable()
    .describe(
      'What is odd among the answers that the model wrote, the most telling first; null if it is not asked for.',
    ),
  fields: z.array(
    z.object({
      field: z.string(),
      values: z
        .array(z.object({ value: z.unknown(), count: z.int() }))
        .describe('The most frequent first, 50 at most.'),
      others: z.int().describe('Items with other values: too many, or too long ones.'),
    }),
  ),
})

export const stepPage = z.object({
  pipeline: z.string(),
  version: z.string(),
  steps: z.array(
    z.object({
      step: z.int(),
      prompt_name: z.string(),
      model: nullableText,
      batch_mode: z.boolean(),
      collated: z.boolean().describe('false: it has no rows yet.'),
      is_text: z.boolean().describe('Whether its answers are texts, not JSON.'),
      output_schema: z
        .record(z.string(), z.unknown())
        .nullable()
        .describe('The JSON Schema of the answers, if there is one.'),
      id_fields: z
        .array(z.string())
        .describe('Fields of the answers that hold ids: not a part of what the model wrote.'),
      template: nullableText.describe('Its text, as the version keeps it.'),
    }),
  ),
})

const side = z
  .object({
    ...standing.shape,
    answer: nullableText.describe('As it stands in the file: JSON text, or text; of a long one its beginning.'),
  })
  .nullable()

export const comparisonPage = z.object({
  pipeline: z.string(),
  against: z.string().describe('The version that is taken as the earlier one.'),
  version: z.string(),
  step: z.int(),
  counts: z.object({ same: z.int(), changed: z.int(), added: z.int(), removed: z.int() }),
  instructions: z.object({
    template: z.object({ before: z.string(), after: z.string() }).nullable().describe('Both whole, if they differ.'),
    settings: z.array(z.object({ setting: z.string(), before: z.string(), after: z.string() })),
  }),
  total: z.int().describe('Items with a difference of the kinds that are asked for.'),
  from: z.int(),
  differences: z.array(
    z.object({
      kind: z.enum(differenceKinds),
      item_id: z.string(),
      root_id: z.string(),
      before: side.describe('null if the earlier version has no answer.'),
      after: side,
      cut: z.boolean().describe('Whether an answer is longer than 100,000 characters; the item has all of it.'),
    }),
  ),
})

export const comparisonQuery = z.object({
  against: z.string().min(1).max(60).describe('Default: the version that it is based on.').optional(),
  kind: z.enum(differenceKinds).describe('Only these.').optional(),
  from: rowsQuery.shape.from,
  limit: z.int().min(1).max(100).describe('A page with long answers ends before.').default(20),
})
