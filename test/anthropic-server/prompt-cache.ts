/**
 * The server's prompt cache: what stands before the last breakpoint is written by the first request and read by later ones, as
 * soon as the first reply has begun. What is shorter than the model's minimum is not cached, and nothing is said.
 */
import type { MessageRequest, TextBlock } from './check-request.ts'
import { schemaTokens, type Tokenizer } from './tokens.ts'

export interface CachedTokens {
  read: number
  written: number
  /** Whether it was written for an hour. */
  forHour?: boolean
}

const none: CachedTokens = { read: 0, written: 0 }

const minimums: Record<string, number> = {
  'claude-sonnet-5': 1024,
  'claude-opus-4-8': 1024,
  'claude-sonnet-4-6': 1024,
  'claude-sonnet-4-5': 1024,
  'claude-haiku-4-5': 4096,
  'claude-haiku-4-5-20251001': 4096,
}

export class PromptCache {
  readonly #readable = new Set<string>()
  /** Whether the next request misses what is there: caching is best effort. */
  misses: () => boolean = () => false

  /** What a request that comes in now takes from the cache, and what is to be called when its reply begins. */
  enter(request: MessageRequest, tokensIn: Tokenizer): { cached: CachedTokens; replyBegins: () => void } {
    const { texts, forHour } = cachedTexts(request)
    const tokens = texts.reduce((sum, text) => sum + tokensIn(text), schemaTokens(request, tokensIn))
    if (texts.length === 0 || tokens < (minimums[request.model] ?? 512)) return { cached: none, replyBegins: () => {} }
    const key = JSON.stringify([request.model, request.output_config?.format, texts])
    const hits = this.#readable.has(key) && !this.misses()
    const cached = hits ? { read: tokens, written: 0 } : { read: 0, written: tokens, forHour }
    return { cached, replyBegins: () => this.#readable.add(key) }
  }
}

/** The texts up to the last breakpoint: system prompt first, then the turns. */
function cachedTexts({ system, messages }: MessageRequest): { texts: string[]; forHour: boolean } {
  const blocks = [system ?? [], ...messages.map(({ content }) => content)].flatMap((content) =>
    typeof content === 'string' ? [{ text: content } as TextBlock] : content,
  )
  const last = blocks.findLastIndex((block) => 'cache_control' in block && block.cache_control !== undefined)
  const texts = blocks.slice(0, last + 1).map(({ text }) => text ?? '')
  return { texts, forHour: blocks[last]?.cache_control?.ttl === '1h' }
}
