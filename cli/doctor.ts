/** `itemwise doctor [pipeline]` */
import { examineVersion, isAbandoned, latestFinding } from '../core/doctor/doctor.ts'
import type { Finding } from '../core/doctor/finding.ts'
import { oneOffs, type Store, type VersionRef } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { knownPipeline } from '../core/versions/versions.ts'
import { type Diagnosis, diagnosisText } from './doctor-text.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Leftovers } from './places/place.ts'
import type { Terminal } from './terminal.ts'

export interface DoctorOptions extends StoreFlags {
  json?: boolean
  fix?: boolean
}

/** A repair can reveal more damage: a record that can be read again shows what its version lacks. */
const mostRounds = 4

/** Looks for damage, and repairs it with --fix. Returns 0 if nothing is wrong any more, otherwise 3. Throws RequestRefused. */
export async function doctor([name]: [string?], options: DoctorOptions, terminal: Terminal): Promise<number> {
  const { store, leftovers } = await (await openPlace(options, terminal)).examined()
  const visit = new Visit(store, leftovers, options.fix === true)
  if (name === undefined) {
    for (const pipeline of await store.pipelines()) await visit.pipeline(pipeline)
    for (const run of await store.list(`outputs/${oneOffs}`))
      if (run.endsWith('/')) await visit.version({ pipeline: oneOffs, version: run.slice(0, -1) })
  } else await visit.pipeline(await knownPipeline(store, name))
  const { diagnosis } = visit
  terminal.out(options.json ? `${jsonText(diagnosis, 2)}\n` : diagnosisText(diagnosis))
  return diagnosis.findings.every(({ done }) => done !== null) ? 0 : 3
}

class Visit {
  readonly diagnosis: Diagnosis
  readonly #store: Store
  readonly #leftovers: Leftovers
  readonly #fix: boolean

  constructor(store: Store, leftovers: Leftovers, fix: boolean) {
    this.#store = store
    this.#leftovers = leftovers
    this.#fix = fix
    this.diagnosis = { fix, versions: 0, running: [], findings: [] }
  }

  async pipeline(pipeline: string): Promise<void> {
    for (const version of await this.#store.versions(pipeline)) await this.version({ pipeline, version })
    await this.#see(async () => [
      ...(await this.#leftovers.ofPipeline(pipeline)),
      ...(await latestFinding(this.#store, pipeline)),
    ])
  }

  async version(ref: VersionRef): Promise<void> {
    const tools = { store: this.#store, now: Date.now, isHeld: (held: VersionRef) => this.#leftovers.isHeld(held) }
    this.diagnosis.versions += 1
    await this.#see(async () => {
      const found = await examineVersion(tools, ref)
      if (found === undefined) {
        this.diagnosis.running.push(`${ref.pipeline} ${ref.version}`)
        return []
      }
      const lock = isAbandoned(found, ref) ? [] : await this.#leftovers.lockOf(ref)
      return [...(await this.#leftovers.ofVersion(ref)), ...found, ...lock]
    })
  }

  /** Looks, and with --fix repairs and looks again until nothing more can be repaired. */
  async #see(look: () => Promise<Finding[]>): Promise<void> {
    for (let round = 1; ; round++) {
      const found = await look()
      const mendable = this.#fix && round < mostRounds ? found.filter(({ mend }) => mend !== null) : []
      if (mendable.length === 0) {
        for (const finding of found) this.#note(finding, null)
        return
      }
      for (const finding of mendable) this.#note(finding, await finding.mend!())
    }
  }

  #note({ path, found, means, remedy, mend }: Finding, done: string | null): void {
    this.diagnosis.findings.push({ path, found, means, remedy, can_fix: mend !== null, done })
  }
}
