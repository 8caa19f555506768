/** Packs that are missing or not as they were written, and how they are written again. */
import type { LedgerLine, ResolvedStep } from '../documents.ts'
import { type PromptAgain, promptsAgain } from '../stages/prompts-again.ts'
import type { Store, VersionRef } from '../store.ts'
import { promptFingerprint } from '../templates/questions.ts'
import { Ascending } from '../text/ascending.ts'
import { someOf } from '../text/nearest.ts'
import { hasItemFile } from '../versions/item-file.ts'
import { wholeLines } from '../versions/ledger.ts'
import { PackReader } from '../versions/pack-reader.ts'
import { PackWriter } from '../versions/pack-writer.ts'
import { type PackKind, packPath } from '../versions/packs.ts'
import { asideText, counted, setAside } from '../versions/set-aside.ts'
import { answerPlace, StepAnswers } from '../versions/step-answers.ts'
import { isAnswerOf } from './examine-packs.ts'
import { examineStep, type StepFilesState } from './examine-step.ts'
import type { ExaminedVersion } from './examined-version.ts'
import type { Finding } from './finding.ts'

/** Nothing is made from packs, so nothing but them is damaged. */
export function packFindings(
  { store, ref }: ExaminedVersion,
  step: ResolvedStep,
  { packs }: Pick<StepFilesState, 'packs'>,
): Finding[] {
  return (['items', 'prompts'] as const).flatMap((kind) => {
    const [path, ...others] = packs[kind]
    if (path === undefined) return []
    const those = others.length === 0 ? 'The pack is' : `This pack and ${others.length} more of step ${step.step} are`
    return [
      {
        path,
        found: `${those} missing, or not as ${others.length === 0 ? 'it was' : 'they were'} written.`,
        means: `${kind === 'items' ? 'The answers are in the array' : 'What was sent cannot be shown'}; only the pack is damaged.`,
        remedy:
          kind === 'items'
            ? 'Write it again from the array and from what is left of it.'
            : 'Write it again from what is left of it, and from the templates and the input where they still make the same prompts.',
        mend: async () => {
          // Mending the array may have written some of them.
          const { packs: now } = await examineStep({ store }, ref, step)
          return new PackMending(store, ref, step).mend(kind, now[kind])
        },
      },
    ]
  })
}

class PackMending {
  readonly #store: Store
  readonly #ref: VersionRef
  readonly #step: ResolvedStep
  readonly #lost: string[] = []

  constructor(store: Store, ref: VersionRef, step: ResolvedStep) {
    this.#store = store
    this.#ref = ref
    this.#step = step
  }

  async mend(kind: PackKind, paths: readonly string[]): Promise<string> {
    const damaged = new Set(paths)
    const asides = await Promise.all(paths.map((path) => setAside(this.#store, this.#ref, path)))
    await (kind === 'items' ? this.#mendItems(damaged) : this.#mendPrompts(damaged))
    const what = kind === 'items' ? 'the answers' : 'the prompts'
    const lost = this.#lost.length === 0 ? '' : ` No copy of ${what} of ${someOf(this.#lost)} can be read.`
    return `Written again: ${counted(paths.length, 'pack')}.${lost}${asideText(...asides)}`
  }

  async *#lines(kind: PackKind, damaged: ReadonlySet<string>): AsyncGenerator<LedgerLine> {
    const state = { missing: false, whole: 0, broken: 0 }
    for await (const line of wholeLines(this.#store, this.#ref, { step: this.#step.step, state }))
      if (damaged.has(packPath(this.#ref, this.#step.step, { kind, item_index: line.item_index }))) yield line
  }

  async #mendItems(damaged: ReadonlySet<string>): Promise<void> {
    const place = { ref: this.#ref, step: this.#step.step, kind: 'items' as const }
    const [left, writer] = [new PackReader(this.#store, place), new PackWriter(this.#store, place)]
    const answers = new StepAnswers(this.#store, answerPlace(this.#ref, this.#step))
    try {
      for await (const line of this.#lines('items', damaged)) {
        const { item_index, item_id, segment } = line
        const before = await left.find(line)
        const reply = line.state === 'failed' && line.decision === 'process' ? (before?.reply ?? null) : null
        const answer = hasItemFile(line, this.#ref) ? await this.#answer(line, { answers, before }) : null
        if (answer !== null || reply !== null) await writer.add({ item_index, item_id, segment, answer, reply })
      }
      await writer.end()
    } catch (error) {
      await writer.fail(error)
      throw error
    } finally {
      await Promise.all([left.close(), answers.close()])
    }
  }

  async #answer(
    line: LedgerLine,
    { answers, before }: { answers: StepAnswers; before: Parameters<typeof isAnswerOf>[0] },
  ): Promise<string | null> {
    if (isAnswerOf(before, line)) return before?.answer ?? null
    const { answer, edited } = await answers.see(line)
    if (answer !== null && !edited) return answer
    this.#lost.push(line.item_id)
    return null
  }

  async #mendPrompts(damaged: ReadonlySet<string>): Promise<void> {
    const place = { ref: this.#ref, step: this.#step.step, kind: 'prompts' as const }
    const [left, writer] = [new PackReader(this.#store, place), new PackWriter(this.#store, place)]
    const again = new Ascending<PromptAgain>(promptsAgain(this.#store, this.#ref, this.#step.step))
    try {
      for await (const line of this.#lines('prompts', damaged)) {
        if (line.decision !== 'process' || line.segment === '') continue
        const { item_index, item_id, segment, fingerprint } = line
        const wasSent = (prompt: string | null) =>
          prompt !== null && fingerprint !== null && promptFingerprint(this.#step, prompt) === fingerprint
        const before = (await left.find(line))?.prompt ?? null
        const rendered = wasSent(before) ? before : ((await again.find(item_index))?.prompt ?? null)
        // A ledger line that was made again may not know what was sent.
        const prompt = wasSent(rendered) ? rendered : fingerprint === null ? before : null
        if (prompt === null && line.state !== 'answered') continue
        if (prompt === null) this.#lost.push(item_id)
        await writer.add({ item_index, item_id, segment, prompt })
      }
      await writer.end()
    } catch (error) {
      await writer.fail(error)
      throw error
    } finally {
      await Promise.all([left.close(), again.close()])
    }
  }
}
