/**
 * What the page reads is what the API answers: the types in page/api/shapes.ts are held to the schemas from which docs/openapi.json is made. The compiler
 * (`npm run types`, a part of `npm test`) finds what drifted: a field that the API does not have, another type, a word more, a null.
 */
import { expect, test } from 'vitest'
import type * as z from 'zod'
import type * as documents from '../../api/documents.ts'
import type * as problems from '../../api/problem.ts'
import type * as reviews from '../../api/review-documents.ts'
import type * as rows from '../../api/row-documents.ts'
import type { startInput } from '../../core/request/start-input.ts'
import type * as page from '../../page/api/shapes.ts'

/** An answer as the page sees it: what may be anything is JSON, and what may be missing is absent. */
type Seen<T> = unknown extends T
  ? page.Json
  : T extends readonly (infer Entry)[]
    ? Seen<Entry>[]
    : T extends object
      ? { [K in keyof T]: Seen<Exclude<T[K], undefined>> }
      : T

type KeysOf<T> = T extends unknown ? keyof T : never
type At<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never
type IsAny<T> = page.Json extends T ? true : false

/** The names that a shape has and no answer. */
type Foreign<Shape, Answer> =
  IsAny<Shape> extends true
    ? never
    : Shape extends readonly (infer Entry)[]
      ? Foreign<Entry, Answer extends readonly (infer Other)[] ? Other : never>
      : Shape extends object
        ? string extends keyof Shape
          ? never
          : Exclude<keyof Shape, KeysOf<Answer>> | OfFields<Shape, Answer>
        : never

type OfFields<Shape, Answer> = {
  [K in keyof Shape & KeysOf<Answer>]: Foreign<NonNullable<Shape[K]>, NonNullable<At<Answer, K>>>
}[keyof Shape & KeysOf<Answer>]

/** Fails to compile unless the answer has all that the shape says, and the shape nothing else. */
function reads<Schema extends z.ZodType, Shape>(
  ..._fits: Seen<z.output<Schema>> extends Shape
    ? [Foreign<Shape, z.output<Schema>>] extends [never]
      ? []
      : [never: { foreign: Foreign<Shape, z.output<Schema>> }]
    : [never: { answers: Seen<z.output<Schema>> }]
): void {}

/** The same of a body: what the page sends, the API takes. */
function sends<Schema extends z.ZodType, Shape extends z.input<Schema>>(_shape?: Shape): void {}

test('what the page reads is what the API answers, and what it sends is what the API takes', () => {
  reads<typeof documents.pipelinePage, page.PipelinePage>()
  reads<typeof documents.versionPage, page.VersionPage>()
  reads<typeof rows.stepPage, { steps: page.StepDocument[] }>()
  reads<typeof rows.rowPage, page.RowPage>()
  reads<typeof rows.facets, page.Facets>()
  reads<typeof rows.position, page.Position>()
  reads<typeof rows.comparisonPage, page.ComparisonPage>()
  reads<typeof documents.itemDocument, page.ItemDocument>()
  reads<typeof documents.itemStory, page.StoryPage>()
  reads<typeof documents.estimateDocument, page.Estimate>()
  reads<typeof documents.runState, page.RunState>()
  reads<typeof documents.templateDocument, page.TemplateFile>()
  reads<typeof reviews.addedReviews, page.AddedReviews>()
  reads<typeof reviews.session, page.Session>()
  reads<typeof problems.problemDocument, page.Problem>()
  sends<typeof startInput, page.StartBody>()
  // @ts-expect-error: a name that the API does not have is found.
  reads<typeof reviews.session, { reviewer: string | null; colour: string }>()
  // @ts-expect-error: and so is a null that the page does not expect.
  reads<typeof reviews.session, { reviewer: string }>()
  expect(reads).toBeTypeOf('function')
})
