/** Cost, failures and duration over the versions of a pipeline: three small rows of bars. */
import type { ListedVersion } from '../api/shapes.ts'
import { counted, dollars, seconds } from '../parts/numbers.ts'

interface Measure {
  name: string
  of: (version: ListedVersion) => number
  text: (value: number) => string
}

const statsOf = ({ stats }: ListedVersion) => (stats.steps === undefined ? null : stats)

const measures: readonly Measure[] = [
  { name: 'Cost', of: (version) => statsOf(version)?.cost_usd ?? 0, text: dollars },
  { name: 'Failed', of: (version) => statsOf(version)?.failed ?? 0, text: counted },
  { name: 'Time', of: ({ duration_seconds }) => duration_seconds, text: seconds },
]

const [width, height] = [9, 26]

export function Plot({ versions }: { versions: readonly ListedVersion[] }) {
  if (versions.length < 2) return null
  return (
    <div class="plots">
      {measures.map(({ name, of, text }) => {
        const values = versions.map(of)
        const most = Math.max(...values)
        return (
          <figure key={name} class="plot">
            <svg
              width={versions.length * (width + 2)}
              height={height}
              role="img"
              aria-label={`${name} of ${versions.map(({ version }, at) => `${version} ${text(values[at]!)}`).join(', ')}`}
            >
              {versions.map(({ version }, at) => {
                const tall = most === 0 ? 1 : Math.max(1, (values[at]! / most) * (height - 2))
                return (
                  <rect key={version} x={at * (width + 2)} y={height - tall} width={width} height={tall} rx={1}>
                    <title>{`${version}: ${text(values[at]!)}`}</title>
                  </rect>
                )
              })}
            </svg>
            <figcaption>{`${name}, at most ${text(most)}`}</figcaption>
          </figure>
        )
      })}
    </div>
  )
}
