/** Where prompts are not kept, each ledger line says the sha256 of the one that was sent. */
import type { ResolvedStep } from '../documents.ts'
import type { Keeper, KeptItem, RawReply, SpentReply } from '../store.ts'
import { sha256 } from '../text/ids.ts'

/** The keeper, which notes the sha256 of each prompt if that is all that is kept of it. */
export function withPromptSums(keeper: Keeper, { keep }: Pick<ResolvedStep, 'keep'>): Keeper {
  return keep?.prompts === 'none' ? new SummingKeeper(keeper) : keeper
}

class SummingKeeper implements Keeper {
  readonly #keeper: Keeper
  /** By segment, of prompts whose answers are still to come. */
  readonly #sums = new Map<string, string>()
  readonly receive?: (raw: RawReply) => Promise<void>

  constructor(keeper: Keeper) {
    this.#keeper = keeper
    if (keeper.receive !== undefined) this.receive = (raw) => keeper.receive!(raw)
  }

  keepPrompt(segment: string | null, prompt: string): Promise<void> {
    this.#sums.set(segment ?? '', sha256(prompt))
    return this.#keeper.keepPrompt(segment, prompt)
  }

  keep(item: KeptItem): Promise<void> {
    const { segment } = item.line
    const prompt_sha256 = this.#sums.get(segment)
    this.#sums.delete(segment)
    return this.#keeper.keep(prompt_sha256 === undefined ? item : { ...item, line: { ...item.line, prompt_sha256 } })
  }

  spend(reply: SpentReply): Promise<void> {
    return this.#keeper.spend(reply)
  }

  close(): Promise<void> {
    return this.#keeper.close()
  }
}
