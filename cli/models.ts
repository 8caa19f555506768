/** `itemwise models` */
import { jsonText } from '../core/text/json.ts'
import { claude } from '../models/claude/claude.ts'
import { modelsText } from './models-text.ts'
import type { Terminal } from './terminal.ts'

export interface ModelsOptions {
  json?: boolean
}

/** Prints what is known of the models: prices, limits and ends of life. */
export async function models(_words: [], { json }: ModelsOptions, terminal: Terminal): Promise<number> {
  const { name, date, models } = claude
  terminal.out(json ? `${jsonText({ provider: name, date, models }, 2)}\n` : modelsText(claude))
  return 0
}
