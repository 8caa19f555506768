/** Asks a person before a run that is likely to cost more than the workspace's confirm_above_usd. */
import { RequestRefused } from '../core/errors.ts'
import type { Confirm, Foreseen } from '../runners/estimate-run.ts'
import { moneyRangeText, moneyText } from './number-text.ts'
import type { Terminal } from './terminal.ts'

/** `signal`: a Ctrl-C that came from elsewhere than the terminal. Returns undefined if there is nothing to ask. */
export function confirmOn(
  { ask }: Pick<Terminal, 'ask'>,
  { yes, signal }: { yes: boolean; signal: AbortSignal },
): Confirm | undefined {
  if (yes) return undefined
  return async (foreseen, above) => {
    const cost = costText(foreseen)
    if (ask === null) throw new RequestRefused([`${cost} ${limitText(foreseen, above)} Add --yes to start it.`])
    if (!/^y(es)?$/i.test((await ask(`${cost} Continue? [y/N] `, signal)).trim()))
      throw new RequestRefused(['Not confirmed, so nothing was started.'])
  }
}

/** Asks before a fresh run leaves edited or approved answers behind, which was said before. Undefined if nobody is there to ask. */
export function startOverOn(
  { ask }: Pick<Terminal, 'ask'>,
  { yes, signal }: { yes: boolean; signal: AbortSignal },
): (() => Promise<void>) | undefined {
  if (yes || ask === null) return undefined
  return async () => {
    if (!/^y(es)?$/i.test((await ask('Start all the same? [y/N] ', signal)).trim()))
      throw new RequestRefused(['Not confirmed, so nothing was started.'])
  }
}

/** `This run will cost about $1.20 ($0.90 to $2.10).` */
function costText({ estimate, unpriced }: Foreseen): string {
  if (estimate === null) return unpriced
  const part = estimate.incomplete ? ', and more for steps whose requests are not known yet' : ''
  return `This run will cost about ${moneyRangeText(estimate.cost_usd)}${part}.`
}

function limitText({ estimate }: Foreseen, above: number): string {
  const limit = `confirm_above_usd in itemwise.yaml (${moneyText(above)})`
  const why = estimate === null ? `It cannot be compared with ${limit}` : `That is above ${limit}`
  return `${why}, and there is no terminal to confirm it on, so nothing was started.`
}
