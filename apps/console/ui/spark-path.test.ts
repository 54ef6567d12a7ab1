import { expect, test } from 'vitest'
import { sparkPaths } from './spark-path.ts'

const source = (values: number[], overrides = {}) => ({
  count: values.length,
  valueAt: (index: number) => values[index] ?? Number.NaN,
  top: 1,
  capacity: values.length,
  ...overrides,
})

test('the newest value stands at the right edge, the whole fills the width', () => {
  expect(sparkPaths(source([0, 1, 0]), 20, 11.5).line).toBe('M0.0 10.8L10.0 0.8L20.0 10.8')
})

test('fewer values than fill the width stand at the right', () => {
  expect(sparkPaths(source([0, 0], { capacity: 5 }), 20, 11.5).line).toMatch(/^M15.0 .*L20.0 /)
})

test('what is not known is a gap in the line and in the area', () => {
  const { line, area } = sparkPaths(source([0, Number.NaN, 0]), 20, 11.5)
  expect(line).toBe('M0.0 10.8M20.0 10.8')
  expect(area).toBe('M0.0 11.5V10.8V11.5ZM20.0 11.5V10.8V11.5Z')
})

test('values beyond the top stay inside', () => {
  expect(sparkPaths(source([7]), 20, 11.5).line).toMatch(/ 0\.8$/)
})

test('without values there is nothing to draw', () => {
  expect(sparkPaths(source([]), 20, 10)).toEqual({ line: '', area: '' })
})
