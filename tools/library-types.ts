/**
 * The types of the library as one file, and its public surface as a report for those who review a change
 * (docs/library.api.md): by API Extractor, from the declarations that tsc makes.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Extractor, ExtractorConfig, type IConfigFile } from '@microsoft/api-extractor'
import { object, type ZodObject, ZodType } from 'zod'
import { resolvedStep } from '../core/documents.ts'
import { questionFields } from '../core/model-fields.ts'
import { interfaceTexts } from './library-types/interface-text.ts'

const root = resolve(import.meta.dirname, '..')

export interface LibraryTypes {
  /** What the package has as dist/index.d.ts. */
  declarations: string
  /** The public surface. */
  report: string
  /** What is wrong with it, such as a type that a public one names and that cannot be imported. */
  problems: string[]
}

/** Takes some seconds. Throws if the source does not compile. */
export async function libraryTypes(): Promise<LibraryTypes> {
  const folder = mkdtempSync(join(tmpdir(), 'itemwise-types-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  try {
    const tsc = [join(root, 'node_modules/.bin/tsc'), '-p', join(root, 'tools/tsconfig.types.json'), '--outDir', folder]
    execFileSync(process.execPath, tsc, { cwd: root, stdio: 'inherit' })
    useJsEndings(folder)
    await spellOut(folder, spelledOut)
    return extracted(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Declarations name the files they came from (.ts); what is there is .d.ts, which .js stands for. */
function useJsEndings(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts') || name.startsWith('node_modules')) continue
    const path = join(folder, name)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2'))
  }
}

/** Files with types that are inferred from values. */
const spelledOut = [
  'core/answer-format',
  'core/documents',
  'core/errors',
  'core/question',
  'core/request',
  'core/request/apply-input',
  'core/request/rerun-input',
  'core/review',
  'formats/export/formats',
]

const ofSchema = /^export type (\w+) = (?:Omit<)?z\.(infer|input)<typeof (\w+)>(?:, '(\w+)'>)?;$/gm
const ofQuestion = /^export type (QuestionSettings) = .*$/gm
const ofList = /^export type (\w+) = \(typeof (\w+)\)\[number\];$/gm

/** Types that are inferred from a schema become interfaces with the descriptions of their fields; those from a list, unions. */
async function spellOut(folder: string, files: string[]): Promise<void> {
  const read = new Map<string, ZodType>([['QuestionSettings', questionSettings()]])
  const written = new Map<string, ZodType>()
  const lists = new Map<string, string>()
  const pathOf = (file: string) => join(folder, `${file}.d.ts`)
  for (const file of files) {
    const values = await import(join(root, `${file}.ts`))
    const text = readFileSync(pathOf(file), 'utf8')
    for (const [, type = '', which, name = '', without] of text.matchAll(ofSchema))
      if (values[name] instanceof ZodType)
        (which === 'input' ? written : read).set(
          type,
          without === undefined ? values[name] : leaving(values[name] as ZodObject, without),
        )
    for (const [, type = '', name = ''] of text.matchAll(ofList))
      lists.set(type, `export type ${type} = ${values[name].map((one: string) => `'${one}'`).join(' | ')};`)
  }
  const texts = new Map([...lists, ...interfaceTexts(read, 'output'), ...interfaceTexts(written, 'input')])
  for (const file of files) {
    const replaced = (text: string, pattern: RegExp) =>
      text.replaceAll(pattern, (all, type: string) => texts.get(type) ?? all)
    writeFileSync(pathOf(file), [ofSchema, ofQuestion, ofList].reduce(replaced, readFileSync(pathOf(file), 'utf8')))
  }
}

function leaving({ shape }: ZodObject, without: string): ZodType {
  return object(Object.fromEntries(Object.entries(shape).filter(([name]) => name !== without)))
}

function questionSettings(): ZodType {
  const { shape } = resolvedStep
  return object(Object.fromEntries(questionFields.map((name) => [name, shape[name]])))
}

function extracted(folder: string): LibraryTypes {
  const problems: string[] = []
  const config = ExtractorConfig.prepare({
    configObject: configuration(folder),
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  })
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      message.handled = true
      const { messageId, logLevel, text, sourceFilePath = '', sourceFileLine } = message
      if (isOfInterior(text)) return
      if (messageId !== 'console-api-report-created' && (logLevel === 'warning' || logLevel === 'error'))
        problems.push(`${sourceFilePath.replace(`${folder}/`, '')}:${sourceFileLine} ${messageId}: ${text}`)
    },
  })
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return { declarations: read('itemwise.d.ts'), report: read('itemwise.api.md'), problems }
}

/** What only members name that are internal, and so are not there. */
function isOfInterior(text: string): boolean {
  return /The symbol "(BegunRun|Opened)"/.test(text)
}

function configuration(folder: string): IConfigFile {
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
  const { target, lib, module, moduleResolution, types, strict } = compilerOptions
  const settled = { target, lib, module, moduleResolution, types, strict, skipLibCheck: true }
  return {
    projectFolder: folder,
    mainEntryPointFilePath: join(folder, 'index.d.ts'),
    compiler: { overrideTsconfig: { compilerOptions: settled, files: [join(folder, 'index.d.ts')] } },
    newlineKind: 'lf',
    apiReport: {
      enabled: true,
      reportFolder: folder,
      reportTempFolder: join(folder, 'temp'),
      reportFileName: 'itemwise',
    },
    docModel: { enabled: false },
    // Without what is internal: nobody but Itemwise makes a Workspace, a Run or a Version.
    dtsRollup: { enabled: true, publicTrimmedFilePath: join(folder, 'itemwise.d.ts'), omitTrimmingComments: true },
    tsdocMetadata: { enabled: false },
    messages: {
      compilerMessageReporting: { default: { logLevel: 'error' as never } },
      extractorMessageReporting: {
        default: { logLevel: 'warning' as never },
        ...quiet('ae-missing-release-tag', 'ae-undocumented', 'ae-internal-missing-underscore'),
      },
      tsdocMessageReporting: { default: { logLevel: 'none' as never } },
    },
  }
}

function quiet(...names: string[]) {
  return Object.fromEntries(names.map((name) => [name, { logLevel: 'none' as never }]))
}
