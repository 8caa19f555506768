/** How it reads that the API is away and the run waits. */
import type { Progress } from '../core/run-events.ts'

/** `Paused since 14:02: the API was overloaded (529: Overloaded); trying again in 30 s` */
export function pauseText({ since, reason, next_ms }: Progress & { type: 'paused' }): string {
  const lower = reason.replace(/^The /, 'the ').replace(/^What /, 'what ')
  return `Paused since ${clockTime(since)}: ${lower}; trying again in ${Math.ceil(next_ms / 1000)} s`
}

/** Local time, hours and minutes. */
function clockTime(milliseconds: number): string {
  const date = new Date(milliseconds)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}
