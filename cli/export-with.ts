/** `itemwise export --with`: what belongs to each answer, joined by the item that it descends from. */
import type { LedgerLine, ResolvedStep } from '../core/documents.ts'
import { FileMissing, RequestRefused } from '../core/errors.ts'
import { answersOf, type UpstreamItem } from '../core/items/candidates.ts'
import { fileItemBatches, ItemFinder } from '../core/items/file-items.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { Ascending } from '../core/text/ascending.ts'
import { hashingRead } from '../core/text/hashing-read.ts'
import { isObject, type Json } from '../core/text/json.ts'
import { itemIdOf } from '../core/versions/item-id.ts'
import { readLedger } from '../core/versions/ledger.ts'
import { rootStep } from '../core/versions/version-documents.ts'
import type { VersionStep } from '../core/versions/version-steps.ts'
import type { ExportPart } from './commands/options.ts'

export interface Joining {
  ref: VersionRef
  /** The step that is exported, and all of its version. */
  step: VersionStep
  steps: readonly VersionStep[]
  parts: readonly ExportPart[]
}

interface Joined {
  step: ResolvedStep
  /** The step that reads the file; null if no part asks for it. */
  root: ResolvedStep | null
  /** Other steps whose items descend from the same ones. */
  others: ResolvedStep[]
  withLedger: boolean
}

/** Adds to each element of the step's array what belongs to it. Throws RequestRefused if nothing can be joined, or two fields would be one. */
export function joinedWith(
  store: Store,
  joining: Joining,
): { warnings: () => Promise<string[]>; join: (elements: AsyncIterable<Json>) => AsyncGenerator<Json> } {
  const joined = whatIsJoined(joining)
  return {
    warnings: () => changedInput(store, joined.root),
    join: (elements) => join(store, joining.ref, { joined, elements }),
  }
}

function whatIsJoined({ ref, step, steps, parts }: Joining): Joined {
  const resolvedSteps = steps.flatMap((one) => one.resolved ?? [])
  const resolved = resolvedSteps.find((one) => one.step === step.step)
  if (resolved === undefined || !step.batch_mode)
    throw new RequestRefused([
      `Step ${step.step} of ${ref.pipeline} ${ref.version} ${resolved === undefined ? 'has no run.json' : 'is a single call'}, so nothing can be joined to its answers. Leave --with out, or name another step with --step.`,
    ])
  const root = rootStep(resolvedSteps, resolved)
  const wantsInput = parts.includes('input')
  if (wantsInput && root === undefined)
    throw new RequestRefused([
      `The items of step ${step.step} come from a single call, not from an input file. Leave input out of --with.`,
    ])
  const others = resolvedSteps.filter(
    (one) => one !== resolved && one.batch_mode && root !== undefined && rootStep(resolvedSteps, one) === root,
  )
  return {
    step: resolved,
    root: wantsInput ? (root ?? null) : null,
    others: parts.includes('all-steps') ? others : [],
    withLedger: parts.includes('ledger'),
  }
}

/** A sentence if the input is not the one that was read. */
async function changedInput(store: Store, root: ResolvedStep | null): Promise<string[]> {
  if (root?.input.from !== 'file') return []
  const { path, resolved, sha256 } = root.input
  if ((await store.size(resolved)) === undefined)
    throw new RequestRefused([`${new FileMissing(resolved).message} Put it back, or leave input out of --with.`])
  if ((await hashingRead(store).sha256(resolved)) === sha256) return []
  return [`${path} was changed since this version read it: the items beside the answers are those of today.`]
}

