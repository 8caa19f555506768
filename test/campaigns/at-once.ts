/**
 * Starts eight runs of one pipeline at once, and two resumes of one version at once, and says what does not hold then.
 * `npx node test/campaigns/at-once.ts --seed 7 --long`
 */
import { readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Ended } from '../cli/command.ts'
import { Story, until } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { type Begun, between, type Campaign, command, type Random } from './campaign.ts'
import { examine, findingLines } from './examine.ts'

export interface AtOnceReport {
  runs: number
  resumes: number
  flaws: string[]
}

export const atOnce: Campaign<AtOnceReport> = {
  async run({ random, long }: Begun): Promise<AtOnceReport> {
    const report: AtOnceReport = { runs: 0, resumes: 0, flaws: [] }
    for (let round = 0; round < (long ? 10 : 1); round++) {
      await eightRuns(report, random)
      await twoResumes(report, random)
    }
    return report
  },
  closing: ({ runs, resumes }) => `${runs} runs begun eight at once, ${resumes} resumes begun two at once`,
}

async function eightRuns(report: AtOnceReport, random: Random): Promise<void> {
  await using story = await Story.begin(wordFiles(6))
  story.api.answer = () => ({ delay_ms: between(0, 60, random) })
  const ended = await Promise.all(Array.from({ length: 8 }, () => story.start('run', 'pipelines/words.json').ended))
  report.runs += 8
  const wrong = ended.filter(({ code }) => code !== 0)
  report.flaws.push(...wrong.map(({ code, err }) => `a run ended with ${code}: ${err}`))
  const versions = story.names('outputs/words')
  const wanted = ['latest', ...Array.from({ length: 8 }, (_, at) => `v${at}`)]
  if (versions.join() !== wanted.join()) report.flaws.push(`eight runs made ${versions}`)
  const latest = readlinkSync(join(story.root, 'outputs/words/latest'))
  if (latest !== 'v7') report.flaws.push(`latest leads to ${latest}`)
  if (story.sent.length !== 8 * 6) report.flaws.push(`eight runs of 6 items made ${story.sent.length} calls`)
  for (const version of wanted.slice(1)) {
    const answers = story.collated(`words/${version}`, '01_define.json')
    if (answers.map(({ nr }) => nr).join() !== '1,2,3,4,5,6') report.flaws.push(`${version} has other answers`)
  }
  report.flaws.push(...findingLines(await examine(story.root, { fix: false })))
}

const busy =
  /^itemwise: (v0 of words is being run by another process right now\. Wait until it has ended\.|outputs\/words\/v0 is being run by process \d+ .*)\n$/

async function twoResumes(report: AtOnceReport, random: Random): Promise<void> {
  await using story = await Story.begin(wordFiles(6, [{ ...step1, max_concurrency: 2 }]))
  story.api.answer = ({ nth }) => (nth <= 3 ? undefined : { delay_ms: 60_000 })
  const killed = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length === 5)
  killed.signal('SIGKILL')
  await killed.ended
  const both = Promise.withResolvers<void>()
  story.api.answer = () => ({ after: both.promise })
  const pause = between(0, 40, random)
  const first = story.start('resume', 'words').ended
  await new Promise((resolve) => setTimeout(resolve, pause))
  const second = story.start('resume', 'words').ended
  // The one that is refused ends first: the other waits for its answers.
  await Promise.race([first, second])
  both.resolve()
  const [winner, loser] = (await Promise.all([first, second])).sort((a, b) => Number(a.code) - Number(b.code)) as [
    Ended,
    Ended,
  ]
  report.resumes += 2
  if (winner.code !== 0) report.flaws.push(`no resume won: ${winner.err}`)
  if (loser.code !== 2 || !busy.test(loser.err))
    report.flaws.push(`the other resume ended with ${loser.code}: ${loser.err}`)
  const answers = story.collated('words/v0', '01_define.json')
  if (answers.map(({ nr }) => nr).join() !== '1,2,3,4,5,6') report.flaws.push('the resumed version has other answers')
  // Three answers, two calls lost with the killed process, three that were missing.
  if (story.sent.length !== 8) report.flaws.push(`the version took ${story.sent.length} calls instead of 8`)
}

if (import.meta.main) await command(atOnce)
