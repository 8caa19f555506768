/** Cuts the lines of a plan into chunks: ranges of whole lines, which together are the whole plan. */
import type { Chunk, PlanLine } from '../documents.ts'

/** What is to be processed of a step. */
export interface PlannedWork {
  /** Items to process. */
  process: number
  /** Bytes of the longest line of a plan that is to be processed. */
  longest: number
}

/** The most that one chunk has. */
export interface ChunkLimits {
  /** Items to process. */
  items: number
  /** Bytes of the plan. A single line may be longer. */
  bytes: number
}

export class ChunkCutter {
  /** Where each line that is to be processed begins: eight bytes an item. */
  readonly #starts: number[] = []
  #longest = 0
  #end = 0

  /** Takes in a line by its end. */
  add({ decision }: Pick<PlanLine, 'decision'>, end: number): void {
    if (decision === 'process') {
      this.#starts.push(this.#end)
      this.#longest = Math.max(this.#longest, end - this.#end)
    }
    this.#end = end
  }

  get work(): PlannedWork {
    return { process: this.#starts.length, longest: this.#longest }
  }

  /** A chunk begins with a line to process, and has the lines behind it that are not; the first one has those before it too. */
  cut({ items, bytes }: ChunkLimits): Chunk[] {
    if (this.#end === 0) return []
    const chunks: Chunk[] = []
    let chunk: Chunk = { batch: 1, bytes: [0, this.#end], process: 0 }
    for (const [at, start] of this.#starts.entries()) {
      const end = this.#starts[at + 1] ?? this.#end
      if (chunk.process > 0 && (chunk.process >= items || end - chunk.bytes[0] > bytes)) {
        chunk.bytes[1] = start
        chunks.push(chunk)
        chunk = { batch: chunk.batch + 1, bytes: [start, this.#end], process: 0 }
      }
      chunk.process += 1
    }
    return [...chunks, chunk]
  }
}
