import type { Migration, MigrationPrediction } from '@drover/api-schema/migration.ts'
import { defaultMigrationSettings } from '@drover/api-schema/migration-settings.ts'
import {
  aCompletedState,
  aDomain,
  aHost,
  aMigration,
  aRound,
  domainId,
  hostId,
  migrationId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import { bytesToPages, GIB, MIB } from '@drover/api-schema/units.ts'
import { expect, it } from 'vitest'
import { type Known, predictFor } from './predict.ts'

const preflight = {
  domain: aDomain({ domainId: domainId(1), memCurrentBytes: 2 * GIB }),
  source: aHost({ hostId: hostId(1), nicBytesPerSec: 125e6 }),
  destination: aHost({ hostId: hostId(2), nicBytesPerSec: 125e6 }),
  warnings: [],
}
const profile = { kind: 'xen-4' } as const
function predict(
  known: Partial<Known> = {},
  to: { bandwidthBytesPerSec?: number; preflight?: Partial<typeof preflight> } = {},
): MigrationPrediction {
  const { bandwidthBytesPerSec = null } = to
  const prediction = predictFor(
    { ...preflight, ...to.preflight },
    { profile, bandwidthBytesPerSec },
    {
      earlier: [],
      others: [],
      settings: defaultMigrationSettings,
      ...known,
    },
  )
  if (prediction === null) throw new Error('this profile never gives up')
  return prediction
}

/** One that took `factor` times what was said, and left 40 MiB dirty after its first round. */
function earlier(number: number, factor: number, said: MigrationPrediction): Migration {
  const round = (roundIndex: number, dirtyBytes: number, durationMs: number) =>
    aRound({ roundIndex, dirtyPages: bytesToPages(dirtyBytes), durationMs })
  return aMigration({
    migrationId: migrationId(number),
    domainId: domainId(1),
    predicted: said,
    state: aCompletedState({
      endedAt: testMoment + number,
      totalMs: factor * said.totalMs,
      downtimeMs: said.downtimeMs,
      stopReason: 'few-pages-left',
      rounds: [round(0, 40 * MIB, 17_000), round(1, 2 * MIB, 340), round(2, 0, 20)],
      totalBytes: 2 * GIB,
    }),
  })
}

it('guesses first, then goes by what the domain has shown', () => {
  const guess = predict()
  expect(guess.basis).toBe('assumed')
  const informed = predict({ earlier: [earlier(1, 1, guess)] })
  expect(informed.basis).toBe('measured')
  expect(informed.bytes).toBeLessThan(guess.bytes)
})

it('learns from migration to migration what its predictions are wrong by, and stays there', () => {
  const known: Migration[] = []
  let before = 0
  for (let number = 1; number <= 12; number += 1) {
    const said = predict({ earlier: known })
    // Every copy takes 1.4 times what the model itself says.
    const truth = (1.4 * said.totalMs) / (said.calibration?.total ?? 1)
    if (number === 12) before = said.totalMs / truth
    known.push(earlier(number, truth / said.totalMs, said))
  }
  expect(before).toBeGreaterThan(0.88)
  expect(before).toBeLessThan(1.02)
})

it('counts who else uses the NICs, but not more than the queue lets go at once', () => {
  const alone = predict().totalMs
  const beside = { sourceHostId: hostId(1), destinationHostId: hostId(3) }
  const elsewhere = { sourceHostId: hostId(4), destinationHostId: hostId(3) }
  expect(predict({ others: [elsewhere] }).totalMs).toBe(alone)
  const shared = predict({ others: [beside] }).totalMs
  expect(shared).toBeGreaterThan(1.8 * alone)
  expect(predict({ others: [beside, beside, beside] }).totalMs).toBe(shared)
})

it('knows the limits it will run under: its own, and its share of those of both hosts', () => {
  const alone = predict().totalMs
  expect(predict({}, { bandwidthBytesPerSec: 12_500_000 }).totalMs).toBeGreaterThan(8 * alone)
  const limited = (migrationBytesPerSec: number) => ({
    preflight: { destination: aHost({ ...preflight.destination, migrationBytesPerSec }) },
  })
  const half = predict({}, limited(62_500_000)).totalMs
  expect(half).toBeGreaterThan(1.8 * alone)
  const beside = { sourceHostId: hostId(3), destinationHostId: hostId(2) }
  expect(predict({ others: [beside] }, limited(62_500_000)).totalMs).toBeGreaterThan(1.8 * half)
  expect(predict({}, limited(1e9)).totalMs).toBe(alone)
})
