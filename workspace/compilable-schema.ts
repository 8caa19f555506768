/**
 * The JSON Schema of a library in the words that Claude's API compiles. Only what means the same is changed; what else the API cannot
 * compile is refused by the check of the request.
 */

type Schema = Record<string, unknown>

/** Says it of a schema and of all that it holds. */
export function compilableSchema(schema: Schema): Schema {
  return changed(schema) as Schema
}

function changed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(changed)
  if (!isSchema(node)) return node
  const { readOnly: _, ...rest } = withoutSafeLimits(withAnyOf(node))
  return mapped(rest, (value, name) => {
    if (values.has(name)) return value
    return byName.has(name) && isSchema(value) ? mapped(value, changed) : changed(value)
  })
}

/** Keywords whose value is of an answer, and those that have schemas by names of their own. */
const values = new Set(['const', 'enum', 'default', 'examples'])
const byName = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'])

function mapped(node: Schema, change: (value: unknown, name: string) => unknown): Schema {
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, change(value, name)]))
}

/** An integer of Zod is limited to what a number of JavaScript holds, which says nothing of answers. */
function withoutSafeLimits(node: Schema): Schema {
  const { minimum, maximum, ...rest } = node
  return {
    ...rest,
    ...(minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER && { minimum }),
    ...(maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER && { maximum }),
  }
}

/** If one property tells the alternatives apart, no answer meets two of them. */
function withAnyOf(node: Schema): Schema {
  const { oneOf, ...rest } = node
  return Array.isArray(oneOf) && isToldApart(oneOf) ? { ...rest, anyOf: oneOf } : node
}

function isToldApart(alternatives: readonly unknown[]): boolean {
  const constants = alternatives.map(constantsOf)
  return [...(constants[0] ?? new Map()).keys()].some((name) => {
    const values = constants.map((one) => one.get(name))
    return values.every((value) => value !== undefined) && new Set(values).size === values.length
  })
}

/** The properties that every such answer has with one value, each with its JSON. */
function constantsOf(schema: unknown): Map<string, string> {
  const { properties, required } = isSchema(schema) ? schema : {}
  const names = Array.isArray(required) ? required : []
  return new Map(
    Object.entries(isSchema(properties) ? properties : {}).flatMap(([name, property]) =>
      isSchema(property) && 'const' in property && names.includes(name)
        ? [[name, JSON.stringify(property.const)] as const]
        : [],
    ),
  )
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
