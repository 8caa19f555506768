import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

const stacks = JSON.parse(process.env.ITEMWISE_TEST_STACKS ?? '[]')

/** The tests that need LocalStack: one instance, and a stack for each worker. tools/local-aws/test-stacks.ts starts and deploys them. */
export default defineConfig({
  test: {
    include: ['test/**/*.aws.test.ts'],
    globalSetup: ['test/folder-in-memory.ts', 'test/build-program.ts'],
    setupFiles: ['test/aws/own-stack.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // Lambdas are called in the tests' own process, with their environment: a file has its process to itself.
    pool: 'forks',
    maxWorkers: Math.max(1, stacks.length),
    sequence: { sequencer: LongestFirst },
    retry: process.env.CI === undefined ? 0 : 1,
  },
})
