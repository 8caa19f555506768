import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const command = fileURLToPath(new URL('../../cli/itemwise.js', import.meta.url))

let home = ''

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'itemwise-home-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** Starts the command; where it keeps compiled code is decided before anything else. */
function start(env: NodeJS.ProcessEnv = {}): { out: string; err: string } {
  const { stdout, stderr } = spawnSync(process.execPath, [command, '--version'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: home, TMPDIR: home, ...env },
  })
  return { out: stdout.trim(), err: stderr }
}

const kept = (folder: string) => existsSync(folder) && readdirSync(folder, { recursive: true }).length > 0
const mode = (folder: string) => (statSync(folder).mode & 0o777).toString(8)
const started = { out: expect.stringMatching(/^\d+\.\d+\.\d+$/), err: '' }

describe.skipIf(process.platform === 'win32')('compiled code', () => {
  test("is kept in a folder of this user alone, below the user's caches", () => {
    expect(start()).toEqual(started)
    const folder = join(home, process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'itemwise/compiled')
    expect({ kept: kept(folder), mode: mode(folder), shared: kept(join(home, 'node-compile-cache')) }).toEqual({
      kept: true,
      mode: '700',
      shared: false,
    })
  })

  test('is kept where XDG_CACHE_HOME says, also behind a link', () => {
    mkdirSync(join(home, 'real'))
    symlinkSync('real', join(home, 'link'))
    expect(start({ XDG_CACHE_HOME: join(home, 'link') })).toEqual(started)
    expect(kept(join(home, 'real/itemwise/compiled'))).toBe(true)
  })

  test('is kept where NODE_COMPILE_CACHE says, and nowhere else', () => {
    expect(start({ NODE_COMPILE_CACHE: join(home, 'mine') })).toEqual(started)
    expect(start({ NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual(started)
    expect(readdirSync(home)).toEqual(['mine'])
  })

  const planted: Record<string, (folder: string) => void> = {
    'that others may read or write': (folder) => {
      mkdirSync(folder)
      chmodSync(folder, 0o777)
    },
    'that is a link': (folder) => {
      mkdirSync(join(home, 'elsewhere'), { mode: 0o700 })
      symlinkSync(join(home, 'elsewhere'), folder)
    },
    'that is a file': (folder) => writeFileSync(folder, ''),
    'below a folder that others may write to': (folder) => {
      mkdirSync(folder, { mode: 0o700 })
      chmodSync(join(folder, '..'), 0o777)
    },
    ...(process.getuid?.() === 0 && {
      'of another user': (folder) => {
        mkdirSync(folder, { mode: 0o700 })
        chownSync(folder, 65_534, 65_534)
      },
      'below a folder of another user': (folder) => chownSync(join(folder, '..'), 65_534, 65_534),
    }),
  }
  test.each(Object.keys(planted))('is not kept in a folder %s', (which) => {
    const caches = join(home, 'caches')
    mkdirSync(join(caches, 'itemwise'), { recursive: true })
    planted[which]!(join(caches, 'itemwise/compiled'))
    const before = readdirSync(home, { recursive: true }).sort()
    expect(start({ XDG_CACHE_HOME: caches })).toEqual(started)
    expect(readdirSync(home, { recursive: true }).sort()).toEqual(before)
  })

  test('of a user without a place for it is not kept, and the command works', () => {
    expect(start({ XDG_CACHE_HOME: '/dev/null/caches' })).toEqual(started)
    expect(readdirSync(home)).toEqual([])
  })
})
