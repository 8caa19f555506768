import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those run by vitest.aws.config.ts.
    exclude: ['**/node_modules/**', 'test/**/*.aws.test.ts'],
    globalSetup: ['test/folder-in-memory.ts', 'test/build-program.ts'],
    setupFiles: ['test/restore-environment.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    // A file in a process of its own loads everything anew, a third of a second each: the files share their worker's modules.
    pool: 'forks',
    isolate: false,
    // On two cores: while one file waits for a child process, another one works.
    maxWorkers: 3,
    // Tests that are side by side in their file; each of them has child processes.
    maxConcurrency: 2,
    sequence: { sequencer: LongestFirst },
    // On a shared machine of two cores a child process may starve for a minute; a rule that is broken fails twice.
    retry: process.env.CI === undefined ? 0 : 1,
  },
})
