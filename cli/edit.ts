/** `itemwise edit <pipeline> <id>` */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { NothingToDo, RequestRefused } from '../core/errors.ts'
import type { Review } from '../core/review.ts'
import { answerToEdit } from '../core/reviews/answer-to-edit.ts'
import { type Json, jsonText, parseJson } from '../core/text/json.ts'
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
  comment?: string
  by?: string
}

/** Notes what an answer is to be; `apply` puts it in place. Throws RequestRefused for an answer that cannot stand there. */
export async function edit([pipeline, id]: [string, string], flags: EditFlags, terminal: Terminal): Promise<number> {
  if (flags.set !== undefined && flags.answer !== undefined)
    throw new RequestRefused([
      '--set changes single fields, and --answer gives the whole answer. Leave one of them out.',
    ])
  const place = await openPlace(flags, terminal)
  const store = await place.store()
  const { ref } = await findVersion(store, pipeline, flags.version)
  const step = await reviewedStep(store, ref, flags.step)
  const by = await whoSays(flags.by, await place.caller(), terminal)
  const before = await answerToEdit(store, ref, { step, id })
  const noting = { act: 'edit' as const, step: step.step, ids: [id], by, comment: flags.comment }
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
    if (flags.set !== undefined) return note(withFieldsSet(before.answer, flags.set))
    if (flags.answer !== undefined)
      return note(await answerIn(flags.answer, { isText: typeof before.answer === 'string' }, terminal))
    return inEditor(before.answer, { name: `${ref.pipeline}-${step.step}-${id}`, terminal }, note)
  }
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
