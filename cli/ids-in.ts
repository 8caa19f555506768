/** Reads the ids of --ids-from. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { RequestRefused } from '../core/errors.ts'
import { idText } from '../core/text/ids.ts'
import { type Json, parseJson } from '../core/text/json.ts'
import type { Terminal } from './terminal.ts'

/** The ids in a file, each once: one a line, or a JSON array of texts and numbers. Throws RequestRefused. */
export async function idsIn(file: string, terminal: Terminal): Promise<string[]> {
  const text = (await textOf(file, terminal)).replace(/^\uFEFF/, '')
  const ids = text.trimStart().startsWith('[') ? inArray(text, file) : text.split(/\r?\n/).map((line) => line.trim())
  const named = [...new Set(ids.filter((id) => id !== ''))]
  if (named.length > 0) return named
  throw new RequestRefused([`--ids-from: ${file} names no ids. Expected one a line, or a JSON array of ids.`])
}

async function textOf(file: string, { cwd }: Terminal): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(resolve(cwd, file)))
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new RequestRefused([`--ids-from: ${file} is not UTF-8. Save it again with that encoding.`], { cause })
    if (!['ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG', 'EACCES'].includes(code)) throw cause
    throw new RequestRefused([`--ids-from: there is no file ${file} that can be read. Name one with an id a line.`], {
      cause,
    })
  }
}

function inArray(text: string, file: string): string[] {
  const ids = valuesIn(text)?.map((value) => idText(value)) ?? []
  if (ids.length > 0 && ids.every((id) => id !== undefined)) return ids
  throw new RequestRefused([
    `--ids-from: ${file} begins with [, but is no JSON array of ids (texts and numbers). Write one id a line.`,
  ])
}

function valuesIn(text: string): Json[] | undefined {
  try {
    const value = parseJson(text)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
