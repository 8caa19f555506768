import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { picture, picturePath } from '../../tools/draw-machine.ts'
import { allStates } from './machine.ts'

test('the picture in the guide is drawn from the machine as it is, and shows every state', () => {
  const drawn = picture()
  expect(readFileSync(picturePath, 'utf8')).toBe(drawn)
  for (const [name] of allStates()) expect(drawn).toContain(`>${name}</text>`)
})
