/** The answers of a step as they are now, against which the rows of a table are held. */
import type { ResolvedStep } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import { flatFields } from '../items/flat-fields.ts'
import type { Review } from '../review.ts'
import type { Store, VersionRef } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { isObject, type Json } from '../text/json.ts'
import { editText } from '../versions/applied-edits.ts'
import { type VersionStep, versionSteps } from '../versions/version-steps.ts'
import { rowChanges, withChanges } from './cell-changes.ts'
import { editedAnswer } from './edited-answer.ts'
import { commentKey, type RowKey, reviewColumns } from './review-columns.ts'
import { OwnAnswers, type ShownItem, shownItems } from './shown-answers.ts'

/** What a person says of one item. */
export interface ItemChange {
  root_id: string
  /** Of the answer that the version has. */
  answer_sha256: string
  act: Review['act']
  comment: string | undefined
  /** Of an edit: the answer that is shown now, and what it is to be. */
  before?: Json
  after?: Json
}

export interface RowFound {
  change: ItemChange | null
  /** Each the end of a sentence. */
  problems: string[]
  /** Columns that are no fields of the answers. */
  notFields: string[]
}

type Cells = Readonly<Record<string, Json>>

const acts = { approved: 'approve', flagged: 'flag', unreviewed: 'clear' } as const

export class SheetStep {
  readonly ref: VersionRef
  readonly step: VersionStep
  readonly #resolved: ResolvedStep
  readonly #store: Store
  readonly #items: ReadonlyMap<string, ShownItem>
  readonly #answers: OwnAnswers
  #columns: Promise<Set<string>> | undefined

  private constructor(
    store: Store,
    { ref, step, resolved }: { ref: VersionRef; step: VersionStep; resolved: ResolvedStep },
    items: ReadonlyMap<string, ShownItem>,
  ) {
    this.#store = store
    this.ref = ref
    this.step = step
    this.#resolved = resolved
    this.#items = items
    this.#answers = new OwnAnswers(store, ref, step)
  }

  /** Throws RequestRefused if there is no such version or step. */
  static async open(store: Store, { pipeline, version, step: number }: RowKey): Promise<SheetStep> {
    const ref = { pipeline, version }
    const there = (await store.version(ref)) === undefined ? [] : await versionSteps(store, ref)
    const step = there.find((one) => one.step === number)
    if (step === undefined || step.resolved === null)
      throw new RequestRefused([
        `The table shows step ${number} of ${version} of ${pipeline}, which is not here. Expected a table that was exported from this place. \`itemwise list --all\` shows what is here; --target and --workspace say where to look.`,
      ])
    return new SheetStep(store, { ref, step, resolved: step.resolved }, await shownItems(store, ref, step))
  }

