/** Before all tests: puts the npm package as it is now into a folder and names it in ITEMWISE_TEST_PACKAGE. */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { bundle } from '../tools/bundle.ts'

const root = resolve(import.meta.dirname, '..')
const cache = join(root, 'node_modules/.cache/itemwise-test-package')

/** What the package holds besides `dist/`. */
const besides: string[] = [
  'package.json',
  ...JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).files.filter((name: string) => name !== 'dist'),
]

/** A folder that was not used for longer is of a source that is gone. */
const kept = 24 * 3600_000

export default async function setup(project: TestProject): Promise<void> {
  const build = async () => {
    process.env.ITEMWISE_TEST_PACKAGE = await builtPackage()
  }
  await build()
  project.onTestsRerun(build)
}

/** The folder of the package, made where it is not there yet. It is named after its content, so test runs may share it. */
async function builtPackage(): Promise<string> {
  const { outputFiles } = await bundle({
    outdir: 'dist',
    more: { 'faulty-cli': 'test/campaigns/faulty-cli.ts', 'half-price-cli': 'test/campaigns/half-price-cli.ts' },
  })
  const files = [
    ...outputFiles.map(({ path, contents }) => ({ path: relative(root, path), contents })),
    ...besides.flatMap(filesOf).map((path) => ({ path, contents: readFileSync(join(root, path)) })),
  ]
  const hash = createHash('sha256')
  for (const { path, contents } of files) hash.update(`${path}\0${contents.length}\0`).update(contents)
  const folder = join(cache, hash.digest('hex').slice(0, 16))
  removeOld()
  if (existsSync(folder)) {
    utimesSync(folder, new Date(), new Date())
    return folder
  }
  const making = `${folder}.${process.pid}`
  for (const { path, contents } of files) {
    mkdirSync(dirname(join(making, path)), { recursive: true })
    writeFileSync(join(making, path), contents)
  }
  try {
    renameSync(making, folder)
  } catch (error) {
    // Another test run was faster.
    if (!existsSync(folder)) throw error
    rmSync(making, { recursive: true })
  }
  return folder
}

function filesOf(path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path)).flatMap((name) => filesOf(join(path, name)))
}

function removeOld(): void {
  if (!existsSync(cache)) return
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name)
    if (Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > kept)
      rmSync(folder, { recursive: true, force: true })
  }
}
