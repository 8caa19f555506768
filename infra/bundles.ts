/**
 * The code of the Lambdas: one ES module each, with all it needs, the SDK included. A cold start reads one file, and the SDK is the
 * version that was tested. esbuild makes all of them at once; a `NodejsFunction` would start npx and esbuild for each.
 */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildSync } from 'esbuild'
import { type FunctionName, functionNames } from './permissions.ts'

const root = resolve(import.meta.dirname, '..')
let made: string | undefined

/** The folder with a Lambda's `index.mjs` and its source map. The folders are gone when this process has ended. */
export function bundleOf(name: FunctionName): string {
  made ??= bundleAll()
  return join(made, name)
}

function bundleAll(): string {
  // Always as deep in the repository: source maps name their sources by relative paths, and so the same source gives the same bytes.
  const folder = join(root, 'node_modules/.cache/itemwise-lambdas', randomBytes(4).toString('hex'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  buildSync({
    absWorkingDir: root,
    entryPoints: functionNames.map((name) => ({ in: `lambdas/${name}.ts`, out: `${name}/index` })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minify: true,
    sourcemap: true,
    mainFields: ['module', 'main'],
    // Some dependencies are CommonJS and call require.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  })
  return folder
}
