import { defineConfig } from 'vitest/config'

/** The tests that need LocalStack: one instance, so one file at a time. tools/test-aws.ts starts it. */
export default defineConfig({
  test: {
    include: ['test/**/*.aws.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    retry: process.env.CI === undefined ? 0 : 1,
  },
})
