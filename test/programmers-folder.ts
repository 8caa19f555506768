/** Makes a folder one in which a program finds the npm package, as it is now, and Zod. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const packages = resolve(import.meta.dirname, '../node_modules')

export function makeProgrammersFolder(folder: string): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(process.env.ITEMWISE_TEST_PACKAGE!, join(folder, 'node_modules/itemwise'))
  symlinkSync(join(packages, 'zod'), join(folder, 'node_modules/zod'))
}
