/**
 * Lets the n-th file operation of a run fail as a disk does that is full, locked, broken or out of handles, goes on with a disk that works,
 * and says what does not hold then. `npx node test/campaigns/disk-errors.ts --seed 7 --long`
 */
import { type Begun, between, type Campaign, command, pick, twoAtATime } from './campaign.ts'
import { WordsRun } from './words-run.ts'

export interface DiskReport {
  errors: number
  /** Runs that went to their end: the operation came too late, or the run could do without it. */
  ended: number
  flaws: string[]
}

const codes = ['ENOSPC', 'EACCES', 'EMFILE', 'EIO']

/** A run of 12 items in two steps passes about so many points. */
const mostOperations = 85

export const diskErrors: Campaign<DiskReport> = {
  async run({ random, long }: Begun): Promise<DiskReport> {
    const report: DiskReport = { errors: 0, ended: 0, flaws: [] }
    const moments = codes.flatMap((code) =>
      long
        ? Array.from({ length: mostOperations }, (_, at) => ({ code, nth: at + 1, stays: at % 2 === 1 }))
        : [{ code, nth: between(1, mostOperations, random), stays: pick([true, false], random) }],
    )
    await twoAtATime(moments, async ({ code, nth, stays }) => {
      const packed = random() < 0.5
      await using run = await WordsRun.begin({ items: 12, packed })
      const { code: exit, err } = await run.startFaulty({ point: null, nth, code, stays }).ended
      if (exit === 3) report.ended += 1
      else {
        report.errors += 1
        if (exit !== 1) run.flaws.push(`it ended with ${exit}`)
        if (
          !new RegExp(
            `^itemwise: Cannot write outputs/\\S+: .*\\(${code}\\)\\. .*(resume|run the command again)`,
            'm',
          ).test(err)
        )
          run.flaws.push(`it said: ${err}`)
        if (/^ {4}at /m.test(err)) run.flaws.push(`it showed a stack: ${err}`)
      }
      run.judge()
      if (!run.isCompleted) await run.goOn()
      else await run.doctor()
      run.checkCompleted()
      const left = (await run.doctor()).filter((finding) => !/half-made|hidden name/.test(finding))
      if (left.length > 0) run.flaws.push(`the doctor found after the resume: ${left.join(', ')}`)
      report.flaws.push(
        ...run.flaws.map(
          (flaw) => `${code} at operation ${nth}${stays ? ' and after' : ''}${packed ? ', packed' : ''}: ${flaw}`,
        ),
      )
    })
    return report
  },
  closing: ({ errors, ended }) => `${errors} runs ended by a disk error (${ended} went to their end)`,
}

if (import.meta.main) await command(diskErrors)
