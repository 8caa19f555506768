/** Claude as core knows a provider: the table of its models and the rules of its API. A new model is one row of models.json. */
import type { ModelFacts, Provider, ReplyEnding } from '../../core/provider.ts'
import table from './models.json' with { type: 'json' }
import { schemaRules } from './schema-rules.ts'

export const claude: Provider = {
  name: 'Claude',
  date: table.date,
  models: table.models as Readonly<Record<string, ModelFacts>>,
  schemaRules,
  endingOf,
}

/** The stop reasons of the API, as of 2026-10. */
function endingOf(stopReason: string): ReplyEnding {
  switch (stopReason) {
    case 'end_turn':
    case 'stop_sequence':
      return 'whole'
    case 'max_tokens':
      return 'cut_off'
    case 'refusal':
      return 'refused'
    default:
      return 'early'
  }
}
