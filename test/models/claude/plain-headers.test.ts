import { expect, test } from 'vitest'
import { PlainHeaders } from '../../../models/claude/plain-headers.ts'

test("headers are kept, changed and listed as by Node's own", () => {
  const [plain, own] = [new PlainHeaders(), new Headers()]
  for (const headers of [plain, own]) {
    headers.set('X-Api-Key', ' a key ')
    headers.set('Accept', 'text/plain')
    headers.set('accept', 'application/json')
    headers.append('Anthropic-Beta', 'one')
    headers.append('anthropic-beta', 'two')
    headers.set('gone', '1')
    headers.delete('Gone')
  }
  expect([...plain]).toEqual([...own])
  expect([plain.get('x-api-key'), plain.get('gone'), plain.has('ACCEPT')]).toEqual(['a key', null, true])
})

test('what cannot be sent is refused', () => {
  for (const [name, value] of [
    ['a b', 'x'],
    ['', 'x'],
    ['x-key', 'ключ'],
    ['x-key', 'a\nb'],
  ] as const) {
    expect(() => new Headers().set(name, value)).toThrow(TypeError)
    expect(() => new PlainHeaders().set(name, value)).toThrow(TypeError)
  }
})
