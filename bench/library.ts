/** The library: what its import takes, how large the package is, and the memory of a run whose items a generator gives. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { asking, type Bench, concurrency, environment, several, withServer } from './cases.ts'
import { measuredRun } from './measured-run.ts'
import { quietDisk } from './quiet-disk.ts'
import { middleOf } from './rows.ts'

const root = resolve(import.meta.dirname, '..')
const program = 'library'

/** A process that imports the package and ends; without what Node compiled before, as the first time. */
export async function coldImport(bench: Bench): Promise<void> {
  const code = `await import(${JSON.stringify(pathToFileURL(join(root, 'dist/index.js')).href)})`
  const args = ['--input-type=module', '--eval', code]
  const measured = await several(() => measuredRun({ args, cwd: bench.folder }))
  bench.report({ case: 'import', program, items: 0, latency_ms: 0, ...measured, more: packageSize() })
}

/** In KB: what npm fetches, and what lies in node_modules. */
function packageSize(): { package_kb: number; unpacked_kb: number } {
  const words = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const [{ size, unpackedSize }] = JSON.parse(execFileSync('npm', words, { cwd: root, encoding: 'utf8' }))
  return { package_kb: size / 1000, unpacked_kb: unpackedSize / 1000 }
}

/** Items from an async generator, each answer taken in a loop. */
export async function fromGenerator(bench: Bench, { items }: { items: number }): Promise<void> {
  const workspace = join(bench.folder, `generator-${items}`)
  mkdirSync(workspace)
  await quietDisk(bench.folder)
  await withServer(0, async (server) => {
    const args = [join(root, 'bench/library-run.ts'), workspace, String(items), String(concurrency)]
    const run = () => measuredRun({ args, cwd: workspace, env: environment(server.url) })
    const measured = await asking(items, server, run)
    if (Number(measured.stdout) !== items) throw new Error(`${measured.stdout} answers came for ${items} items.`)
    bench.report({ case: 'run', program, items, latency_ms: 0, ...middleOf([measured]) })
  })
}
