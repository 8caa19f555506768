/** The files of the page: from the npm package, or bundled now in a clone, whose source may have changed. */
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { RequestRefused } from '../../core/errors.ts'

/** By their names; `index.html` is the page itself. */
export type PageFiles = ReadonlyMap<string, Uint8Array>

/** Throws RequestRefused if the package lacks them. */
export async function pageFiles(): Promise<PageFiles> {
  return import.meta.url.endsWith('.ts') ? bundledNow() : packaged(fileURLToPath(import.meta.url))
}

async function bundledNow(): Promise<PageFiles> {
  // Named at run time, or the bundler would be bundled.
  const bundler = pathToFileURL(join(import.meta.dirname, '../../tools/bundle-page.ts')).href
  const { bundlePage } = await import(bundler)
  const { files }: { files: { path: string; contents: Uint8Array }[] } = await bundlePage()
  return new Map(files.map(({ path, contents }) => [path, contents]))
}

/** From dist/page, which lies beside the folder of this bundle, or beside one above it. */
async function packaged(here: string): Promise<PageFiles> {
  for (let folder = dirname(here); folder !== dirname(folder); folder = dirname(folder)) {
    const page = join(folder, 'page')
    const names: string[] = await readdir(page).catch(() => [])
    if (!names.includes('index.html')) continue
    return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(page, name))] as const)))
  }
  throw new RequestRefused([
    'The files of the page are missing beside itemwise. Expected the whole package. Install it again.',
  ])
}
