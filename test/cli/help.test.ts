import { expect, test } from 'vitest'
import { textWidth } from '../../cli/columns.ts'
import { main } from '../../cli/main.ts'
import { fakeTerminal } from './fake-terminal.ts'

async function helpOf(words: string[], columns: number): Promise<string> {
  let text = ''
  const out = (piece: string) => {
    text += piece
  }
  expect(await main([...words, '--help'], fakeTerminal({ out, columns }))).toBe(0)
  return text
}

const commands = ((await helpOf([], 200)).match(/(?<=^ {2})[a-z][a-z-]*(?= {2}| [<[])/gm) ?? []).filter(
  (name) => name !== 'help',
)

/** The words of a text, wherever its lines break. */
const wordsOf = (text: string) => text.split(/\s+/)

test.each([[], ...commands.map((command) => [command])])(
  '--help breaks at words, and no line is wider than the terminal: %s',
  async (...words) => {
    const wide = await helpOf(words, 200)
    const narrow = await helpOf(words, 80)
    expect(narrow.split('\n').filter((line) => textWidth(line) > 80)).toEqual([])
    for (const columns of [80, 70, 50]) expect(wordsOf(await helpOf(words, columns))).toEqual(wordsOf(wide))
  },
)

test('there are all commands in it', () => {
  expect(commands).toEqual([
    'run',
    'try',
    'estimate',
    'resume',
    'rerun',
    'init',
    'list',
    'show',
    'table',
    'compare',
    'label',
    'remove',
    'export',
    'report',
    'doctor',
    'review',
    'approve',
    'flag',
    'comment',
    'clear',
    'edit',
    'reviews',
    'import-reviews',
    'apply',
    'adopt',
    'spend',
    'disk',
    'prune',
    'models',
    'serve',
    'completion',
    'push',
    'pull',
    'follow',
    'abort',
  ])
})
