import { expect, test } from 'vitest'
import { dateShape, dateText } from '../../formats/xlsx/serial-dates.ts'

test.each([
  [14, undefined, 'date'],
  [22, undefined, 'both'],
  [20, undefined, 'time'],
  [46, undefined, 'elapsed'],
  [0, undefined, null],
  [2, undefined, null],
  [164, 'yyyy\\-mm\\-dd', 'date'],
  [164, '[$-407]dd. mmmm yyyy;@', 'date'],
  [164, 'dd/mm/yyyy hh:mm', 'both'],
  [164, 'h:mm AM/PM', 'time'],
  [164, '[h]:mm', 'elapsed'],
  [164, 'mmm', 'date'],
  [164, 'General', null],
  [164, '0.00E+00', null],
  [164, '#,##0.00 "days";[Red]-#,##0', null],
  [164, '[Red]0.0', null],
  [164, '0\\d', null],
])('the format %i %s shows %s', (id, code, shape) => {
  expect(dateShape(id, code)).toBe(shape)
})

test.each([
  [46083, 'date', false, '2026-03-02'],
  [46083.385416666664, 'both', false, '2026-03-02T09:15:00'],
  [46083.385416666664, 'date', false, '2026-03-02T09:15:00'],
  [46083, 'both', false, '2026-03-02T00:00:00'],
  [44621, 'date', true, '2026-03-02'],
  [0.385416666664, 'time', false, '09:15:00'],
  [1, 'date', false, '1900-01-01'],
  [59, 'date', false, '1900-02-28'],
  [61, 'date', false, '1900-03-01'],
  [1.5, 'elapsed', false, '36:00:00'],
  [-1, 'date', false, null],
] as const)('%d shown as %s, from 1904: %s, is %s', (serial, shape, from1904, text) => {
  expect(dateText(serial, shape, from1904)).toBe(text)
})
