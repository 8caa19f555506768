/**
 * Suggestions: what the model answers for an item whose answer a person wrote. The person's answer stays in the array; the new one stands
 * beside it in the ledger line, and goes along with it.
 */
import type { LedgerLine, PlanLine } from '../documents.ts'
import { sha256 } from '../text/ids.ts'

/** Whether what is asked for an item stands beside its answer, and not in its place. */
export function isBeside({ decision, reason }: Pick<PlanLine, 'decision' | 'reason'>): boolean {
  return decision === 'process' && reason === 'suggested'
}

/** Whether the answer of an item that is planned is the one that the base has. */
export function staysAsInBase(line: Pick<PlanLine, 'decision' | 'reason'>): boolean {
  return line.decision === 'carry' || isBeside(line)
}

/** The line of an edited answer with what the model answered beside it. `asked`: what is kept of the question, `base`: the edited answer. */
export function withSuggestion(
  asked: LedgerLine,
  { base, answer, version }: { base: LedgerLine; answer: string | null; version: string },
): LedgerLine {
  const { state, answer_version, fingerprint, model, error, edited_by } = base
  const standing = { state, answer_version, fingerprint, model, error }
  const fresh = {
    ...{ version, answer, sha256: answer === null ? null : sha256(answer) },
    ...{ fingerprint: asked.fingerprint, model: asked.model, error: asked.error },
  }
  const suggestion = answer === null && base.suggestion?.answer != null ? base.suggestion : fresh
  return { ...asked, ...standing, ...(edited_by !== undefined && { edited_by }), suggestion }
}

/** What a carried line keeps of them. */
export function ofEdit({ edited_by, suggestion }: LedgerLine): Pick<LedgerLine, 'edited_by' | 'suggestion'> {
  return { ...(edited_by !== undefined && { edited_by }), ...(suggestion !== undefined && { suggestion }) }
}

/** The line as a suggestion is compared with today's prompt: by what the last one was asked with. One that failed is asked for again. */
export function asLastAsked(base: LedgerLine): LedgerLine {
  const { suggestion } = base
  return suggestion === undefined || suggestion.error !== null ? base : { ...base, fingerprint: suggestion.fingerprint }
}
