/** `itemwise edit <pipeline> <id>` */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { NothingToDo, RequestRefused } from '../core/errors.ts'
import type { Review } from '../core/review.ts'
import { answerToEdit, type ToEdit } from '../core/reviews/answer-to-edit.ts'
import type { VersionRef } from '../core/store.ts'
import { type Json, jsonText, parseJson } from '../core/text/json.ts'
import type { VersionStep } from '../core/versions/version-steps.ts'
import { findVersion } from '../workspace/find-version.ts'
import { noted, reviewedStep } from '../workspace/reviews.ts'
import { inEditor } from './in-editor.ts'
import { placeFlags, type StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { nothingToDo } from './run-end.ts'
import { withFieldsSet } from './set-fields.ts'
import type { Terminal } from './terminal.ts'
import { whoSays } from './who-says.ts'

interface EditFlags extends StoreFlags {
  json?: boolean
  step?: string
  version?: string
  set?: string[]
  answer?: string
  suggestion?: boolean
  comment?: string
  by?: string
}

/** Notes what an answer is to be; `apply` puts it in place. Throws RequestRefused for an answer that cannot stand there. */
export async function edit([pipeline, id]: [string, string], flags: EditFlags, terminal: Terminal): Promise<number> {
  const ways = [flags.set, flags.answer, flags.suggestion].filter((way) => way !== undefined)
  if (ways.length > 1)
    throw new RequestRefused([
      '--set changes single fields, --answer gives the whole answer, and --suggestion takes the one that the model gave. Leave all but one of them out.',
    ])
  const place = await openPlace(flags, terminal)
  const store = await place.store()
  const { ref } = await findVersion(store, pipeline, flags.version)
  const step = await reviewedStep(store, ref, flags.step)
  const by = await whoSays(flags.by, await place.caller(), terminal)
  const before = await answerToEdit(store, ref, { step, id })
  const comment = flags.comment ?? (flags.suggestion ? takenText(before) : undefined)
  const noting = { act: 'edit' as const, step: step.step, ids: [id], by, comment }
  const note = async (answer: Json) => (await noted(store, ref, { ...noting, answers: new Map([[id, answer]]) })).acts
  // Of an item without an answer it is said why.
  let acts: Review[]
  try {
    acts = await edited()
  } catch (error) {
    if (error instanceof NothingToDo) return nothingToDo(error, flags, terminal)
    throw error
  }
  if (flags.json) terminal.out(`${jsonText(acts, 2)}\n`)
  else
    terminal.out(
      `Edited ${id} in step ${step.step} (${step.prompt_name}) of ${ref.version}, by ${by}. \`itemwise apply ${ref.pipeline}${placeFlags(flags)}\` puts it in place.\n`,
    )
  return 0

  async function edited() {
    if (before === null) return note(null)
    if (flags.suggestion) return note(suggestedIn(before, { id, ref, step }))
    if (flags.set !== undefined) return note(withFieldsSet(before.answer, flags.set))
    if (flags.answer !== undefined)
      return note(await answerIn(flags.answer, { isText: typeof before.answer === 'string' }, terminal))
    return inEditor(before.answer, { name: `${ref.pipeline}-${step.step}-${id}`, terminal }, note)
  }
}

/** Where an edit comes from that takes a suggestion. */
function takenText(before: ToEdit | null): string | undefined {
  const by = before?.suggested?.by
  return by && `Takes what ${by.model ?? 'the model'} suggested in ${by.version}.`
}

function suggestedIn(
  { suggested }: ToEdit,
  { id, ref, step }: { id: string; ref: VersionRef; step: VersionStep },
): Json {
  if (suggested !== null) return suggested.answer
  throw new RequestRefused([
    `Item ${id} has no suggestion in step ${step.step} (${step.prompt_name}) of ${ref.version}. Nothing was noted. \`itemwise rerun ${ref.pipeline} ${id} --suggest\` asks for one beside an edited answer.`,
  ])
}

/** Throws RequestRefused for a file that cannot be read, or whose content is no JSON where the step's answers are. */
async function answerIn(file: string, { isText }: { isText: boolean }, terminal: Terminal): Promise<Json> {
  const text = await textIn(file, terminal)
  if (isText) return text
  try {
    return parseJson(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new RequestRefused(
      [
        `--answer: ${file === '-' ? 'what comes on stdin' : file} is not JSON: ${(cause as Error).message}. Expected the whole answer as JSON.`,
      ],
      { cause },
    )
  }
}

async function textIn(file: string, { cwd, stdin }: Terminal): Promise<string> {
  if (file === '-') {
    if (stdin === null) throw new RequestRefused(['--answer - reads stdin, but nothing is piped into it. Name a file.'])
    return Buffer.concat(await Array.fromAsync(stdin())).toString('utf8')
  }
  try {
    return await readFile(resolve(cwd, file), 'utf8')
  } catch (cause) {
    throw new RequestRefused([`--answer: there is no file ${file} that can be read.`], { cause })
  }
}
