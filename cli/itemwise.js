#!/usr/bin/env node
// The command. Plain JavaScript that Node 12 can parse, so that an old Node gets a sentence instead of a stack trace.

// biome-ignore-start lint/style/useNodejsImportProtocol: Node 12 does not know node:.
import { existsSync } from 'fs'
import module from 'module'
import { compileCacheFolder } from './compile-cache.js'

// biome-ignore-end lint/style/useNodejsImportProtocol: as above

const wanted = 24

function start() {
  keepCompiledCode(process.env)
  // The repository runs its source; the npm package has only what was built from it.
  const source = new URL('./main.ts', import.meta.url)
  const main = existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url)
  return import(main.href).then((cli) => cli.start())
}

/** About a third off the start of every command. NODE_COMPILE_CACHE has been obeyed by Node itself. */
function keepCompiledCode(env) {
  if (env.NODE_COMPILE_CACHE || env.NODE_DISABLE_COMPILE_CACHE) return
  const folder = compileCacheFolder(env, process.getuid === undefined ? undefined : process.getuid())
  if (folder !== undefined) module.enableCompileCache(folder)
}

if (Number(process.versions.node.split('.')[0]) < wanted) {
  console.error(
    'itemwise needs Node.js ' +
      wanted +
      ' or newer, and this is ' +
      process.version +
      '. Install it from https://nodejs.org, or into this folder with `npm install node@' +
      wanted +
      '`, and run the command again.',
  )
  process.exitCode = 1
} else {
  start()
}
