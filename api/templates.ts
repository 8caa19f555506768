/** The routes of templates: one of the workspace as it is now, and saving it, so that what was tried can be what is rerun. */
import type * as z from 'zod'
import { RequestRefused } from '../core/errors.ts'
import { parseTemplate, TemplateInvalid } from '../core/templates/template.ts'
import { isBlank } from '../core/text/blank.ts'
import { sha256 } from '../core/text/ids.ts'
import type { Call } from './call.ts'
import { type savedTemplate, templateBody, type templateDocument } from './documents.ts'
import type { Ports, Templates } from './ports.ts'
import { HttpProblem } from './problem.ts'

/** The template as the next run reads it. */
export async function showTemplate(ports: Ports, call: Call): Promise<z.infer<typeof templateDocument>> {
  const templates = ofFiles(ports)
  const { name, path } = namedTemplate(call)
  const text = await templates.read(name)
  if (text === undefined) throw new HttpProblem('not-found', `There is no template ${path}.`)
  return { prompt_name: name, path, sha256: sha256(text), text }
}

/** Writes the template, if the file is still the one that it is to replace. Throws HttpProblem if it is another by now. */
export async function saveTemplate(ports: Ports, call: Call): Promise<z.infer<typeof savedTemplate>> {
  const templates = ofFiles(ports)
  const { name, path } = namedTemplate(call)
  const { text, replaces } = await call.body(templateBody)
  refuseUnusable(text, path)
  return ports.tables.turns.take(path, async () => {
    const before = await templates.read(name)
    const found = before === undefined ? null : sha256(before)
    if (found !== replaces)
      throw new HttpProblem(
        'template-changed',
        `${path} ${before === undefined ? 'is gone' : replaces === null ? 'is there already' : 'was changed'} since it was read. It was not saved. Look at it, and save yours again if it is to take its place.`,
      )
    await templates.write(name, text)
    return { prompt_name: name, path, sha256: sha256(text) }
  })
}

/** Where templates are files of the workspace. Throws HttpProblem. */
function ofFiles({ templates }: Ports): Templates {
  if (templates !== null) return templates
  throw new HttpProblem(
    'not-here',
    'Templates cannot be saved here: the prompts of this place are sent with each run from a workspace. Change prompts/ in that workspace, and start the rerun there.',
  )
}

function namedTemplate(call: Call): { name: string; path: string } {
  const name = call.name('prompt_name')
  const path = `prompts/${name}.md`
  const isPlain = name
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\p{Cc}]/u.test(part))
  if (isPlain && name.length <= 200) return { name, path }
  throw new RequestRefused([
    `${JSON.stringify(name)} is no name of a template. Expected that of a file below prompts/, without .md: describe, or shop/describe.`,
  ])
}

/** What no run could read is not saved. */
function refuseUnusable(text: string, path: string): void {
  if (isBlank(text)) throw new RequestRefused([`The template for ${path} is blank. It was not saved.`])
  try {
    parseTemplate(text, path)
  } catch (error) {
    if (error instanceof TemplateInvalid) throw new RequestRefused(error.problems, { cause: error })
    throw error
  }
}
