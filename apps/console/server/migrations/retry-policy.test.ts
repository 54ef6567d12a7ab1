import { type ErrorCode, errorTable, refusal } from '@drover/api-schema/errors.ts'
import { aMigration, migrationId, testMoment } from '@drover/api-schema/testing/builders.ts'
import { expect, it } from 'vitest'
import { isMended, retryPauseMs, wantsRetry } from './retry-policy.ts'
import { successorIdOf } from './successor.ts'

const codes = Object.keys(errorTable) as ErrorCode[] // its keys are the codes
const failedWith = (code: ErrorCode, more: Parameters<typeof aMigration>[0]) =>
  aMigration({
    state: {
      phase: 'failed',
      startedAt: null,
      endedAt: testMoment,
      failedIn: 'pre-copy',
      refusal: refusal(code),
      rounds: [],
      totalBytes: 0,
    },
    ...more,
  })

it('tries again on another host whatever it tries again on the same one, and more', () => {
  const same = codes.filter((code) => isMended(code, 'same-host'))
  const next = codes.filter((code) => isMended(code, 'next-best-host'))
  expect(next).toEqual(expect.arrayContaining(same))
  expect(next.length).toBeGreaterThan(same.length)
  expect(same).toContain('peer-lost')
  expect(next).not.toContain('not-converging')
  expect(next).not.toContain('domain-stopped')
  expect(next).not.toContain('not-migratable')
  expect(codes.some((code) => isMended(code, 'none'))).toBe(false)
})

it('counts the tries', () => {
  const retry = { kind: 'same-host', attempts: 2 } as const
  expect(
    [1, 2, 3].map((attempt) => wantsRetry(failedWith('peer-lost', { retry, attempt }))),
  ).toEqual([true, true, false])
  expect(wantsRetry(failedWith('not-migratable', { retry }))).toBe(false)
  expect(wantsRetry(aMigration({ retry }))).toBe(false)
})

it('has nothing to try again with once the domain was lost after it had gone over', () => {
  const retry = { kind: 'next-best-host', attempts: 2 } as const
  const failed = failedWith('host-rebooted', { retry })
  expect(wantsRetry(failed)).toBe(true)
  const { state } = failed
  if (state.phase !== 'failed') throw new Error(state.phase)
  expect(wantsRetry({ ...failed, state: { ...state, failedIn: 'post-copy' } })).toBe(false)
})

it('pauses for longer each time, up to five minutes', () => {
  expect([1, 2, 3, 6, 7, 10].map(retryPauseMs)).toEqual([
    5_000, 10_000, 20_000, 160_000, 300_000, 300_000,
  ])
})

it('has one successor for each migration', () => {
  const ids = Array.from({ length: 200 }, (_, number) => migrationId(number))
  expect(new Set(ids.map(successorIdOf)).size).toBe(ids.length)
  expect(successorIdOf(migrationId(1))).toBe(successorIdOf(migrationId(1)))
  expect(successorIdOf(successorIdOf(migrationId(1)))).not.toBe(successorIdOf(migrationId(1)))
})
