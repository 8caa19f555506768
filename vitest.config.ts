import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those run by vitest.aws.config.ts.
    exclude: ['**/node_modules/**', 'test/**/*.aws.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    // On a shared machine of two cores a child process may starve for a minute; a rule that is broken fails twice.
    retry: process.env.CI === undefined ? 0 : 1,
  },
})
