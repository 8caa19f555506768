/**
 * `npm run test:aws`: starts LocalStack, deploys the stacks on it, runs the tests that need them, and stops it. Where it cannot
 * run, that is said and nothing is tested; with CI set it is an error.
 */
import { cannotTestHere, TestsOnLocalStack } from './local-aws/tests.ts'

const missing = cannotTestHere()
if (missing !== null) {
  console.error(missing.said)
  process.exit(missing.code)
}
const tests = await TestsOnLocalStack.begin()
const { code } = await tests.run({ words: process.argv.slice(2) })
process.exit(code)
