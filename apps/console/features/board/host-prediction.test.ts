import type { Migration } from '@drover/api-schema/migration.ts'
import {
  aCompletedState,
  aDomain,
  aFleet,
  aHost,
  aMigration,
  aRound,
  domainId,
  hostId,
  migrationId,
} from '@drover/api-schema/testing/builders.ts'
import { bytesToPages, GIB, MIB } from '@drover/api-schema/units.ts'
import { expect, test } from 'vitest'
import { indexFleet } from '../../client/fleet-index.ts'
import { predictionFor } from './host-prediction.ts'

const source = aHost({ hostId: hostId(1), name: 'xen-01' })
const destination = aHost({ hostId: hostId(2), name: 'xen-02' })
const other = aHost({ hostId: hostId(3), name: 'xen-03' })
const web = aDomain({ domainId: domainId(1), hostId: hostId(1), memCurrentBytes: 4 * GIB })
const mail = aDomain({ domainId: domainId(2), hostId: hostId(1), memCurrentBytes: 4 * GIB })

function indexWith(migrations: Migration[] = []) {
  return indexFleet(
    aFleet({ hosts: [source, destination, other], domains: [web, mail], migrations }),
  )
}

/** It left 400 MiB dirty after 35 s, and 300 MiB after 3.4 s more: a guest that writes far more than is usual. */
const hasMoved = (): Migration => {
  const round = (roundIndex: number, dirtyBytes: number, durationMs: number) =>
    aRound({ roundIndex, dirtyPages: bytesToPages(dirtyBytes), durationMs })
  return aMigration({
    migrationId: migrationId(1),
    domainId: web.domainId,
    state: aCompletedState({
      totalMs: 45_000,
      downtimeMs: 3_000,
      stopReason: 'longer-pause-accepted',
      rounds: [round(0, 400 * MIB, 35_000), round(1, 300 * MIB, 3_400), round(2, 0, 2_500)],
      totalBytes: 5 * GIB,
    }),
    profile: { kind: 'xen-4' },
  })
}

test('a domain that has moved before is judged by what that showed, another one is not', () => {
  const fresh = predictionFor(destination, [web], indexWith())
  const learned = predictionFor(destination, [web], indexWith([hasMoved()]))
  expect(fresh?.basis).toBe('assumed')
  expect(learned?.basis).toBe('measured')
  expect(learned?.bytes).toBeGreaterThan((fresh?.bytes ?? 0) * 1.05)
  expect(predictionFor(destination, [mail], indexWith([hasMoved()]))?.basis).toBe('assumed')
})

test('hosts with equal links are worked out once', () => {
  const index = indexWith()
  expect(predictionFor(other, [web], index)).toBe(predictionFor(destination, [web], index))
})

test('two dropped together, or one beside one that leaves already, share the source', () => {
  const alone = predictionFor(destination, [web], indexWith())?.totalMs ?? 0
  const leaving = aMigration({
    migrationId: migrationId(2),
    domainId: mail.domainId,
    sourceHostId: source.hostId,
    destinationHostId: other.hostId,
  })
  expect(predictionFor(destination, [web, mail], indexWith())?.totalMs).toBeGreaterThan(1.8 * alone)
  expect(predictionFor(destination, [web], indexWith([leaving]))?.totalMs).toBeGreaterThan(
    1.8 * alone,
  )
})
