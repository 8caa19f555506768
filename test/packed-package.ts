/** The npm package as a user gets it: packed, and installed into an empty folder. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** Packs it into the folder and returns the file's path. */
export function packInto(folder: string): string {
  const words = ['pack', '--json', '--pack-destination', folder]
  const said = execFileSync('npm', words, { cwd: root, encoding: 'utf8' })
  const [{ filename }] = JSON.parse(said.replace(/^[^[]*/, ''))
  return join(folder, filename)
}

/** Installs it, and other packages beside it. */
export function installPacked(folder: string, packed: string, ...others: string[]): void {
  const allowScripts = { node: true }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', allowScripts }))
  execFileSync('npm', ['install', '--no-audit', '--no-fund', packed, ...others], { cwd: folder, stdio: 'pipe' })
}
