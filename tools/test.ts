/**
 * `npm test`: format, lint, types, tests, and the tests on LocalStack. Those wait for Lambdas half of the time, so they run in the
 * background of all else, and what they print comes afterwards. Meanwhile the Python of some tests is installed. The first that fails ends
 * it. The last line counts the tests.
 */
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { Kept, runVisibly } from './child-process.ts'
import { cannotTestPage } from './chromium.ts'
import { cannotTestHere, TestsOnLocalStack } from './local-aws/tests.ts'
import { runVitest } from './run-vitest.ts'
import { installTestPython } from './test-python.ts'

const began = performance.now()
const require = createRequire(import.meta.url)
const noChromium = cannotTestPage()
if (noChromium !== null) console.error(noChromium.said)
if (noChromium !== null && noChromium.code !== 0) process.exit(noChromium.code)
const missing = cannotTestHere()
const output = new Kept()
const onLocalStack = missing === null ? (await TestsOnLocalStack.begin()).run({ output }) : null
onLocalStack?.then(({ code }) => {
  if (code === 0) return
  output.show()
  process.exit(code)
})
const python = installTestPython()

for (const [name, file, ...words] of [
  ['@biomejs/biome', 'bin/biome', 'check', '--error-on-warnings', '.'],
  ['typescript', 'bin/tsc', '--noEmit'],
  ['typescript', 'bin/tsc', '-p', 'page'],
]) {
  const code = await runVisibly([resolve(require.resolve(`${name}/package.json`), '..', file!), ...words])
  if (code !== 0) process.exit(code)
}

const noPython = await python
if (noPython !== null) console.error(noPython.said)
if (noPython !== null && noPython.code !== 0) process.exit(noPython.code)
// The others are what all waits for in the end, so they go first.
const here = await runVitest({ niceness: 5 })
if (here.code !== 0) process.exit(here.code)
if (missing !== null) console.error(missing.said)
output.show()
const there = (await onLocalStack) ?? { code: missing?.code ?? 0, passed: 0, total: 0 }

const seconds = Math.round((performance.now() - began) / 1000)
const time = `${Math.floor(seconds / 60)} min ${seconds % 60} s`
const passed = here.passed + there.passed
console.log(
  `${passed} of ${here.total + there.total} tests passed in ${time}: ${here.passed} here, ${there.passed} on LocalStack.`,
)
process.exit(there.code)
