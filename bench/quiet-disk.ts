/**
 * Waits until the file system makes files as fast as usual. ext4 does not give a deleted file's inode out again for some minutes
 * and looks past all of them for each new file: after 10,000 were deleted, making one takes 20 times as long (0.5 ms, not 0.025).
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const probes = 200
const usualMs = 0.1
const betweenProbesMs = 10_000

// Of all waits together: a disk that is always slow is not waited for again and again.
let patienceMs = 8 * 60_000

/** Writes everything back first, so that nobody pays for what another left. */
export async function quietDisk(folder: string): Promise<void> {
  execFileSync('sync')
  let isFirst = true
  while (millisecondsPerFile(join(folder, `probe-${process.hrtime.bigint()}`)) > usualMs && patienceMs > 0) {
    if (isFirst) console.log('  (waiting for the file system to forget files that were deleted)')
    isFirst = false
    patienceMs -= betweenProbesMs
    await wait(betweenProbesMs)
    execFileSync('sync')
  }
}

function millisecondsPerFile(folder: string): number {
  mkdirSync(folder, { recursive: true })
  const started = performance.now()
  for (let n = 0; n < probes; n++) writeFileSync(join(folder, String(n)), 'x')
  return (performance.now() - started) / probes
}
