/** Whether a process of this machine is still running, and still the same process. */
import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Distinguishes this machine, boot and container from others with the same host name; null if that is not possible.
 * Process ids mean something only within it.
 */
export function processSpace(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return null
  }
}

/** When a process began, in clock ticks since the boot; null if it is not known, as outside of Linux. */
export function processStart(pid: number): string | null {
  return processStat(pid)?.[19] ?? null
}

/** Whether the process is there, is not a zombie, and began at `start`, so that a pid given out again does not count. */
export function processLives(pid: number, start: string | null): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const stat = processStat(pid)
  if (stat === undefined) return true
  return stat[0] !== 'Z' && stat[0] !== 'X' && (start === null || stat[19] === start)
}

/** Fields of /proc/<pid>/stat from the third, `state`, on; the second may hold spaces and brackets. */
function processStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
