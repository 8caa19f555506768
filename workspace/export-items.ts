/** The array of a step on its way into an exported file. */
import { RequestRefused } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import { type Json, parseJson } from '../core/text/json.ts'
import { arrayElements, JsonInvalid } from '../core/text/json-array.ts'
import { readText } from '../core/versions/version-documents.ts'
import type { VersionStep } from '../core/versions/version-steps.ts'
import type { Items } from '../formats/export/columns.ts'
import type { ExportFormat } from '../formats/export/formats.ts'
import { type WriteOptions, written } from '../formats/export/write.ts'

/** What becomes of the elements on their way; called once for each pass. */
export type Changed = (elements: AsyncIterable<Json>) => AsyncIterable<Json>

export interface Exporting {
  format: ExportFormat
  writing: WriteOptions
  /** Null: all elements as they are. */
  change: Changed | null
}

/** The file, piece by piece. JSON is the collated file as it is, if nothing is changed. Throws RequestRefused for an output that is no array. */
export function exportedChunks(
  store: Store,
  step: VersionStep,
  { format, writing, change }: Exporting,
): AsyncIterable<string | Uint8Array> {
  if (/\.(md|txt)$/.test(step.collated)) throw textOnly(step)
  if (format === 'json' && change === null) return clearly(store.read(step.collated), step.collated)
  const elements = elementsOf(store, step)
  const items: Items = change === null ? elements : () => change(elements())
  return clearly(written(items, format, writing), step.collated)
}

function textOnly({ step, collated }: VersionStep): RequestRefused {
  return new RequestRefused([
    `Step ${step} is a text, not an array (${collated}). Read the file itself, or name another step with --step.`,
  ])
}

function elementsOf(store: Store, { collated, batch_mode }: VersionStep): Items {
  return async function* () {
    if (batch_mode) for await (const { value } of arrayElements(store.read(collated))) yield value
    else yield* asItems(parseJson(await readText(store, collated)))
  }
}

/** What a single call answered: an array's elements, or the answer as the one item. */
function asItems(answer: Json): Json[] {
  return Array.isArray(answer) ? answer : [answer]
}

async function* clearly(chunks: AsyncIterable<string | Uint8Array>, path: string) {
  try {
    yield* chunks
  } catch (cause) {
    if (!(cause instanceof JsonInvalid) && !(cause instanceof SyntaxError)) throw cause
    throw new RequestRefused(
      [`${path} cannot be exported: it ${cause.message}. Put it back as it was, or run the version again.`],
      { cause },
    )
  }
}
