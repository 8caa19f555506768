import { expect, test } from 'vitest'
import { putBack } from './restore-environment.ts'

test('what a file adds to the environment, changes in it or puts in its place is gone for the next file', () => {
  const before = { ...process.env }
  const real = process.env
  process.env.ITEMWISE_LEFT_BEHIND = 'yes'
  process.env.PATH = '/nowhere'
  process.env = { HOME: '/elsewhere' }
  putBack()
  expect(process.env).toBe(real)
  expect({ ...process.env }).toEqual(before)
})
