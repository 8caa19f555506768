/**
 * Which JSON Schemas the API's structured outputs compile, and what to write instead of the others. Source: the API's published
 * limits of 2026-08. If they do not mention a keyword, it is refused rather than sent.
 */
import type { SchemaRules } from '../../core/provider.ts'

const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']

const formats = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']

const understood = new Set([
  ...['type', 'properties', 'required', 'additionalProperties', 'items', 'minItems', 'format', 'pattern'],
  ...['enum', 'const', 'anyOf', 'allOf', '$ref', '$defs', 'title', 'description', 'default'],
])

const shapes = 'write one shape per case in anyOf.'
const pairs = 'name each property, or use an array of {key, value} objects.'
const numbers = 'say it in description instead; the API does not limit numbers.'
const lengths = 'say it in description instead; the API does not limit lengths.'
const arrays = 'say it in description instead; the API does not limit arrays.'

const insteadOf = new Map([
  ['definitions', 'write $defs, and $ref "#/$defs/…".'],
  ['oneOf', 'write anyOf.'],
  ['not', 'say it in description instead; there is no negation.'],
  ...['if', 'then', 'else', 'dependentRequired', 'dependentSchemas'].map((key) => [key, shapes] as const),
  ...['patternProperties', 'propertyNames'].map((key) => [key, pairs] as const),
  ['minProperties', 'list the properties in required.'],
  ['maxProperties', 'list the properties in properties.'],
  ['unevaluatedProperties', 'write additionalProperties: false.'],
  ['prefixItems', 'use an object with one property a place.'],
  ['contains', 'say it in description instead; items describes every element.'],
  ['nullable', 'add "null" to type.'],
  ['$schema', 'only the root may have it.'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'].map((key) => [key, numbers] as const),
  ...['minLength', 'maxLength'].map((key) => [key, lengths] as const),
  ...['maxItems', 'uniqueItems', 'minContains', 'maxContains'].map((key) => [key, arrays] as const),
])

export const schemaRules: SchemaRules = { types, formats, understood, insteadOf, mostOptional: 24, mostUnions: 16 }
