/** A Python with openpyxl, pandas and pyarrow: the tests let other people's programs read our spreadsheets and change them. */
import { spawnSync } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runQuietly } from './child-process.ts'
import { installFolder } from './local-aws/localstack.ts'

const packages = ['openpyxl==3.1.5', 'pandas==3.1.1', 'pyarrow==26.0.1', 'numpy==2.4.6']
const modules = packages.map((name) => name.split('==')[0])

const folder = join(installFolder(), `python-${packages.slice(0, 3).join('-').replaceAll('==', '-')}`)
const installed = join(folder, 'bin/python')

/** ITEMWISE_TEST_PYTHON, else the one that `npm test` has installed, else the one on the PATH. */
export function testPython(): string {
  return process.env.ITEMWISE_TEST_PYTHON ?? (existsSync(installed) ? installed : 'python3')
}

/** Whether it has all that the tests need. */
export function hasTestModules(): boolean {
  return spawnSync(testPython(), ['-c', `import ${modules.join(', ')}`]).status === 0
}

/** Installs it if it is not there. What went wrong, and the exit code: with CI set it is an error. Null if it is there. */
export async function installTestPython(): Promise<{ said: string; code: number } | null> {
  if (hasTestModules()) return null
  try {
    await install()
    if (!hasTestModules()) throw new Error(`${testPython()} does not have them`)
    return null
  } catch (error) {
    const inCi = process.env.CI !== undefined && process.env.CI !== ''
    const reason = (error as Error).message.trim().split('\n').at(-1)
    return {
      said: `The tests with ${modules.join(', ')} ${inCi ? 'cannot run' : 'are left out'}: they could not be installed (${reason}). Name a Python that has them in ITEMWISE_TEST_PYTHON.`,
      code: inCi ? 1 : 0,
    }
  }
}

/** In a folder beside it first, so that it is there whole or not at all. */
async function install(): Promise<void> {
  const made = `${folder}.${process.pid}`
  try {
    await runQuietly('python3', ['-m', 'venv', made])
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:']
    await runQuietly(join(made, 'bin/python'), [...pip, ...packages])
    // One of a Python that is no longer there, or that somebody else has made meanwhile.
    rmSync(folder, { recursive: true, force: true })
    renameSync(made, folder)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}
