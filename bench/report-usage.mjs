// Loaded into each measured program: writes what it used when it ends.
import { writeFileSync } from 'node:fs'

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  writeFileSync(
    process.env.USAGE_REPORT,
    JSON.stringify({ processor: (userCPUTime + systemCPUTime) / 1e6, peak_mb: maxRSS / 1024 }),
  )
})
