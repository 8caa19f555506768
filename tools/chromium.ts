/** Where Chromium is, which the tests of the page need. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** ITEMWISE_CHROMIUM, else the one on the PATH; null if there is none. */
export function chromiumPath(): string | null {
  const given = process.env.ITEMWISE_CHROMIUM
  if (given) return given
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Why the tests of the page are left out, and the exit code: with CI set it is an error. Null if they can run. */
export function cannotTestPage(): { said: string; code: number } | null {
  if (chromiumPath() !== null) return null
  const inCi = process.env.CI !== undefined && process.env.CI !== ''
  return {
    said: `The tests of the page ${inCi ? 'cannot run' : 'are left out'}: Chromium is not here. Install it (apt-get install chromium), or name it in ITEMWISE_CHROMIUM.`,
    code: inCi ? 1 : 0,
  }
}
