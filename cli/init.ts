/** `itemwise init`: copies the example workspace. */

import { existsSync } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RequestRefused } from '../core/errors.ts'
import { jsonText } from '../core/text/json.ts'
import type { Terminal } from './terminal.ts'

const settings = 'itemwise.yaml'
const folders = ['inputs', 'prompts', 'pipelines']
const copied = [...folders, settings]

interface InitFlags {
  json?: boolean
  empty?: boolean
}

export async function init([dir = '.']: [string?], flags: InitFlags, terminal: Terminal): Promise<number> {
  const target = resolve(terminal.cwd, dir)
  const there = copied.filter((name) => existsSync(join(target, name)))
  if (there.length > 0) {
    throw new RequestRefused([
      `${target} already has ${there.join(', ')}, which would be overwritten. Nothing was copied; choose an empty folder.`,
    ])
  }
  const source = packageRoot()
  await mkdir(target, { recursive: true })
  if (flags.empty) for (const name of folders) await mkdir(join(target, name), { recursive: true })
  const files = flags.empty ? [settings] : copied
  for (const name of files) await cp(join(source, name), join(target, name), { recursive: true })
  if (!existsSync(join(target, '.gitignore'))) await writeFile(join(target, '.gitignore'), 'node_modules/\noutputs/\n')
  const folder = relative(terminal.cwd, target) || '.'
  terminal.out(
    flags.json ? `${jsonText({ workspace: target, copied }, 2)}\n` : (flags.empty ? emptyText : welcome)(folder),
  )
  return 0
}

function emptyText(folder: string): string {
  return `An empty workspace is in ${folder}:
  inputs/          your lists: .json, .jsonl, .csv and others
  prompts/         your templates: prompts/<name>.md
  pipelines/       which template runs over which list: pipelines/<name>.yaml
  itemwise.yaml    settings for the whole workspace
`
}

function welcome(folder: string): string {
  const enter = folder === '.' ? '' : `  cd ${folder}\n`
  return `A workspace with a working example is in ${folder}:
  inputs/problems.json       14 items
  prompts/                   the templates
  pipelines/problems.yaml    three steps over the items
  pipelines/worksheet.yaml   a second pipeline on the first one's latest version
  itemwise.yaml              settings for the whole workspace

Next:
${enter}  npx itemwise run pipelines/problems.yaml --offline    made-up answers, no key, no cost
  npx itemwise list --all
`
}

/** The folder of the package: two levels above in the repository, three in what is built. */
function packageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'prompts'))) return folder
    if (folder === dirname(folder))
      throw new Error('The example workspace is missing from the package. Install itemwise again.')
  }
}
