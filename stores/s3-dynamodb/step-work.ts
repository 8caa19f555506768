/** Opens keepers and finds kept items, step by step; knows which keepers this process has open. */
import { monotonicFactory } from 'ulid'
import { eachItsFile, type KeeperOptions, type VersionRef } from '../../core/store.ts'
import type { CloudKeeper } from './answer-keeper.ts'
import type { CloudContext } from './context.ts'
import { mostTextBytes } from './entry-texts.ts'
import { CloudKeptItems } from './kept-items.ts'
import { openKeeper } from './open-answer-keeper.ts'
import { shardFolder } from './part-names.ts'
import { StepParts } from './step-parts.ts'
import type { Logs } from './version-log.ts'
import type { Writer } from './writer.ts'

/** A walk through a step holds its current thousand items and the thousand before: answers may be large. */
const shardsOfWalk = 2

/** One for the whole process, so that its entries sort in the order in which they were kept, whichever store kept them. */
export const newSession = monotonicFactory()

export class StepWork {
  readonly #here: CloudContext
  readonly #logs: Logs
  /** By the folder of the step's parts. */
  readonly #open = new Map<string, Set<CloudKeeper>>()

  constructor(here: CloudContext, logs: Logs) {
    this.#here = here
    this.#logs = logs
  }

  async keeper(
    ref: VersionRef,
    step: number,
    { chunk, keep = eachItsFile, stop, receives, writer }: KeeperOptions & { writer: Writer | undefined },
  ): Promise<CloudKeeper> {
    const place = { objects: this.#here.objects, ref, step }
    const open = this.#openIn(ref, step)
    const keeper = await openKeeper({
      ...{ place, chunk, keep, stop, receives, writer, earlier: newSession(), session: newSession(), newSession },
      // A chunk's own shards stay in memory: it has listed them, and they hold what became of its own items.
      parts: new StepParts(place, { shards: Number.POSITIVE_INFINITY, textBytes: mostTextBytes }),
      flushLogs: () => this.#logs.flush(),
      closed: (one) => open.delete(one),
    })
    open.add(keeper)
    return keeper
  }

  kept(ref: VersionRef, step: number, writer: Writer | undefined): CloudKeptItems {
    const parts = new StepParts(
      { objects: this.#here.objects, ref, step },
      { shards: shardsOfWalk, textBytes: Number.POSITIVE_INFINITY },
    )
    return new CloudKeptItems(parts, { open: this.#openIn(ref, step), epoch: writer?.epoch })
  }

  #openIn(ref: VersionRef, step: number): Set<CloudKeeper> {
    const folder = shardFolder(ref, step, 0)
    const open = this.#open.get(folder) ?? new Set()
    this.#open.set(folder, open)
    return open
  }
}
