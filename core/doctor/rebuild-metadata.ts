/** Rebuilds the record of a version from what can still be read of it, from run.json and from the folder's name. */
import * as z from 'zod'
import { type Metadata, metadata, type RunDocument, versionStates } from '../documents.ts'
import { oneOffs, type VersionRef } from '../store.ts'
import { localTime } from '../text/clock-text.ts'
import { isObject } from '../text/json.ts'
import { fullPipelineName } from '../versions/versions.ts'

export interface RebuiltMetadata {
  /** Its `stats` are still empty. */
  metadata: Metadata
  /** Fields that can no longer be known, with the values used instead. */
  unknown: string[]
}

/** Why a text is not the record of a version, or null if it is. */
export function metadataProblem(text: string): string | null {
  let document: unknown
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return text.trim() === '' ? 'it is empty' : 'it is not JSON, or only a part of it'
  }
  const { error } = metadata.loose().safeParse(document)
  if (error === undefined) return null
  return `it lacks what every record has (${error.issues.map(({ path }) => path.join('.') || 'an object').join(', ')})`
}

/** `finished`: whether nothing of an unfinished version is left, so that it must have been completed. */
export function rebuildMetadata(
  ref: VersionRef,
  { text, run, finished, now }: { text: string; run: RunDocument | undefined; finished: boolean; now: number },
): RebuiltMetadata {
  const left = readableFields(text)
  const request = run?.request
  const unknown: string[] = []
  const field = <Name extends keyof Metadata>(
    name: Name,
    otherwise: Metadata[Name],
    guess?: string,
  ): Metadata[Name] => {
    if (name in left) return left[name] as Metadata[Name]
    if (guess !== undefined) unknown.push(guess)
    return otherwise
  }
  const label = request?.pipeline_status ?? 'draft'
  const record: Metadata = {
    version: ref.version,
    pipeline_name: field('pipeline_name', request?.pipeline_name ?? (ref.pipeline === oneOffs ? null : ref.pipeline)),
    timestamp: field('timestamp', localTime(run === undefined ? now : Date.parse(run.created))),
    mode: field('mode', run?.mode ?? 'initial'),
    base_version: field('base_version', run?.base_version ?? null),
    module_number: field('module_number', request?.module_number ?? null),
    path_letter: field('path_letter', request?.path_letter ?? null),
    pipeline_status: field('pipeline_status', label, `the label (${label}, with which the run began)`),
    notes: field('notes', request?.notes ?? null, 'the notes (those with which the run began)'),
    duration_seconds: field('duration_seconds', 0, 'the duration (0)'),
    status: field('status', finished ? 'completed' : 'failed'),
    full_pipeline_name: field('full_pipeline_name', ref.pipeline === oneOffs ? null : nameOf(ref, request)),
    logs: [
      { time: localTime(now), level: 'warning', message: 'The record was damaged; itemwise doctor made it anew.' },
    ],
    stats: {},
  }
  return { metadata: record, unknown }
}

function nameOf({ pipeline }: VersionRef, request: RunDocument['request'] | undefined): string {
  const name = request?.pipeline_name
  return name === undefined ? pipeline : fullPipelineName({ ...request, pipeline_name: name })
}

const fields: Partial<Record<keyof Metadata, z.ZodType>> = {
  ...metadata.omit({ logs: true, stats: true, version: true }).shape,
  status: z.enum(versionStates),
}

/** The fields that are whole. In a half text those that stand on a line of their own and are followed by another. */
function readableFields(text: string): Partial<Metadata> {
  const found = whole(text) ?? linewise(text)
  return Object.fromEntries(
    Object.entries(found).filter(([name, value]) => fields[name as keyof Metadata]?.safeParse(value).success),
  )
}

function whole(text: string): Record<string, unknown> | undefined {
  try {
    const document = JSON.parse(text.replace(/^\uFEFF/, ''))
    return isObject(document) ? document : undefined
  } catch {
    return undefined
  }
}

function linewise(text: string): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [, name = '', value = ''] of text.matchAll(/^ {2}"(\w+)": (.+),\r?$/gm)) {
    try {
      found[name] = JSON.parse(value)
    } catch {
      // A value of several lines; these are counted again.
    }
  }
  return found
}
