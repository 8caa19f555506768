/** The description as others read it: a linter, and a generator of clients whose client works. */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApi } from '../../tools/openapi.ts'
import { Story } from '../stories/story.ts'
import { wordFiles } from '../stories/words.ts'
import { Served, ServedLambda } from './adapters.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'itemwise-client-'))
const description = JSON.stringify(openApi())
const tsconfig = {
  compilerOptions: {
    ...{ target: 'es2024', module: 'nodenext', types: ['node'], strict: true, noUncheckedIndexedAccess: true },
    ...{ noEmit: true, allowImportingTsExtensions: true, verbatimModuleSyntax: true },
  },
}
let story: Story

beforeAll(async () => {
  const file = (name: string) => join(folder, name)
  cpSync(join(root, 'test/api/client/story.ts'), file('story.ts'))
  symlinkSync(join(root, 'node_modules'), file('node_modules'))
  for (const [name, content] of Object.entries({ 'tsconfig.json': tsconfig, 'package.json': { type: 'module' } }))
    writeFileSync(file(name), JSON.stringify(content))
  writeFileSync(file('openapi.json'), description)
  const generator = join(root, 'test/api/client/generate-types.ts')
  writeFileSync(file('openapi-types.ts'), (await run(process.execPath, [generator, file('openapi.json')])).stdout)
  story = await Story.begin(wordFiles(2))
})

afterAll(async () => {
  await story[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

test('a linter of descriptions has nothing to say, and has if something is wrong', async () => {
  const config = await createConfig({ extends: ['recommended-strict'] })
  const problems = async (source: string) =>
    (await lintFromString({ source, absoluteRef: 'openapi.json', config })).map(({ ruleId }) => ruleId)
  expect(await problems(description)).toEqual([])
  expect(await problems(description.replace('schemas/Problem', 'schemas/Problm'))).toEqual(['no-unresolved-refs'])
})

test('a client that is made of it passes the compiler, which sees what is wrong with a call', async () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const check = (...words: string[]) =>
    run(process.execPath, [compiler, '-p', folder, ...words], { cwd: folder }).catch(({ stdout }) => ({ stdout }))
  expect((await check()).stdout).toBe('')
  const wrong = "import createClient from 'openapi-fetch'\nimport type { paths } from './openapi-types.ts'\n"
  writeFileSync(
    join(folder, 'wrong.ts'),
    `${wrong}createClient<paths>().POST('/runs', { body: { steps: [{ prompt_name: 7 }] } })\n`,
  )
  expect((await check()).stdout).toMatch(/prompt_name|'number' is not assignable/)
  rmSync(join(folder, 'wrong.ts'))
})

test.each([
  ['itemwise serve', (): Promise<Served> => Served.start(story)],
  ['the Lambda behind a gateway', (): Promise<ServedLambda> => ServedLambda.start(story)],
])('that client starts, polls, lists, labels, and reads items by %s', async (name, start) => {
  const served = await start()
  try {
    const pipeline = name.includes('Lambda') ? 'by_lambda' : 'by_server'
    const { stdout } = await run(process.execPath, [join(folder, 'story.ts'), served.url, served.token, pipeline])
    expect(stdout.split('\n')).toEqual([
      'started twice, one run: true',
      `ended: completed null ${pipeline} v0 2 0`,
      'listed: v0 draft null',
      'labelled: v0 final',
      'items: 11 true Define w1. true',
      'collated: 2',
      'runs: [ true ]',
      'refused: There is no run nobody. Expected the run_id that POST /runs answered.',
      '',
    ])
  } finally {
    await served.stop()
  }
})
