/** The tests that need LocalStack: it is started and deployed to in the background, and stopped when this process ends. */
import type { Kept } from '../child-process.ts'
import { runVitest, type VitestEnd } from '../run-vitest.ts'
import { cannotRun } from './localstack.ts'
import { startTestStacks, type TestStacks } from './test-stacks.ts'

/** Why these tests are left out, and the exit code: with CI set it is an error. Null where they can run. */
export function cannotTestHere(): { said: string; code: number } | null {
  const reason = cannotRun()
  if (reason === null) return null
  const inCi = process.env.CI !== undefined && process.env.CI !== ''
  return {
    said: `The tests on LocalStack ${inCi ? 'cannot run' : 'are left out'}: ${reason}. docs/aws.md says what it needs.`,
    code: inCi ? 1 : 0,
  }
}

export class TestsOnLocalStack {
  readonly #began = performance.now()
  readonly #prepared: Promise<{ env: Record<string, string>; seconds: number } | { error: unknown }>

  private constructor({ ready }: TestStacks) {
    this.#prepared = ready.then(
      (env) => ({ env, seconds: this.#seconds() }),
      // Told by run().
      (error: unknown) => ({ error }),
    )
  }

  /** Begins to set up. However this process ends, by Ctrl-C too, nothing of it stays. */
  static async begin(): Promise<TestsOnLocalStack> {
    const stacks = await startTestStacks()
    process.on('exit', stacks.stop)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
    return new TestsOnLocalStack(stacks)
  }

  /** Waits until all is set up, and runs the tests with these words of vitest. With an output, whatever there is to say goes there. */
  async run({ words = [], output }: { words?: string[]; output?: Kept } = {}): Promise<VitestEnd> {
    const say = (text: string) => (output === undefined ? console.error(text) : output.write(`${text}\n`))
    const prepared = await this.#prepared
    if ('error' in prepared) {
      const { message } = prepared.error as Error
      say(`LocalStack with the stacks did not come up, so the tests on it did not run: ${message}`)
      return { code: 1, passed: 0, total: 0 }
    }
    say(`LocalStack with the stacks was up after ${prepared.seconds} s.`)
    const began = this.#seconds()
    const ended = await runVitest({
      words: ['--config', 'vitest.aws.config.ts', ...words],
      env: prepared.env,
      output,
    })
    say(`The tests on LocalStack took ${this.#seconds() - began} s.`)
    return ended
  }

  #seconds(): number {
    return Math.round((performance.now() - this.#began) / 1000)
  }
}
