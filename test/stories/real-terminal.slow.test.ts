/** The command on a terminal of the system, which `script` makes. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Story } from './story.ts'
import { wordFiles } from './words.ts'

const command = fileURLToPath(new URL('../../cli/itemwise.js', import.meta.url))
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

/** What reaches a terminal that was set up by `setting` (words for a shell), with ESC spelled out. */
function shownOn(story: Story, setting: string): string {
  const typed = `${setting} '${process.execPath}' '${command}' run words --offline`
  const { stdout } = spawnSync('script', ['-qec', typed, '/dev/null'], {
    cwd: story.root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: story.root },
  })
  return stdout.replaceAll('\r\n', '\n').replaceAll('\u001b', 'ESC')
}

describe.skipIf(!hasScript)('a terminal', () => {
  test.each(['stty cols 0; TERM=xterm', 'stty cols 80; TERM=xterm'])('gets a bar: %s', async (setting) => {
    await using story = await Story.begin(wordFiles(3))
    const text = shownOn(story, setting)
    expect(text).toMatch(/\rESC\[2K1\/1 define [█░]{20} \d\/3/)
    // Afterwards it is gone: its last trace is the line that took its place.
    expect(text.slice(text.lastIndexOf('ESC[2K'))).toMatch(/^ESC\[2KStep 1\/1 define: 3 of 3 answered/)
  })

  test.each(['TERM=dumb', 'TERM=xterm CI=true'])(
    'that takes no control sequences gets plain lines: %s',
    async (setting) => {
      await using story = await Story.begin(wordFiles(3))
      const text = shownOn(story, setting)
      expect(text).not.toMatch(/ESC|\r/)
      expect(text).toContain('\nAnswers: json (answer_format: json).\nStep 1/1 define: 3 of 3 answered')
    },
  )
})
