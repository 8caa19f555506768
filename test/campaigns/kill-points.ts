/**
 * Kills a run with SIGKILL at each named point between two writes, resumes it, and says what does not hold then.
 * `npx node test/campaigns/kill-points.ts --seed 7 --long`
 */
import type { FaultPoint } from '../../stores/folder.ts'
import { type Begun, between, type Campaign, command, twoAtATime } from './campaign.ts'
import { WordsRun } from './words-run.ts'

export interface KillPointsReport {
  kills: number
  /** Different points among them; the short form takes six of them by the seed. */
  points: number
  /** Points that were never passed so often, so that the run went to its end. */
  passed: number
  flaws: string[]
}

/** Every point, and how often a run of 12 items in two steps passes it at least. */
const points: [FaultPoint, number][] = [
  ['version:built', 1],
  ['version:renamed', 1],
  ['write:temp-written', 8],
  ['keep:prompt-written', 22],
  ['receive:journal-written', 23],
  ['keep:journal-written', 22],
  ['keep:item-temp-written', 22],
  ['keep:item-written', 22],
  ['keep:reply-written', 1],
  ['metadata:temp-written', 1],
  ['latest:linked', 1],
]

/** Passed only if each prompt and each answer is a file. */
const ofFiles = /^keep:(prompt|item|reply)/

export const killPoints: Campaign<KillPointsReport> = {
  async run({ random, long }: Begun): Promise<KillPointsReport> {
    const report: KillPointsReport = { kills: 0, points: 0, passed: 0, flaws: [] }
    const some = points.slice(0)
    for (let gone = 0; !long && gone < 4; gone++) some.splice(Math.floor(random() * some.length), 1)
    const moments = some.flatMap(([point, most]) =>
      long
        ? Array.from({ length: most }, (_, at) => ({ point, nth: at + 1, doctorFirst: at % 2 === 1 })).flatMap((one) =>
            ofFiles.test(point) ? { ...one, packed: false } : [false, true].map((packed) => ({ ...one, packed })),
          )
        : {
            ...{ point, nth: between(1, most, random), doctorFirst: random() < 0.5 },
            packed: !ofFiles.test(point) && random() < 0.5,
          },
    )
    report.points = some.length
    await twoAtATime(moments, async ({ point, nth, doctorFirst, packed }) => {
      await using run = await WordsRun.begin({ items: 12, packed })
      const { code } = await run.startFaulty({ point, nth, code: 'KILL' }).ended
      if (code === null) report.kills += 1
      else report.passed += 1
      run.judge()
      // A process that was killed when the version was completed left only its clearing up: that is the doctor's.
      if (doctorFirst || run.isCompleted) await run.doctor()
      if (!run.isCompleted) await run.goOn()
      run.checkCompleted()
      const left = (await run.doctor()).filter((finding) => !/half-made|hidden name/.test(finding))
      if (left.length > 0) run.flaws.push(`the doctor found after the resume: ${left.join(', ')}`)
      report.flaws.push(...run.flaws.map((flaw) => `${point} ${nth}${packed ? ', packed' : ''}: ${flaw}`))
    })
    return report
  },
  closing: ({ kills, passed, points }) => `${kills} kills at ${points} points (${passed} runs had ended before)`,
}

if (import.meta.main) await command(killPoints)
