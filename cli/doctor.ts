/** `itemwise doctor [pipeline]` */
import { examineVersion, isAbandoned, latestFinding } from '../core/doctor/doctor.ts'
import type { Finding } from '../core/doctor/finding.ts'
import { reviewFindings } from '../core/doctor/review-findings.ts'
import { tombstoneFindings } from '../core/doctor/tombstone-findings.ts'
import { oneOffs, type Store, type VersionRef } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { batchesOut, batchesText } from '../core/versions/message-batches.ts'
import { oneOffRuns } from '../core/versions/one-off-runs.ts'
import { removedPipelines } from '../core/versions/tombstone.ts'
import { knownPipeline } from '../core/versions/versions.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import { CheckBar } from './check-bar.ts'
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

/** Versions that are looked at side by side: while one waits for the disk, another is checked. Each holds 24 bytes an item. */
const versionsAtOnce = 4

/** Looks for damage, and repairs it with --fix. Returns 0 if nothing is wrong any more, otherwise 3. Throws RequestRefused. */
export async function doctor([name]: [string?], options: DoctorOptions, terminal: Terminal): Promise<number> {
  useFrugalHeap()
  const { store, leftovers } = await (await openPlace(options, terminal)).examined()
  const subjects = await subjectsOf(store, name)
  const versions = subjects.filter(({ version }) => version !== null).length
  const bar = new CheckBar(terminal, versions)
  const visit = new Visit({ store, leftovers, bar }, options.fix === true)
  try {
    const diagnosis: Diagnosis = { fix: options.fix === true, versions, running: [], waiting: [], findings: [] }
    for (const { running, waiting, findings } of await visit.all(subjects)) {
      diagnosis.running.push(...running)
      diagnosis.waiting.push(...waiting)
      diagnosis.findings.push(...findings)
    }
    bar.close()
    terminal.out(options.json ? `${jsonText(diagnosis, 2)}\n` : diagnosisText(diagnosis))
    return diagnosis.findings.every(({ done }) => done !== null) ? 0 : 3
  } finally {
    bar.close()
  }
}

/** A version, or what a pipeline's folder has besides its versions. */
interface Subject {
  pipeline: string
  version: string | null
}

/** In the order in which they are told. */
async function subjectsOf(store: Store, name: string | undefined): Promise<Subject[]> {
  const found: Subject[] = []
  const pipelines = name === undefined ? await store.pipelines() : [await knownPipeline(store, name)]
  for (const pipeline of pipelines) {
    for (const version of await store.versions(pipeline)) found.push({ pipeline, version })
    found.push({ pipeline, version: null })
  }
  if (name !== undefined) return found
  for (const pipeline of await removedPipelines(store)) found.push({ pipeline, version: null })
  for (const version of await oneOffRuns(store)) found.push({ pipeline: oneOffs, version })
  return found
}

type Seen = Pick<Diagnosis, 'running' | 'waiting' | 'findings'>

class Visit {
  readonly #store: Store
  readonly #leftovers: Leftovers
  readonly #bar: CheckBar
  readonly #fix: boolean

  constructor({ store, leftovers, bar }: { store: Store; leftovers: Leftovers; bar: CheckBar }, fix: boolean) {
    this.#store = store
    this.#leftovers = leftovers
    this.#bar = bar
    this.#fix = fix
  }

  /** Side by side if nothing is changed: what is mended in a version may be the base of the next. */
  async all(subjects: readonly Subject[]): Promise<Seen[]> {
    const seen: Seen[] = []
    let next = 0
    const look = async () => {
      for (let at = next++; at < subjects.length; at = next++) seen[at] = await this.#subject(subjects[at]!)
    }
    await Promise.all(Array.from({ length: this.#fix ? 1 : versionsAtOnce }, look))
    return seen
  }

  #subject({ pipeline, version }: Subject): Promise<Seen> {
    return version === null ? this.#pipeline(pipeline) : this.#version({ pipeline, version })
  }

  #pipeline(pipeline: string): Promise<Seen> {
    return this.#see(async () => [
      ...(await this.#leftovers.ofPipeline(pipeline)),
      ...(await latestFinding(this.#store, pipeline)),
      ...(await tombstoneFindings(this.#store, pipeline)),
      ...(await reviewFindings(this.#store, pipeline)),
    ])
  }

  async #version(ref: VersionRef): Promise<Seen> {
    const tools = {
      store: this.#store,
      now: Date.now,
      isHeld: (held: VersionRef) => this.#leftovers.isHeld(held),
      onItem: this.#bar.item,
    }
    const running: string[] = []
    const { findings } = await this.#see(async () => {
      const found = await examineVersion(tools, ref)
      if (found === undefined) {
        running.push(`${ref.pipeline} ${ref.version}`)
        return []
      }
      const lock = isAbandoned(found, ref) ? [] : await this.#leftovers.lockOf(ref)
      return [...(await this.#leftovers.ofVersion(ref)), ...found, ...lock]
    })
    this.#bar.version()
    return { running, waiting: running.length > 0 ? [] : await this.#waiting(ref), findings }
  }

  /** Nothing is wrong with these, but somebody has to fetch what they bring. */
  async #waiting(ref: VersionRef): Promise<string[]> {
    const out = await batchesOut(this.#store, ref)
    if (out.length === 0) return []
    const which = ref.pipeline === oneOffs ? ref.version : `${ref.pipeline} ${ref.version}`
    return [
      `${which}: ${batchesText(out)}. \`itemwise resume ${which}\` keeps the answers, which the API has for 29 days from the sending; \`itemwise abort ${which}\` cancels.`,
    ]
  }

  /** Looks, and with --fix repairs and looks again until nothing more can be repaired. */
  async #see(look: () => Promise<Finding[]>): Promise<Seen> {
    const findings: Diagnosis['findings'] = []
    for (let round = 1; ; round++) {
      const found = (await look()).filter(({ isExtra }) => this.#fix || !isExtra)
      const mendable = this.#fix && round < mostRounds ? found.filter(({ mend }) => mend !== null) : []
      if (mendable.length === 0)
        return { running: [], waiting: [], findings: [...findings, ...found.map((one) => noted(one, null))] }
      for (const finding of mendable) findings.push(noted(finding, await finding.mend!()))
    }
  }
}

function noted({ path, found, means, remedy, mend }: Finding, done: string | null): Diagnosis['findings'][number] {
  return { path, found, means, remedy, can_fix: mend !== null, done }
}
