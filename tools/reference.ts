/** The reference page, made from the schemas: every field, its type, its meaning. */
import * as z from 'zod'
import {
  errorRow,
  ledgerLine,
  metadata,
  resolvedStep,
  runDocument,
  spending,
  stats,
  stepStats,
} from '../core/documents.ts'
import { failureKinds } from '../core/errors.ts'
import { modelSettings, runRequest, usualLabels, workspaceFile, writtenStep } from '../core/request.ts'
import { tombstone } from '../core/versions/tombstone.ts'

interface Field {
  type?: string | string[]
  description?: string
  anyOf?: Field[]
  enum?: unknown[]
  const?: unknown
  items?: Field
  properties?: Record<string, Field>
  additionalProperties?: unknown
}

interface Schema extends Field {
  required?: string[]
}

/** docs/reference.md */
export function referenceText(): string {
  return `# Reference

Made from the schemas in \`core/request.ts\` and \`core/documents.ts\` by \`npm run docs\`. How to use it all is in [the guide](guide/README.md).

## Run request

A YAML or JSON file, or the argument of \`runPipeline\`. Unknown fields are refused. Editors know the fields by
\`pipelines/run-request.schema.json\`: put \`# yaml-language-server: $schema=run-request.schema.json\` in the first line.

${table(runRequest, ['$schema'])}

## Step

${table(writtenStep)}

## Model settings

They may stand in a step, in the front matter of a template and in \`itemwise.yaml\`. If two say something, the step wins, then the template.

${table(modelSettings)}

## itemwise.yaml

${table(workspaceFile)}

## Labels

\`pipeline_status\` is one of ${usualLabels.map((label) => `\`${label}\``).join(', ')}, or any word of your own.

## metadata.json

${table(metadata)}

\`stats\`:

${table(stats)}

Each of \`stats.steps\`:

${table(stepStats)}

Tokens and cost, here and in the ledger:

${table(spending)}

## run.json

${table(runDocument)}

Each of \`steps\`:

${table(resolvedStep)}

## NN_ledger.jsonl

A line an item, by \`item_index\`.

${table(ledgerLine)}

## NN_errors.json

An array; the file is there only if an item failed.

${table(errorRow)}

Kinds of failure: ${failureKinds.map((kind) => `\`${kind}\``).join(', ')}.

## removed/<version>.json

In \`outputs/<pipeline>/\`: what stays of a version that \`itemwise remove\` deleted. It keeps the version's number, and the positions and
sequential ids of its items, from being used again. Leave it there.

${table(tombstone)}

Each of \`steps\`:

${table(tombstone.shape.steps.element)}

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | the run failed; what was answered is kept, and the run can be resumed |
| 2 | refused before anything was paid for |
| 3 | done, but some items failed; \`doctor\`: something is wrong |
| 130 | interrupted; can be resumed |
`
}

function table(schema: z.ZodType, without: string[] = []): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema
  const rows = Object.entries(properties)
    .filter(([name]) => !without.includes(name))
    .map(
      ([name, field]) =>
        `| \`${name}\`${required.includes(name) ? '' : ' *'} | ${typeText(field)} | ${cell(field.description ?? '')} |`,
    )
  const optional = rows.some((row) => row.includes('` * |')) ? '\n\n\\* optional' : ''
  return `| field | type | meaning |\n|---|---|---|\n${rows.join('\n')}${optional}`
}

function typeText(field: Field): string {
  if (field.anyOf !== undefined) return [...new Set(field.anyOf.map(typeText))].join(' or ')
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(' ')
  if (Array.isArray(field.type)) return field.type.map((type) => typeText({ ...field, type })).join(' or ')
  if (field.type === 'array') return field.items === undefined ? 'array' : `array of ${typeText(field.items)}`
  if (field.type === 'integer') return 'whole number'
  if (field.type === 'string') return 'text'
  return field.type ?? 'any'
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
