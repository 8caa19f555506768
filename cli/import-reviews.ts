/** `itemwise import-reviews <file>`: what a person changed in a spreadsheet becomes edits and reviews. */
import { RequestRefused } from '../core/errors.ts'
import type { Review } from '../core/review.ts'
import { addReviews } from '../core/reviews/make-reviews.ts'
import { type SheetChanges, sheetChanges } from '../core/reviews/sheet-changes.ts'
import type { ItemChange } from '../core/reviews/sheet-step.ts'
import type { Store } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { JsonInvalid } from '../core/text/json-array.ts'
import { openTable } from '../formats/open-table.ts'
import { bytesOfFile } from './bytes-of-file.ts'
import { changesDocument, changesText, saidText } from './import-reviews-text.ts'
import { placeFlags, type StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'
import { whoSays } from './who-says.ts'

interface ImportFlags extends StoreFlags {
  json?: boolean
  by?: string
  yes?: boolean
  dryRun?: boolean
}

/** Shows what was changed, asks, and notes it. Throws RequestRefused, also if there is nobody to ask; then nothing is noted. */
export async function importReviews([file]: [string], flags: ImportFlags, terminal: Terminal): Promise<number> {
  const place = await openPlace(flags, terminal)
  const store = await place.store()
  const found = await changesIn(store, file, terminal)
  const isEmpty = found.steps.every(({ changes }) => changes.length === 0)
  if (isEmpty || flags.dryRun) {
    terminal.out(flags.json ? `${jsonText(changesDocument(found), 2)}\n` : await changesText(store, found))
    return 0
  }
  if (!flags.json) terminal.note(await changesText(store, found))
  if (!flags.yes) await confirm(terminal)
  const by = await whoSays(flags.by, await place.caller(), terminal)
  const acts = await noteAll(store, found, by)
  if (flags.json) {
    terminal.out(`${jsonText(acts, 2)}\n`)
    return 0
  }
  terminal.out(saidText(found, by))
  const edited = new Set(found.steps.flatMap(({ step, changes }) => (changes.some(isEdit) ? [step.ref.pipeline] : [])))
  for (const pipeline of edited)
    terminal.note(`\`itemwise apply ${pipeline}${placeFlags(flags)}\` puts the edits in place.\n`)
  return 0
}

async function changesIn(store: Store, file: string, terminal: Terminal): Promise<SheetChanges> {
  const [, path = file, sheet = ''] = /^(.*?)(?:#(.*))?$/s.exec(file) ?? []
  const bytes = await bytesOfFile(path, terminal)
  try {
    return await sheetChanges(store, (await openTable(bytes, { path, sheet })).items())
  } catch (error) {
    if (!(error instanceof JsonInvalid)) throw error
    throw new RequestRefused([`${file} ${error.message.replace(/(?<![?.])$/, '.')} Nothing was noted.`], {
      cause: error,
    })
  }
}

async function confirm({ ask }: Terminal): Promise<void> {
  if (ask === null)
    throw new RequestRefused([
      'There is no terminal to confirm it on, so nothing was noted. `--dry-run` shows what would be; `--yes` notes it.',
    ])
  if (!/^y(es)?$/i.test((await ask('Note all that? [y/N] ', new AbortController().signal)).trim()))
    throw new RequestRefused(['Not confirmed, so nothing was noted.'])
}

/** Edits first: they are what may be refused after all. */
const order = ['edit', 'approve', 'flag', 'comment', 'clear'] as const

async function noteAll(store: Store, { steps }: SheetChanges, by: string): Promise<Review[]> {
  const noted: Review[] = []
  for (const act of order)
    for (const { step, changes } of steps) {
      const those = changes.filter((change) => change.act === act)
      if (those.length > 0)
        noted.push(
          ...(await addReviews(store, step.ref, { ...sayingOf(those), act, step: step.step, by, now: Date.now() })),
        )
    }
  return noted
}

function sayingOf(changes: readonly ItemChange[]) {
  const comments = new Map(
    changes.flatMap(({ root_id, comment }) => (comment === undefined ? [] : [[root_id, comment]])),
  )
  const answers = new Map(changes.flatMap(({ root_id, after }) => (after === undefined ? [] : [[root_id, after]])))
  return { ids: changes.map(({ root_id }) => root_id), comments, answers }
}

function isEdit({ act }: ItemChange): boolean {
  return act === 'edit'
}
