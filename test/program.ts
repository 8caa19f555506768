/**
 * The command line that the tests start. Under vitest it is bundled as in the npm package, once for all tests
 * (test/build-program.ts): it starts in half the time, and it is what users run. test/program.slow.test.ts holds it to the source.
 * Where nothing was built, as in a campaign run by hand, it is the source.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The source of the command line, and of the one whose disk fails (test/campaigns/faulty-cli.ts). */
export const source = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const halfPriceSource = fileURLToPath(new URL('./campaigns/half-price-cli.ts', import.meta.url))
const faultySource = fileURLToPath(new URL('./campaigns/faulty-cli.ts', import.meta.url))

/** The folder of the package that was built for the tests. */
const built = process.env.ITEMWISE_TEST_PACKAGE

export const program = built === undefined ? source : join(built, 'dist/cli/main.js')
export const faultyProgram = built === undefined ? faultySource : join(built, 'dist/faulty-cli.js')
export const halfPriceProgram = built === undefined ? halfPriceSource : join(built, 'dist/half-price-cli.js')

/** Half the time of a command is compiling it: Node keeps here what it compiled. */
export const compileCache = join(built ?? tmpdir(), 'itemwise-compile-cache')
