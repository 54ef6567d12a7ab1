import { expect, test } from 'vitest'
import { safeNext } from './paths.ts'

test.each([null, 'https://evil.example', '//evil.example', '/\\evil.example', 'hosts'])(
  '%s is not gone to after signing in',
  (next) => {
    expect(safeNext(next)).toBe('/')
  },
)

test('an address of ours is', () => {
  expect(safeNext('/hosts/1?tab=facts')).toBe('/hosts/1?tab=facts')
})
