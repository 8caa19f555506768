/** How the page of `itemwise review` is bundled: for the npm package, for the tests, and for a clone when it first needs it. */
import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { build, type Metafile } from 'esbuild'

const root = resolve(import.meta.dirname, '..')

export interface BundledPage {
  /** By their names in the folder of the page: index.html, and what it loads. */
  files: { path: string; contents: Uint8Array }[]
  metafile: Metafile
}

/** Bundles in memory; nothing is written. What is loaded on demand has files of its own. Throws where the source does not compile. */
export async function bundlePage(): Promise<BundledPage> {
  const outdir = join(root, 'dist/page')
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { page: 'page/main.tsx' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    metafile: true,
    write: false,
  })
  const files = outputFiles.map(({ path, contents }) => ({ path: path.slice(outdir.length + 1), contents }))
  const nameOf = (ending: string) => files.find(({ path }) => path.startsWith('page-') && path.endsWith(ending))!.path
  const html = await readFile(join(root, 'page/index.html'), 'utf8')
  const page = nameOf('.js')
  const imported = metafile.outputs[`dist/page/${page}`]!.imports.filter(({ kind }) => kind === 'import-statement')
  // Fetched together with the script that imports them, not after it.
  const preloads = imported.map(({ path }) => `<link rel="modulepreload" href="/page/${basename(path)}">\n    `)
  const filled = html
    .replace('page.css', nameOf('.css'))
    .replace('page.js', page)
    .replace('<script', `${preloads.join('')}<script`)
  return { files: [...files, { path: 'index.html', contents: Buffer.from(filled) }], metafile }
}
