/** Whether the environment asks for made-up answers, as --offline and `offline: true` do. */
import { RequestRefused } from '../core/errors.ts'

/** Throws RequestRefused for a word that is neither yes nor no: a run that was to cost nothing must not be paid for. */
export function isAskedOffline({ ITEMWISE_OFFLINE: said = '' }: Record<string, string | undefined>): boolean {
  if (/^(1|true|yes)$/i.test(said)) return true
  if (/^(0|false|no)?$/i.test(said)) return false
  throw new RequestRefused([
    `ITEMWISE_OFFLINE is ${JSON.stringify(said)}. Expected 1 for made-up answers that cost nothing, or 0. Correct it, or unset it.`,
  ])
}