async function* join(
  store: Store,
  ref: VersionRef,
  { joined, elements }: { joined: Joined; elements: AsyncIterable<Json> },
): AsyncGenerator<Json> {
  const { step, root } = joined
  const lines = new LineFinder(readLedger(store, ref, step.step))
  const read = root === null ? null : fileItemBatches((path) => store.read(path), root)
  const rows = read === null ? null : new ItemFinder(read)
  const others = joined.others.map((one) => new OtherStep(store, ref, one, joined.withLedger))
  try {
    let number = 0
    for await (const element of elements) {
      number += 1
      const line = await lines.find(itemIdOf(element, step))
      if (line === undefined) throw new RequestRefused([withoutLine(ref, step, number)])
      const added: [string, Json][] = []
      if (rows !== null) added.push(['input', (await rows.find(line.root_id))?.item ?? null])
      for (const other of others) added.push(...(await other.find(line.item_index)))
      if (joined.withLedger) added.push(['ledger', ledgerPart(line)])
      yield together(element, added, number)
    }
  } finally {
    await lines.close()
    await read?.return(undefined)
    for (const other of others) await other.close()
  }
}

/** The ledger's lines, in the order of the array. */
class LineFinder {
  readonly #lines: AsyncIterator<LedgerLine>

  constructor(lines: AsyncIterable<LedgerLine>) {
    this.#lines = lines[Symbol.asyncIterator]()
  }

  async find(id: string | undefined): Promise<LedgerLine | undefined> {
    if (id === undefined) return undefined
    for (let next = await this.#lines.next(); !next.done; next = await this.#lines.next())
      if (next.value.item_id === id) return next.value
    return undefined
  }

  async close(): Promise<void> {
    await this.#lines.return?.()
  }
}

/** The answers and the ledger of another step, found by position, which an item keeps through all steps. */
class OtherStep {
  readonly #name: string
  readonly #answers: Ascending<UpstreamItem>
  readonly #lines: Ascending<LedgerLine> | null

  constructor(store: Store, ref: VersionRef, step: ResolvedStep, withLedger: boolean) {
    this.#name = step.output_file.replace(/\.json$/i, '')
    this.#answers = new Ascending(answersOf(store, ref, step))
    this.#lines = withLedger ? new Ascending(readLedger(store, ref, step.step)) : null
  }

  async find(index: number): Promise<[string, Json][]> {
    const answer = (await this.#answers.find(index))?.item ?? null
    const line = await this.#lines?.find(index)
    return [[this.#name, answer], ...(line ? [[`ledger_${this.#name}`, ledgerPart(line)] as [string, Json]] : [])]
  }

  async close(): Promise<void> {
    await this.#answers.close()
    await this.#lines?.close()
  }
}

/** What a person wants to know about an answer: where it comes from, and what it took in this version. */
function ledgerPart(line: LedgerLine): Json {
  const { state, decision, reason, answer_version, model, milliseconds, attempts, request_id, fingerprint } = line
  const { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd } = line
  return {
    ...{ state, decision, reason, answer_version, model },
    ...{ input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd },
    ...{ milliseconds, attempts, request_id, fingerprint },
  }
}

function together(element: Json, added: [string, Json][], number: number): Json {
  const own = isObject(element) ? element : { value: element }
  const clash = added.map(([name]) => name).find((name) => Object.hasOwn(own, name))
  if (clash === undefined) return { ...own, ...Object.fromEntries(added) }
  throw new RequestRefused([
    `Answer ${number} has a field ${clash} of its own, which --with would hide. Export without that part, or give the field another name in the template.`,
  ])
}

function withoutLine({ pipeline, version }: VersionRef, { step }: ResolvedStep, number: number): string {
  return `Element ${number} of the array of step ${step} has no line in its ledger that comes in this order: the array was edited. Export it without --with, or put it back as it was with \`itemwise doctor ${pipeline} --fix\` (${version}).`
}

/** The same with the joined objects as fields of their own: `input__name`. For formats that would make each of them one text. */
export function flattened(joining: Pick<Joining, 'steps'>, element: Json): Json {
  if (!isObject(element)) return element
  const names = new Set(['input', 'ledger'])
  for (const { resolved } of joining.steps) {
    const name = resolved?.output_file.replace(/\.json$/i, '')
    if (name !== undefined) names.add(name).add(`ledger_${name}`)
  }
  const fields = Object.entries(element).flatMap(([key, value]) =>
    names.has(key) && isObject(value)
      ? Object.entries(value).map(([inner, one]) => [`${key}__${inner}`, one] as const)
      : [[key, value] as const],
  )
  return Object.fromEntries(fields)
}
