/** Lets a person change a value in the editor of their choice. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NothingToDo, RequestRefused } from '../core/errors.ts'
import { type Json, jsonText, parseJson } from '../core/text/json.ts'
import type { Terminal } from './terminal.ts'

/**
 * Opens the value and hands what was saved to `take`. If that refuses it, or if it is no JSON, the file is kept, and the error says where
 * it is. Throws NothingToDo if nothing was changed, RequestRefused.
 */
export async function inEditor<T>(
  value: Json,
  { name, terminal }: { name: string; terminal: Terminal },
  take: (changed: Json) => Promise<T>,
): Promise<T> {
  const isText = typeof value === 'string'
  const editor = editorIn(terminal)
  const folder = await mkdtemp(join(tmpdir(), 'itemwise-edit-'))
  const file = join(folder, `${name.replace(/[^\w.-]/g, '_').slice(0, 80)}.${isText ? 'md' : 'json'}`)
  const before = isText ? `${value}\n` : `${jsonText(value, 2)}\n`
  await writeFile(file, before)
  const problem = await problemWith(editor, file, terminal)
  const after = await readFile(file, 'utf8')
  if (after === before) await rm(folder, { recursive: true, force: true })
  if (after === before && problem === null) throw new NothingToDo('Nothing was changed, so nothing was noted.')
  const kept = `What you wrote is kept: ${file}. Correct it there and hand it in with --answer ${file}.`
  if (problem !== null) throw new RequestRefused(after === before ? [problem] : [problem, kept])
  try {
    const taken = await take(isText ? after.replace(/\r?\n$/, '') : jsonOf(after))
    await rm(folder, { recursive: true, force: true })
    return taken
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error
    throw new RequestRefused([...error.problems, kept], { cause: error })
  }
}

function jsonOf(text: string): Json {
  try {
    return parseJson(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new RequestRefused([`What you saved is not JSON: ${(cause as Error).message}. Nothing was noted.`], { cause })
  }
}

/** The variables may have arguments in them, as `code --wait`. Throws RequestRefused if there is neither an editor nor a terminal. */
function editorIn({ env, ask }: Terminal): string {
  const editor = env.VISUAL?.trim() || env.EDITOR?.trim() || (ask === null ? '' : 'vi')
  if (editor !== '') return editor
  throw new RequestRefused([
    'There is no terminal for an editor. Say what to change: --set field=value, or --answer FILE with the whole answer (- for stdin).',
  ])
}

/** What went wrong, when the editor is closed; null if nothing did. */
async function problemWith(editor: string, file: string, { cwd, env }: Terminal): Promise<string | null> {
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { cwd, env: { ...env }, stdio: 'inherit' })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve)
  })
  if (code === 0) return null
  return `The editor (${editor}) ended with ${code === null ? 'a signal' : `code ${code}`}, so nothing was noted. Set VISUAL or EDITOR, or use --set or --answer.`
}
