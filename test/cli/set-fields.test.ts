import { expect, test } from 'vitest'
import { withFieldsSet } from '../../cli/set-fields.ts'

const answer = { title: 'Rain', grade: 4, tags: ['a', 'b'], author: { name: 'Ada' }, 'a.b': 1, note: null }

test.each([
  [['title=7'], { title: '7' }],
  [['title=a=b\nc'], { title: 'a=b\nc' }],
  [['grade=5'], { grade: 5 }],
  [['grade=high'], { grade: 'high' }],
  [['tags=["c"]', 'author.name=Bo'], { tags: ['c'], author: { name: 'Bo' } }],
  [['tags.1=x'], { tags: ['a', 'x'] }],
  [['a.b=2'], { 'a.b': 2 }],
  [['note={"x": 1}'], { note: { x: 1 } }],
  [['fresh=true'], { fresh: true }],
  [['title='], { title: '' }],
])('--set %j', (settings, changes) => {
  expect(withFieldsSet(answer, settings)).toEqual({ ...answer, ...changes })
})

test('a text answer is set by its only name, and a long number keeps its digits', () => {
  expect(withFieldsSet('before', ['text=after'])).toBe('after')
  expect(JSON.stringify(withFieldsSet({ n: 1 }, ['n=12345678901234567890']))).toBe('{"n":12345678901234567890}')
})

test.each([
  ['title', 'Expected field=value'],
  ['tags.2=x', 'there are 2 elements. Expected 0 to 1 in the place of 2.'],
  ['autor.name=x', 'the answer has no autor. Did you mean author?'],
  ['title.x=1', 'there are no fields in it'],
])('--set %s is refused', (setting, text) => {
  expect(() => withFieldsSet(answer, [setting])).toThrow(text)
})
