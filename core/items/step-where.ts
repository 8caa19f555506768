/** The expression by which a step takes items (batch_where), as the plan asks it. */
import { readWhere } from '../choice/read-where.ts'
import type { Where } from '../choice/where.ts'
import { WhereFailures } from '../choice/where-failures.ts'
import type { ResolvedStep } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { BaseAnswers } from '../versions/base-answers.ts'
import { jsonIn } from '../versions/item-id.ts'
import type { Candidate } from './candidates.ts'

interface Asking {
  store: Store
  step: ResolvedStep
  base: VersionRef | null
}

export class StepWhere {
  readonly #where: Where
  readonly #step: ResolvedStep
  readonly #answers: BaseAnswers
  readonly #failures = new WhereFailures()

  private constructor(where: Where, { store, step, base }: Asking) {
    this.#where = where
    this.#step = step
    this.#answers = new BaseAnswers(store, base, step)
  }

  /** Null for a step without one. Throws RequestRefused for an expression that cannot be read, which `open` has refused. */
  static async of(asking: Asking): Promise<StepWhere | null> {
    const { where } = asking.step
    return where === undefined ? null : new StepWhere(await readWhere(where, 'batch_where (--where)'), asking)
  }

  /** Whether it takes an item. One that it cannot be worked out for is not taken. */
  async takes({ item_id, item, base }: Pick<Candidate, 'item_id' | 'item' | 'base'>): Promise<boolean> {
    const text = base !== null && this.#where.reads.answer !== null ? await this.#answers.answer(base) : null
    const answer = text === null ? undefined : (jsonIn(text) ?? text)
    return this.#failures.takes(this.#where, item_id, { item, answer, ledger: base ?? undefined })
  }

  /** The sentence that refuses a run whose items it cannot be worked out for; undefined if there are none. */
  get problem(): string | undefined {
    return this.#failures.any ? `Step ${this.#step.step}: ${this.#failures.problem(this.#where)}` : undefined
  }

  /** What a person should know of a later step, whose items come too late to refuse the run. */
  warnings(): string[] {
    const { step, prompt_name } = this.#step
    const failed = this.#failures.any
      ? [`Step ${step} (${prompt_name}) leaves items out. ${this.#failures.text(this.#where)}.`]
      : []
    return [...failed, ...this.unseen()]
  }

  /** Sentences about names that nothing had. */
  unseen(): string[] {
    return this.#where.warnings()
  }

  close(): Promise<void> {
    return this.#answers.close()
  }
}
