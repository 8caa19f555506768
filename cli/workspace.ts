/** Where the workspace is in which a command works. */
import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { RequestRefused } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import { FolderStore } from '../stores/folder.ts'
import type { Terminal } from './terminal.ts'

/**
 * The absolute path of the workspace: `flag` as given with --workspace, else the nearest folder from `dir` upwards with prompts/, or
 * if there is none, with outputs/.
 * Throws RequestRefused.
 */
export function findWorkspace(dir: string, flag?: string): string {
  const found = workspaceIfAny(dir, flag)
  if (found !== undefined) return found
  throw new RequestRefused([
    `There is no workspace at ${dir} or above it. Expected a folder with prompts/. Make one with \`itemwise init\`, or name one with --workspace DIR.`,
  ])
}

/** The same, but undefined if none is named and none is found. Throws RequestRefused if the named one does not exist. */
export function workspaceIfAny(dir: string, flag?: string): string | undefined {
  if (flag !== undefined) return givenWorkspace(resolve(dir, flag))
  // A program may have its prompts in memory: then only what it made is there.
  return nearestWith('prompts', dir) ?? nearestWith('outputs', dir)
}

function nearestWith(name: string, dir: string): string | undefined {
  for (let folder = resolve(dir); ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return folder
    if (folder === dirname(folder)) return undefined
  }
}

function givenWorkspace(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder
  throw new RequestRefused([
    `There is no folder ${folder} (--workspace). Expected the folder of a workspace. Check the path, or make one with \`itemwise init\`.`,
  ])
}

/** The store of the workspace a command works in. Throws RequestRefused. */
export function openWorkspace({ workspace }: { workspace?: string }, terminal: Terminal): Store {
  return new FolderStore(findWorkspace(terminal.cwd, workspace))
}
