/** Checks the names of files and folders: nothing may be paid for if its answers cannot be written. */
import type { RunRequest } from '../request.ts'
import { reservedBeginning, stepNumber } from '../store.ts'

/** What ext4, APFS, NTFS and S3 all take; NTFS counts in UTF-16, which is never more. */
const mostBytes = 255

/** Characters that Windows allows in no name. */
const forbidden = /[<>:"|?*]/
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** Why no file system takes a name, as the end of a sentence that begins with it; null if all do. */
export function nameProblem(name: string): string | null {
  const control = /\p{Cc}/u.exec(name)?.[0]
  if (control !== undefined) {
    const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    return `has a control character (U+${code}), which no file name may have. Remove it.`
  }
  if (!name.isWellFormed()) return 'has half of a surrogate pair, which no file name may have. Remove it.'
  const bytes = Buffer.byteLength(name)
  return bytes <= mostBytes ? null : `has ${bytes} bytes, and a file name may have at most ${mostBytes}.`
}

/** Why Windows does not take a name, so that a version could not be copied there; null if it does. */
function unportable(name: string): string | null {
  const character = forbidden.exec(name)?.[0]
  if (character !== undefined) return `has a ${character}, which Windows allows in no name. Remove it.`
  if (/[. ]$/.test(name))
    return `ends with a ${name.endsWith('.') ? 'dot' : 'space'}, which Windows removes. Remove it yourself.`
  return reserved.test(name) ? 'is a name that Windows keeps for itself. Choose another.' : null
}

/** What is wrong with the names of the files that a step writes: its template as it was, and its output. Sentences. */
export function stepNameProblems({
  number,
  prompt_name,
  output_file,
  isDefault,
}: {
  number: number
  prompt_name: string
  output_file: string
  /** Whether output_file comes of the prompt's name. */
  isDefault: boolean
}): string[] {
  const prefix = stepNumber(number)
  const template = nameProblem(`${prefix}_${prompt_name.replaceAll('/', '_')}.md`)
  const output = nameProblem(`${prefix}_${output_file}`)
  const problems: string[] = []
  if (template !== null)
    problems.push(
      `its template would be kept as ${prefix}_<prompt_name>.md, which ${template} Give the template a shorter name.`,
    )
  if (output !== null && !isDefault)
    problems.push(`output_file ${shown(output_file)}, as ${prefix}_<output_file>, ${output} Give it another one.`)
  if (output !== null && isDefault)
    problems.push(`its output would be ${prefix}_<prompt_name>.json, which ${output} Set a shorter output_file.`)
  return problems
}

/** What is wrong with the folder of a pipeline. Sentences. */
export function pipelineNameProblems(pipeline: string): string[] {
  const problem = nameProblem(pipeline)
  return problem === null
    ? []
    : [`The folder of the pipeline, ${shown(pipeline)}, ${problem} Choose another pipeline_name.`]
}

/** Why a name cannot be a pipeline's, as the end of a sentence that begins with it; null if it can. The same on a laptop, so that a version can be pushed. */
export function reservedName(pipeline: string): string | null {
  const beginning = reservedBeginning(pipeline)
  return beginning === undefined
    ? null
    : `begins with ${beginning}, which stands for other records in the table on AWS. Choose another pipeline_name.`
}

/**
 * Names of a new pipeline that the table on AWS or one of the usual file systems does not take. One that has versions has shown that it can be
 * written where it is, and goes on.
 */
export function unportableNames({ steps }: RunRequest, pipeline: string | null): string[] {
  const problems: string[] = []
  const folder = pipeline === null ? null : (reservedName(pipeline) ?? unportable(pipeline))
  if (folder !== null) problems.push(`The folder of the pipeline, ${shown(pipeline ?? '')}, ${folder}`)
  for (const [at, { prompt_name, output_file }] of steps.entries()) {
    const names = { prompt_name: prompt_name.split('/'), output_file: output_file === undefined ? [] : [output_file] }
    for (const [field, parts] of Object.entries(names)) {
      // Where these lead is checked elsewhere.
      const problem = parts
        .filter((part) => !/^\.\.?$/.test(part))
        .map(unportable)
        .find((one) => one !== null)
      if (problem !== undefined)
        problems.push(`Step ${at + 1} (${shown(prompt_name)}): ${field} ${shown(parts.join('/'))} ${problem}`)
    }
  }
  return problems
}

/** The end of a long name tells nothing. */
function shown(name: string): string {
  const [...characters] = name.toWellFormed()
  return JSON.stringify(characters.length > 60 ? `${characters.slice(0, 60).join('')}…` : characters.join(''))
}
