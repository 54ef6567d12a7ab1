import { expect, test } from 'vitest'
import { edgeSpeed } from './hand.ts'

const edges = { top: 100, bottom: 1100 }

test('the middle does not scroll', () => {
  for (const y of [241, 600, 959]) expect(edgeSpeed(y, edges)).toBe(0)
})

test('near the edges it scrolls towards them, the faster the nearer', () => {
  expect(edgeSpeed(230, edges)).toBeLessThan(0)
  expect(edgeSpeed(150, edges)).toBeLessThan(edgeSpeed(230, edges))
  expect(edgeSpeed(970, edges)).toBeGreaterThan(0)
  expect(edgeSpeed(1050, edges)).toBeGreaterThan(edgeSpeed(970, edges))
})

test('past an edge it is as fast as at it', () => {
  expect(edgeSpeed(-500, edges)).toBe(edgeSpeed(100, edges))
  expect(edgeSpeed(5000, edges)).toBe(edgeSpeed(1100, edges))
})
