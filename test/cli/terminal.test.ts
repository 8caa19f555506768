import { EventEmitter } from 'node:events'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ProcessContext, processTerminal } from '../../cli/terminal.ts'
import { isSteering, steering } from '../steering.ts'

/** Keeps what is written to it. */
class Stream extends EventEmitter {
  text = ''
  columns: number | undefined
  isTTY: boolean | undefined

  constructor(columns?: number) {
    super()
    this.columns = columns
    this.isTTY = columns === undefined ? undefined : true
  }

  write(text: string): boolean {
    this.text += text
    return true
  }
}

function terminalOn({ out, err, env = {} }: { out?: number; err?: number; env?: Record<string, string> } = {}) {
  const streams = { stdin: new Stream(), stdout: new Stream(out), stderr: new Stream(err) }
  const terminal = processTerminal({ ...streams, env, cwd: () => '/' } as unknown as ProcessContext)
  return { ...streams, terminal }
}

test('the bell rings on a terminal and nowhere else', () => {
  const [live, piped] = [terminalOn({ err: 80 }), terminalOn()]
  for (const { terminal } of [live, piped]) terminal.bell()
  expect([live.stderr.text, live.stdout.text, piped.stderr.text]).toEqual(['\u0007', '', ''])
})

describe('what is printed', () => {
  test('cannot steer the terminal: characters that would are spelled out', () => {
    const { terminal, stdout, stderr } = terminalOn({ out: 80, err: 80 })
    terminal.out('a\u001b[2J\u009b31m\u202eb\u2066\u061c\r\n\tc\u007f é 😀 👩‍🚀\n')
    terminal.note('\u001b]52;c;eA==\u0007\u0085\u200f\n')
    expect([stdout.text, stderr.text]).toEqual([
      'a\\u001b[2J\\u009b31m\\u202eb\\u2066\\u061c\n\tc\\u007f é 😀 👩‍🚀\n',
      '\\u001b]52;c;eA==\\u0007\\u0085\\u200f\n',
    ])
  })

  test('is JSON of the same value, where it was JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: fc.constantFrom(...steering, 'a', '"', '\\') }), (value, text) => {
        const { terminal, stdout } = terminalOn()
        const document = { value, [text]: text }
        terminal.out(JSON.stringify(document, null, 2))
        expect(JSON.parse(stdout.text)).toEqual(JSON.parse(JSON.stringify(document)))
        expect(isSteering(stdout.text)).toBe(false)
      }),
    )
  })

  test('keeps our colours where a text has them, and nothing else', () => {
    const { terminal, stdout } = terminalOn({ out: 80 })
    terminal.painted('\u001b[31m\u001b[9mold\u001b[29m\u001b[39m \u001b[2J\u001b[5m\u001b[31;5m\u202e')
    expect(stdout.text).toBe('\u001b[31m\u001b[9mold\u001b[29m\u001b[39m \\u001b[2J\\u001b[5m\\u001b[31;5m\\u202e')
  })

  test('is kept as it is where it is data, unless it goes to a terminal', () => {
    const [file, screen] = [terminalOn(), terminalOn({ out: 80 })]
    for (const { terminal } of [file, screen]) terminal.data('a\r\n\u001b[2J')
    expect([file.stdout.text, screen.stdout.text]).toEqual(['a\r\n\u001b[2J', 'a\n\\u001b[2J'])
  })
})

describe('the bar', () => {
  test('is drawn over the one before, and taken away', () => {
    const { terminal, stderr } = terminalOn({ err: 40 })
    for (const line of ['1/2', '2/2\u001b[2J\n', '', '']) terminal.bar(line)
    expect(stderr.text).toBe('\r\u001b[2K1/2\r\u001b[2K2/2\\u001b[2J \r\u001b[2K')
  })

  test('that stands on several lines since the window became narrower goes from all of them', () => {
    const { terminal, stderr } = terminalOn({ err: 40 })
    terminal.bar('x'.repeat(39))
    stderr.columns = 15
    stderr.text = ''
    terminal.bar('x'.repeat(14))
    expect(stderr.text).toBe(`\r\u001b[2A\u001b[J${'x'.repeat(14)}`)
  })
})

describe('a terminal', () => {
  test('is as wide as it is now; 80 where it says 0 or nothing', () => {
    const { terminal, stdout } = terminalOn({ out: 100, err: 90 })
    const before = terminal.columns
    stdout.columns = 60
    expect([before, terminal.columns]).toEqual([100, 60])
    expect(
      [terminalOn({ err: 90 }), terminalOn({ out: 0, err: 0 }), terminalOn()].map((one) => one.terminal.columns),
    ).toEqual([90, 80, 80])
  })

  const envs: [Record<string, string>, { isLive: boolean; colour: boolean }][] = [
    [{}, { isLive: true, colour: true }],
    [
      { TERM: 'xterm', CI: '' },
      { isLive: true, colour: true },
    ],
    [{ CI: 'false' }, { isLive: true, colour: true }],
    [{ TERM: 'dumb' }, { isLive: false, colour: false }],
    [{ CI: 'true' }, { isLive: false, colour: false }],
    [{ CI: '1' }, { isLive: false, colour: false }],
    [{ NO_COLOR: '1' }, { isLive: true, colour: false }],
  ]
  test.each(envs)('with %o gets no control sequences where it cannot use them', (env, expected) => {
    const { isLive, colour } = terminalOn({ out: 80, err: 80, env }).terminal
    expect({ isLive, colour }).toEqual(expected)
  })
})
