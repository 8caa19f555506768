/** `itemwise init`: copies the example workspace. */

import { existsSync } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RequestRefused } from '../core/errors.ts'
import { jsonText } from '../core/text/json.ts'
import type { Terminal } from './terminal.ts'

const copied = ['inputs', 'prompts', 'pipelines', 'itemwise.yaml']

export async function init([dir = '.']: [string?], flags: { json?: boolean }, terminal: Terminal): Promise<number> {
  const target = resolve(terminal.cwd, dir)
  const there = copied.filter((name) => existsSync(join(target, name)))
  if (there.length > 0) {
    throw new RequestRefused([
      `${target} already has ${there.join(', ')}, which would be overwritten. Nothing was copied; choose an empty folder.`,
    ])
  }
  const source = packageRoot()
  await mkdir(target, { recursive: true })
  for (const name of copied) await cp(join(source, name), join(target, name), { recursive: true })
  if (!existsSync(join(target, '.gitignore'))) await writeFile(join(target, '.gitignore'), 'node_modules/\noutputs/\n')
  const folder = relative(terminal.cwd, target) || '.'
  terminal.out(flags.json ? `${jsonText({ workspace: target, copied }, 2)}\n` : welcome(folder))
  return 0
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
