import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { launcher } from '../../cli/serve/launch-run.ts'

test('the process of a run gets the input and the environment, but not the token of the server', async () => {
  const root = mkdtempSync(join(tmpdir(), 'itemwise-launch-'))
  try {
    const program = join(root, 'program.mjs')
    writeFileSync(
      program,
      `import { readFileSync, renameSync, writeFileSync } from 'node:fs'
      const { argv, env, pid } = process
      const text = JSON.stringify({ words: argv.slice(2), env, pid, cwd: process.cwd(), input: readFileSync(0, 'utf8') })
      writeFileSync('told.new', text)
      renameSync('told.new', 'told.json')`,
    )
    const env = { PATH: process.env.PATH, ANTHROPIC_API_KEY: 'a key', ITEMWISE_TOKEN: 'a token' }
    const { pid, begin } = launcher(root, { env, program })('01M8FC78RW749402HK9HA135PA')
    begin('{"request": {}}')
    while (!existsSync(join(root, 'told.json'))) await wait(20)
    expect(JSON.parse(readFileSync(join(root, 'told.json'), 'utf8'))).toEqual({
      words: ['run', '--run-id', '01M8FC78RW749402HK9HA135PA', '--workspace', root],
      env: { PATH: process.env.PATH, ANTHROPIC_API_KEY: 'a key' },
      pid,
      cwd: root,
      input: '{"request": {}}',
    })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
