/** `itemwise prune [pipeline]`: makes room, and never without asking. */
import { RequestRefused } from '../core/errors.ts'
import { oneOffs, type VersionRef } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { prune as carryOut, type PrunePlan, prunePlan } from '../core/versions/prune.ts'
import { knownPipeline } from '../core/versions/versions.ts'
import { bytesText } from './number-text.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'

export interface PruneOptions extends StoreFlags {
  json?: boolean
  yes?: boolean
  dryRun?: boolean
}

/** Shows what would go, asks, and removes it. Throws RequestRefused, also if there is nobody to ask. */
export async function prune([name]: [string?], options: PruneOptions, terminal: Terminal): Promise<number> {
  const store = await (await openPlace(options, terminal)).store()
  const plan = await prunePlan(store, name === undefined ? undefined : await knownPipeline(store, name))
  const isEmpty = plan.thinned.length + plan.removed.length === 0
  if (isEmpty || options.dryRun) return said(plan, options, terminal)
  if (!options.yes) await confirm(plan, terminal)
  const needed = await carryOut(store, plan, Date.now())
  const kept = (ref: VersionRef) =>
    !needed.some(({ pipeline, version }) => pipeline === ref.pipeline && version === ref.version)
  const done = { ...plan, removed: plan.removed.filter(kept), needed: [...plan.needed, ...needed] }
  if (options.json) return said(done, options, terminal)
  terminal.out(`Removed: ${bytesText(bytesOf(done))}.\n`)
  for (const { why } of needed) terminal.note(`${why}\n`)
  return 0
}

async function confirm(plan: PrunePlan, { ask, note }: Terminal): Promise<void> {
  if (ask === null)
    throw new RequestRefused([
      'There is no terminal to confirm it on, so nothing was removed. `--dry-run` shows what would go; `--yes` removes it.',
    ])
  note(planText(plan))
  if (!/^y(es)?$/i.test((await ask('Remove all that? [y/N] ', new AbortController().signal)).trim()))
    throw new RequestRefused(['Not confirmed, so nothing was removed.'])
}

function said(plan: PrunePlan, { json }: PruneOptions, terminal: Terminal): number {
  const { thinned, needed } = plan
  const removed = plan.removed.map(({ state: _, ...one }) => one)
  terminal.out(json ? `${jsonText({ thinned, removed, needed, bytes: bytesOf(plan) }, 2)}\n` : planText(plan))
  return 0
}

function planText(plan: PrunePlan): string {
  const { thinned, removed, needed } = plan
  const thin = thinned.map((one) => `  ${runName(one)}  ${bytesText(one.bytes)}`)
  const whole = removed.map((one) => `  ${runName(one)}  ${bytesText(one.bytes)}`)
  const kept = needed.map(({ why }) => `  ${why}`)
  const parts = [
    ...(thin.length === 0 ? [] : [['Prompts and unusable replies of old versions (their answers stay):', ...thin]]),
    ...(whole.length === 0 ? [] : [['Deprecated versions, as a whole:', ...whole]]),
    ...(kept.length === 0 ? [] : [['Deprecated, but needed:', ...kept]]),
    [thin.length + whole.length === 0 ? 'There is nothing to prune.' : `All of it: ${bytesText(bytesOf(plan))}.`],
  ]
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function bytesOf({ thinned, removed }: PrunePlan): number {
  return [...thinned, ...removed].reduce((sum, { bytes }) => sum + bytes, 0)
}

function runName({ pipeline, version }: VersionRef): string {
  return pipeline === oneOffs ? version : `${pipeline} ${version}`
}
