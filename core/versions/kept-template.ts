/** Reads the templates that a version keeps. Apart from its other documents: only some commands need what reads YAML, and all would load it. */
import type { ResolvedStep } from '../documents.ts'
import { type Store, type VersionRef, versionFolder } from '../store.ts'
import { parseTemplate, type Template } from '../templates/template.ts'
import { readText } from './version-documents.ts'

/** The template of a step as the version keeps it. */
export async function readTemplate(store: Store, ref: VersionRef, step: ResolvedStep): Promise<Template> {
  const path = `${versionFolder(ref)}/${step.template}`
  const asBefore = step.template_rules === undefined
  return parseTemplate(await readText(store, path), path, { asBefore, settings: false })
}
