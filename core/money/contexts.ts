/** How much a model can take at once. The table is dated, because models change; a model it lacks has no known limit. */
import table from './contexts.json' with { type: 'json' }

/** The day on which the table was last compared with what is published: YYYY-MM-DD. */
export const contextTableDate: string = table.date

const known: Readonly<Record<string, number>> = table.models

/** Tokens of a request and its answer together, by a model's id or, for a dated id, by its base; undefined where it is not known. */
export function contextOf(model: string): number | undefined {
  const base = model.replace(/-\d{8}$/, '')
  return [model, base].flatMap((id) => (Object.hasOwn(known, id) ? [known[id]] : []))[0]
}