  /** What the cells of a row say that the row did not say when it was exported. */
  async changeOf(key: RowKey, cells: Cells): Promise<RowFound> {
    const item = this.#items.get(key.root_id)
    if (item === undefined) return refused(`${this.ref.version} has no answer of it`)
    const { [reviewColumns.id]: _id, [reviewColumns.state]: state, [reviewColumns.comment]: said, ...fields } = cells
    const found = await this.#fieldChanges(key, item, fields)
    if ('problems' in found) return found
    const comment = commentIn(said, key)
    const { notFields, edited } = found
    if (edited !== undefined) return { ...(await this.#edit(item, edited, comment)), notFields }
    const { root_id } = key
    const { answer_sha256 } = item
    const verdict = verdictIn(state, key)
    if (typeof verdict === 'string') return refused(verdict)
    const kept = verdict?.act === 'flag' ? textOf(said) : ''
    const why = comment ?? (kept === '' ? undefined : kept)
    if (verdict !== null)
      return { change: { root_id, answer_sha256, act: verdict.act, comment: why }, problems: [], notFields }
    const change = comment === undefined ? null : { root_id, answer_sha256, act: 'comment' as const, comment }
    return { change, problems: [], notFields }
  }

  /** The answer with what was changed in it; undefined if nothing was. */
  async #fieldChanges(
    key: RowKey,
    item: ShownItem,
    cells: Cells,
  ): Promise<RowFound | { edited: { before: Json; after: Json } | undefined; notFields: string[] }> {
    const now = item.edited ?? (await this.#answers.of(item))
    const isAsExported = item.review.answer_sha256.startsWith(key.answer)
    // Before somebody edited it, the version's own answer was shown.
    const isOwn = item.answer_sha256.startsWith(key.answer)
    const shown = isAsExported || !isOwn ? now : await this.#answers.of(item)
    const { changes, problems, others } = rowChanges(shown, cells)
    if (problems.length > 0) return refused(...problems.map(({ column, problem }) => `${column} ${problem}`))
    const columns = others.length === 0 ? new Set<string>() : await this.#fieldsOfAll()
    const added = others.filter((column) => columns.has(column)).map((column) => ({ column, value: cells[column]! }))
    const notFields = others.filter((column) => !columns.has(column))
    if (changes.length + added.length === 0) return { edited: undefined, notFields }
    const isThereAlready = isOwn && !isAsExported && isUnchanged(rowChanges(now, cells))
    if (isThereAlready) return { edited: undefined, notFields }
    if (!isAsExported)
      return refused(
        `its answer was changed${item.by === undefined ? '' : ` by ${item.by}`} after the table was exported. Export it again, and make the changes there`,
      )
    return { edited: { before: now, after: withChanges(shown, [...changes, ...added]) }, notFields }
  }

  async #edit(
    { line: { root_id }, answer_sha256 }: ShownItem,
    { before, after }: { before: Json; after: Json },
    comment: string | undefined,
  ): Promise<Omit<RowFound, 'notFields'>> {
    const edited = await editedAnswer(this.#resolved, { current: before, given: after })
    if ('problem' in edited) return refused(`the answer ${edited.problem}`)
    const isOwnAgain = sha256(editText(this.#resolved, edited.answer)) === answer_sha256
    // The model's answer, again: the edit that waits is taken back.
    if (isOwnAgain) return { change: { root_id, answer_sha256, act: 'clear', comment }, problems: [] }
    return { change: { root_id, answer_sha256, act: 'edit', comment, before, after: edited.answer }, problems: [] }
  }

  /** The columns of all answers: an answer may lack a field that others have. */
  #fieldsOfAll(): Promise<Set<string>> {
    this.#columns ??= this.#readColumns()
    return this.#columns
  }

  async #readColumns(): Promise<Set<string>> {
    const { properties = {} } = this.#resolved.output_schema ?? {}
    const columns = new Set(isObject(properties as Json) ? Object.keys(properties as object) : [])
    const answers = new OwnAnswers(this.#store, this.ref, this.step)
    try {
      for (const item of this.#items.values())
        for (const [column] of flatFields(await answers.of(item))) columns.add(column)
    } finally {
      await answers.close()
    }
    return columns
  }

  async close(): Promise<void> {
    await this.#answers.close()
  }
}

function isUnchanged({ changes, problems }: ReturnType<typeof rowChanges>): boolean {
  return changes.length + problems.length === 0
}

function refused(...problems: string[]): RowFound {
  return { change: null, problems, notFields: [] }
}

/** Undefined if it is not new. A comment that was taken away says nothing. */
function commentIn(cell: Json | undefined, key: RowKey): string | undefined {
  const text = textOf(cell)
  return text === '' || commentKey(text) === key.comment ? undefined : text
}

/** Null if the state is the one that was exported; a text if the cell says something else than a state. */
function verdictIn(cell: Json | undefined, key: RowKey): { act: 'approve' | 'flag' | 'clear' } | null | string {
  const text = textOf(cell).trim().toLowerCase()
  if (text === '' || text === key.state) return null
  if (Object.hasOwn(acts, text)) return { act: acts[text as keyof typeof acts] }
  return `${reviewColumns.state} is ${JSON.stringify(text)}. Expected ${Object.keys(acts).join(', ')}`
}

function textOf(cell: Json | undefined): string {
  return cell === undefined || cell === null ? '' : typeof cell === 'string' ? cell : JSON.stringify(cell)
}
