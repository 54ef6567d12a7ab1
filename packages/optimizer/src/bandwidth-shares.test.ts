import type { HostId } from '@drover/api-schema/ids.ts'
import type { MigrationPriority } from '@drover/api-schema/migration-terms.ts'
import { hostId, migrationId } from '@drover/api-schema/testing/builders.ts'
import { expect, it } from 'vitest'
import { bandwidthShares, type Copy, leastShareBytesPerSec } from './bandwidth-shares.ts'

const MB = 1_000_000
const copy = (
  number: number,
  from: number,
  to: number,
  more: { priority?: MigrationPriority; bandwidthBytesPerSec?: number } = {},
): Copy => ({
  migrationId: migrationId(number),
  sourceHostId: hostId(from),
  destinationHostId: hostId(to),
  priority: 'normal',
  bandwidthBytesPerSec: null,
  ...more,
})
function shares(copies: Copy[], limits: Record<number, number>): (number | null)[] {
  const byId = new Map<HostId, number>(
    Object.entries(limits).map(([number, limit]) => [hostId(Number(number)), limit]),
  )
  const given = bandwidthShares(copies, (id) => ({ migrationBytesPerSec: byId.get(id) ?? null }))
  return copies.map(({ migrationId: id }) => given.get(id) ?? null)
}

it('limits nothing where nothing is limited', () => {
  expect(shares([copy(1, 1, 2), copy(2, 1, 3)], {})).toEqual([null, null])
  expect(shares([], { 1: MB })).toEqual([])
})

it('divides what a host may send, and what it may receive, each for itself', () => {
  expect(shares([copy(1, 1, 2), copy(2, 1, 3)], { 1: 10 * MB })).toEqual([5 * MB, 5 * MB])
  expect(shares([copy(1, 1, 3), copy(2, 2, 3)], { 3: 10 * MB })).toEqual([5 * MB, 5 * MB])
  expect(shares([copy(1, 1, 2), copy(2, 2, 1)], { 1: 10 * MB })).toEqual([10 * MB, 10 * MB])
})

it('gives what one cannot use to the others', () => {
  expect(
    shares([copy(1, 1, 2, { bandwidthBytesPerSec: 2 * MB }), copy(2, 1, 3), copy(3, 1, 4)], {
      1: 12 * MB,
    }),
  ).toEqual([2 * MB, 5 * MB, 5 * MB])
  // The first is held back where it arrives; the second gets the rest of where both leave.
  expect(shares([copy(1, 1, 2), copy(2, 1, 3)], { 1: 10 * MB, 2: MB })).toEqual([MB, 9 * MB])
})

it('never gives more than was asked for', () => {
  expect(shares([copy(1, 1, 2, { bandwidthBytesPerSec: MB })], {})).toEqual([MB])
  expect(shares([copy(1, 1, 2, { bandwidthBytesPerSec: 9 * MB })], { 2: MB })).toEqual([MB])
})

it('weighs by priority', () => {
  const three = [
    copy(1, 1, 2, { priority: 'high' }),
    copy(2, 1, 3),
    copy(3, 1, 4, { priority: 'low' }),
  ]
  expect(shares(three, { 1: 7 * MB })).toEqual([4 * MB, 2 * MB, MB])
})

it('rounds down, and goes no lower than what an agent takes', () => {
  const three = [copy(1, 1, 2), copy(2, 1, 3), copy(3, 1, 4)]
  expect(shares(three, { 1: 10 * MB })).toEqual([3_333_333, 3_333_333, 3_333_333])
  expect(shares(three, { 1: leastShareBytesPerSec })).toEqual(
    three.map(() => leastShareBytesPerSec),
  )
})
