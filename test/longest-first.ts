/** Starts the files that take longest first: begun last, one of them would run alone at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** By what they took; on a fresh clone vitest knows no durations. */
const longest = [
  'campaigns.slow.test.ts',
  'docs-commands.slow.test.ts',
  'stories/ten-thousand.slow.test.ts',
  'infra/app.slow.test.ts',
  'package.slow.test.ts',
  'stories/',
  'cli/',
  'compat/',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((name) => moduleId.includes(`/test/${name}`))
      return at === -1 ? longest.length : at
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
