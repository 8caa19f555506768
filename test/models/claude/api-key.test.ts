import { expect, test } from 'vitest'
import { keyIn } from '../../../models/claude/api-key.ts'

const key = 'sk-ant-api03-abc_DEF-123'

test.each([
  key,
  `  ${key}\r\n`,
  `\uFEFF${key}`,
  `"${key}"`,
  `'${key}'`,
  `“${key}”`,
  `ANTHROPIC_API_KEY=${key}`,
  `export ANTHROPIC_API_KEY="${key}"\n`,
  `set ANTHROPIC_API_KEY=${key}`,
  `$env:ANTHROPIC_API_KEY = '${key}'`,
  `ANTHROPIC_API_KEY: ${key}`,
  `x-api-key: ${key}`,
  `Authorization: Bearer ${key}`,
  `Bearer ${key}`,
  JSON.stringify({ ANTHROPIC_API_KEY: key }),
  JSON.stringify({ ANTHROPIC_API_KEY: key, region: 'eu-west-1' }, null, 2),
  JSON.stringify({ claude: key }),
  JSON.stringify(key),
  JSON.stringify({ ANTHROPIC_API_KEY: `"${key}"` }),
])('the key is found in %j', (pasted) => {
  expect(keyIn(pasted)).toEqual({ key, problem: null })
})

test.each([
  ['', 'is empty'],
  [' \n', 'is empty'],
  ['ANTHROPIC_API_KEY=', 'is empty'],
  ['sk-a\nsk-b', 'holds several lines'],
  ['sk-ant-ключ', 'holds characters that cannot be sent'],
  ['sk a', 'holds characters that cannot be sent'],
  ['"sk-a', 'holds quotes or braces'],
  ['{"ANTHROPIC_API_KEY":"sk-a"', 'holds quotes or braces'],
  ['{"a":"sk-a","b":"sk-b"}', 'is JSON that does not say which of its values is the key'],
  ['{}', 'is JSON that does not say which of its values is the key'],
])('%j %s, which is said without showing it', (pasted, problem) => {
  expect(keyIn(pasted)).toEqual({ key: null, problem })
})
