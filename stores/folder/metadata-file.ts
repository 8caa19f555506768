/** Reads and changes a version's metadata.json, which people may edit by hand: unknown fields and the order of fields stay. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Metadata, metadata } from '../../core/documents.ts'
import { FileMissing, RecordUnreadable } from '../../core/errors.ts'
import { type Json, jsonText, parseJson } from '../../core/text/json.ts'
import { writeWholeNow } from './atomic-write.ts'
import type { Fault } from './options.ts'
import { isMissing } from './reading.ts'
import { unfinishedIn } from './unfinished.ts'
import { unwritable } from './unwritable.ts'

const withUnknownFields = metadata.loose()

/** A metadata.json on disk, and the workspace path by which errors name it. */
export interface MetadataFile {
  file: string
  path: string
}

export function metadataFile(folder: string, versionPath: string): MetadataFile {
  return { file: join(folder, 'metadata.json'), path: `${versionPath}/metadata.json` }
}

export function metadataText(document: Metadata): string {
  return `${jsonText(document, 2)}\n`
}

/** The record, or undefined if there is none. Throws RecordUnreadable, which names the file and what is wrong in it. */
export async function readMetadata({ file, path }: MetadataFile): Promise<Metadata | undefined> {
  try {
    return parsed(readFileSync(file, 'utf8'), path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Changes fields. Call it only while nobody else changes the record: `changingAlone`. Throws FileMissing, StoreUnwritable. */
export function changeMetadata(
  { file, path }: MetadataFile,
  change: Partial<Metadata>,
  fault: Fault | undefined,
): Metadata {
  const text = currentText(file, path)
  parsed(text, path)
  const document = parseJson(withoutMark(text)) as Record<string, Json>
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  const next = `${jsonText(Object.assign(document, Object.fromEntries(given)), 2)}\n`
  try {
    const temporary = unfinishedIn(dirname(file))
    writeWholeNow(next, { file, temporary, flush: true, fault, point: 'metadata:temp-written' })
  } catch (error) {
    throw unwritable(error, path)
  }
  return parsed(next, path)
}

function currentText(file: string, path: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw isMissing(error) ? new FileMissing(path, { cause: error }) : error
  }
}

function parsed(text: string, path: string): Metadata {
  const { success, data, error } = withUnknownFields.safeParse(documentOf(text, path))
  if (success) return data
  const problems = error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`)
  throw new RecordUnreadable(
    `${path} is not the record of a version: ${problems.join('; ')}. Put these fields right by hand, or let \`itemwise doctor --fix\` make it anew.`,
    {
      cause: error,
    },
  )
}

function documentOf(text: string, path: string): unknown {
  try {
    return JSON.parse(withoutMark(text))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new RecordUnreadable(
      `${path} is not JSON: ${message}. Put it right by hand, or let \`itemwise doctor --fix\` make it anew.`,
      { cause: error },
    )
  }
}

// Editors on Windows put a byte order mark first.
function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}
