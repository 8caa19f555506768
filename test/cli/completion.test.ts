import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { program } from '../program.ts'
import { Story } from '../stories/story.ts'
import { threeSteps, wordFiles } from '../stories/words.ts'

const bin = mkdtempSync(join(tmpdir(), 'itemwise-bin-'))
let story: Story

beforeAll(async () => {
  story = await Story.begin({ ...wordFiles(2, threeSteps), 'pipelines/others.yaml': 'steps: []' })
  await story.run('run', 'words')
  await story.run('run', 'words', '--only', '11')
  cpSync(join(story.root, 'outputs/words/v0'), join(story.root, "outputs/it's a pipe/v0"), { recursive: true })
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'itemwise'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`)
  chmodSync(join(bin, 'itemwise'), 0o755)
})

afterAll(async () => {
  await story[Symbol.asyncDispose]()
  rmSync(bin, { recursive: true, force: true })
})

/** What stands where Tab is pressed behind these words. */
async function offered(...words: string[]): Promise<string[]> {
  const { code, out, err } = await story.run('__complete', ...words)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out.split('\n').filter(Boolean)
}

describe('what is offered', () => {
  test.each([
    [['re'], ['resume', 'rerun', 'remove', 'report', 'review', 'reviews']],
    [
      ['show', ''],
      ["it's a pipe", 'words'],
    ],
    [
      ['show', 'words', ''],
      ['v1', 'v0', 'latest'],
    ],
    [
      ['show', '--json', '--target', 'local', 'words', 'v'],
      ['v1', 'v0'],
    ],
    [['compare', 'words', 'v0', 'v1'], ['v1']],
    [
      ['rerun', 'words', '--base', 'v'],
      ['v1', 'v0'],
    ],
    [
      ['run', ''],
      ['others', 'words'],
    ],
    [['try', 'words', '--prompt', 'define', 'ra'], ['rate']],
    [
      ['run', 'words', '--st'],
      ['--status', '--stack'],
    ],
    [['label', 'words', 'v0', '--status', 'f'], ['final']],
    [
      ['run', '--target', ''],
      ['local', 'aws'],
    ],
    [['run', '--run'], []],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['export', 'words', '--output', 'o'], []],
    [['nonsense', ''], []],
    [['show', 'no such pipeline', ''], []],
  ])('%j: %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected)
  })

  test('outside a workspace it is nothing, without an error', async () => {
    expect(await offered('show', '--workspace', join(bin, 'none'), '')).toEqual([])
  })
})

/** Runs a script in a shell that has the command on its path. */
function inShell(words: string[], script: string): string[] {
  const [shell = '', ...options] = words
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: bin, TERM: 'dumb' }
  const { stdout, stderr, status } = spawnSync(shell, [...options, '-c', script], {
    cwd: story.root,
    env,
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout.split('\n').filter(Boolean)
}

const has = (shell: string) => spawnSync(shell, ['-c', 'exit']).status === 0

describe('in the shells themselves', () => {
  test.skipIf(!has('bash'))(
    'bash: pipelines with their spaces quoted, versions, and files where nothing is offered',
    () => {
      const script = `eval "$(itemwise completion bash)"
      COMP_WORDS=(itemwise show ''); COMP_CWORD=2; _itemwise; printf '%s\\n' "\${COMPREPLY[@]}"
      COMP_WORDS=(itemwise show words v); COMP_CWORD=3; _itemwise; printf '%s\\n' "\${COMPREPLY[@]}"
      COMP_WORDS=(itemwise export words --output o); COMP_CWORD=4; _itemwise; printf '%s\\n' "\${#COMPREPLY[@]}"
      complete -p itemwise`
      const expected = ["it\\'s\\ a\\ pipe", 'words', 'v1', 'v0', '0', 'complete -o default -F _itemwise itemwise']
      expect(inShell(['bash', '--norc', '--noprofile'], script)).toEqual(expected)
    },
  )

  test.skipIf(!has('zsh'))('zsh: the same', () => {
    const script = `compdef() { print "compdef $*" }; compadd() { print -l -- "\${found[@]}" }; _files() { print files }
      eval "$(itemwise completion zsh)"
      words=(itemwise show ''); CURRENT=3; _itemwise
      words=(itemwise show words v); CURRENT=4; _itemwise
      words=(itemwise export words --output o); CURRENT=5; _itemwise`
    const expected = ['compdef _itemwise itemwise', "it's a pipe", 'words', 'v1', 'v0', 'files']
    expect(inShell(['zsh', '-f'], script)).toEqual(expected)
  })

  test.skipIf(!has('fish'))('fish: the same', () => {
    const script = `itemwise completion fish | source
      complete -C 'itemwise show '; complete -C 'itemwise show words v'; complete -C 'itemwise export words --output out'`
    expect(inShell(['fish', '--no-config'], script)).toEqual(["it's a pipe", 'words', 'v0', 'v1', 'outputs/'])
  })
})

test('another shell is refused', async () => {
  const { code, err } = await story.run('completion', 'tcsh')
  expect({ code, err }).toEqual({
    code: 2,
    err: 'itemwise: There is no completion for tcsh. Expected bash, zsh, fish.\n',
  })
})
