import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { guidePrograms } from './guide-programs.ts'
import { Story } from './stories/story.ts'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'itemwise-library-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the programs of the guide compile, and run one after the other in one folder', async () => {
  await using story = await Story.begin()
  story.api.answer = ({ prompt }) => (/ticket/.test(prompt) ? undefined : `Un mot: ${prompt}`)
  symlinkSync(join(root, 'node_modules'), join(story.root, 'node_modules'))
  const names = guidePrograms().map((code, at) => {
    const name = `${at + 1}.ts`
    story.write(name, code.replace("'itemwise'", JSON.stringify(join(root, 'index.ts'))))
    return name
  })
  expect(names.length).toBeGreaterThan(4)
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
  story.write('package.json', { type: 'module' })
  story.write('tsconfig.json', { compilerOptions, files: [...names, join(root, 'formats/xlsx/saxen.d.ts')] })
  const compiled = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', story.root], { encoding: 'utf8' })
  expect(compiled.stdout).toBe('')
  const printed: string[] = []
  // That for a stack runs on LocalStack (test/aws/library.aws.test.ts).
  for (const name of names.filter((name) => !story.read(name).includes('stack:'))) {
    const { code, out, err } = await story.startProgram({ file: join(story.root, name), env: {} }).ended
    expect([name, code, err]).toEqual([name, 0, ''])
    printed.push(out)
  }
  expect(printed[0]).toMatch(/^T-1 (billing|tech)\nT-2 (billing|tech)\n2 tickets, 0 failed\n$/)
  expect(printed[1]).toMatch(/^1 request, likely \$0\.\d+\n$/)
  expect(printed[2]).toMatch(/^v0 stopped after \$0\.\d+: Error: One is enough\.\n$/)
  expect(printed[4]).toContain("shadow { word: 'shadow', text: 'Un mot: Translate shadow into French.' }")
  expect(printed[4]).toContain("text: 'Un mot: Say shadow in French.'")
  expect(printed.at(-1)).toBe('An echo: Say candle.\n')
})

test('under an older Node the library says in one sentence which one it needs, and blames no file', () => {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const older = `data:text/javascript,Object.defineProperty(process, 'version', { value: 'v20.20.0' })`
  const program = `await import(${JSON.stringify(pathToFileURL(join(root, 'index.ts')))})
    .catch(({ stack }) => console.log(stack))`
  const { stdout } = spawnSync(process.execPath, ['--import', older, '--input-type=module', '--eval', program], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(stdout).toBe(
    `RequestRefused: itemwise needs Node.js ${engines.node.slice(2)} or newer, and this is v20.20.0. Install it from https://nodejs.org, and run the program again.\n`,
  )
})
