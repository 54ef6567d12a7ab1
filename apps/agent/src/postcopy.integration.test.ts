import type { MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { MigrationProfile } from '@drover/api-schema/migration.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestConsole } from './testing/test-console.ts'
import { fastHost, startMove, TestHost } from './testing/test-host.ts'

/**
 * Post-copy between real agents on real sockets: a guest that writes most of its memory faster than the network carries it, so
 * that its rounds never shrink.
 */
let console_: TestConsole
let source: TestHost
let destination: TestHost

const hungry = (name: string) => ({
  name,
  memMib: 32,
  os: { family: 'linux' as const, name: 'Debian 12' },
  workload: { shape: 'memory-writer' as const, cpu: 0.5, regionMib: 24, writeMibPerSec: 400 },
})
const profile: MigrationProfile = {
  kind: 'downtime-target',
  downtimeLimitMs: 50,
  lastResort: { kind: 'post-copy' },
}

beforeEach(async () => {
  console_ = await TestConsole.start()
})
afterEach(async () => {
  await source.stop()
  await destination.stop()
  await console_.stop()
  expect(console_.badFrames).toEqual([])
})

async function pair(name = 'db-1', nicMbit = 800): Promise<void> {
  source = await TestHost.start(fastHost('xen-a', [hungry(name)], { nicMbit }), console_)
  destination = await TestHost.start(fastHost('xen-b', [], { nicMbit }), console_)
  await console_.until('inventories', () =>
    [source, destination].every((host) => console_.facts(host.hostId).length > 0),
  )
}

function stateOf<Role extends 'source' | 'destination'>(report: MigrationReport, role: Role) {
  if (report.role !== role) throw new Error(`not the ${role}`)
  return report.state as Extract<MigrationReport, { role: Role }>['state']
}

/** The figures of both sides, once both have ended well. */
async function completed(migrationId: MigrationId) {
  const left = stateOf(await console_.reported(source.hostId, migrationId, 'completed'), 'source')
  const came = stateOf(
    await console_.reported(destination.hostId, migrationId, 'activated'),
    'destination',
  )
  if (left.status !== 'completed' || came.status !== 'activated') throw new Error('not ended')
  return { left, came }
}

function expectRunsThere(domainId: string): void {
  expect(source.hypervisor.findDomain(domainId)).toBeNull()
  expect(destination.isExecuting(domainId)).toBe(true)
  expect(destination.hypervisor.xen.inspectFilling(domainId)).toBeNull()
}

/** So slow that the pages are still following when the test acts. */
const slow = { nicMbit: 100, name: 'db-1' }

async function following(): Promise<{ migrationId: MigrationId; domainId: string }> {
  await pair(slow.name, slow.nicMbit)
  const { migrationId, domain } = await startMove(source, destination, slow.name, profile)
  const steering = { bandwidthBytesPerSec: null, pausesNext: false, goesPostCopy: true }
  await console_.reported(source.hostId, migrationId, 'copying')
  await console_.command(source.hostId, { kind: 'steer-outgoing', migrationId, steering })
  await console_.reported(source.hostId, migrationId, 'serving')
  await pagesCame(migrationId)
  return { migrationId, domainId: domain.domainId }
}

/** The destination has told of a page that followed. */
function pagesCame(migrationId: MigrationId): Promise<unknown> {
  return console_.until('pages have followed', () =>
    console_
      .host(destination.hostId)
      .frames.find(
        (frame) =>
          frame.type === 'migration-progressed' &&
          frame.migrationId === migrationId &&
          frame.progress.roundSentPages > 0,
      ),
  )
}

describe('a guest that writes faster than it can be copied', () => {
  it('runs on the destination before its memory is there, and is proven when it is', async () => {
    await pair()
    const { migrationId, domain } = await startMove(source, destination, 'db-1', profile)
    const { left, came } = await completed(migrationId)
    expect(left.stopReason).toBe('no-progress')
    expect(left.digest).toBe(came.digest)
    expect(came.digest).toMatch(/^[0-9a-f]{16}$/)
    expect(left.downtimeMs).toBeGreaterThan(0)
    expect(came.postCopy).toEqual(left.postCopy)
    expect(came.postCopy?.pages).toBeGreaterThan(5000)
    expect(came.postCopy?.demandedPages).toBeGreaterThan(0)
    expect(came.postCopy?.waitedMs).toBeGreaterThan(0)
    const last = left.rounds.at(-1)
    expect(last).toMatchObject({ sentPages: came.postCopy?.pages, dirtyPages: 0 })
    expect(left.totalBytes).toBe(left.rounds.reduce((sum, round) => sum + round.bytes, 0))
    expectRunsThere(domain.domainId)
  })

  it('goes over at once when somebody asks for it, in the middle of a round', async () => {
    const { migrationId, domainId } = await following()
    const refused = await console_.command(source.hostId, { kind: 'cancel-outgoing', migrationId })
    expect(refused).toMatchObject({
      kind: 'rejected',
      refusal: { code: 'past-point-of-no-return' },
    })
    const { left } = await completed(migrationId)
    expect(left.stopReason).toBe('asked-for-post-copy')
    expectRunsThere(domainId)
  })

  it('stays on the source when what the destination holds is not what was sent', async () => {
    await pair('sentinel-digest-mismatch-1')
    const { migrationId, domain } = await startMove(
      source,
      destination,
      'sentinel-digest-mismatch-1',
      profile,
    )
    const failed = await console_.reported(source.hostId, migrationId, 'failed')
    expect(failed).toMatchObject({ state: { refusal: { code: 'digest-mismatch' } } })
    expect(source.isExecuting(domain.domainId)).toBe(true)
    expect(destination.hypervisor.findDomain(domain.domainId)).toBeNull()
  })
})

describe('while its pages follow', () => {
  it('a stream that is lost is opened again and the rest comes', async () => {
    const { migrationId, domainId } = await following()
    destination.dropPeers()
    await completed(migrationId)
    expectRunsThere(domainId)
  })

  it.each(['source', 'destination'] as const)(
    'the agent of the %s may be killed: what it misses by its own word comes',
    async (role) => {
      const { migrationId, domainId } = await following()
      const host = role === 'source' ? source : destination
      host.kill()
      expect(source.isExecuting(domainId)).toBe(false)
      await host.restart()
      const { left, came } = await completed(migrationId)
      expect(left.digest).toBe(came.digest)
      expectRunsThere(domainId)
    },
  )

  it('the destination may come back at another address, which the console passes on', async () => {
    const { migrationId, domainId } = await following()
    const reach = (peerUrl: string) =>
      console_.command(source.hostId, { kind: 'reach-destination', migrationId, peerUrl })
    // Nobody listens there: the stream is gone until the right address is told.
    expect(await reach('ws://127.0.0.1:1/peer')).toEqual({ kind: 'done' })
    const peerUrl = destination.agent.migrations.reportOf(migrationId) && destination.peerUrl
    expect(await reach(String(peerUrl))).toEqual({ kind: 'done' })
    await completed(migrationId)
    expectRunsThere(domainId)
  })

  it('a guest that reboots needs none of them any more', async () => {
    const { migrationId, domainId } = await following()
    await destination.hypervisor.act(domainId as never, 'destroy')
    const { came } = await completed(migrationId)
    expect(came.digest).toBe('')
    expect(source.hypervisor.findDomain(domainId)).toBeNull()
  })

  it('it is stopped where the rest is gone for good, and its definition stays', async () => {
    const { migrationId, domainId } = await following()
    source.kill()
    const about = { migrationId, domainId: domainId as never, generation: 1 }
    const answer = await console_.command(destination.hostId, { kind: 'lose-incoming', ...about })
    expect(answer).toMatchObject({ report: { state: { status: 'lost' } } })
    await console_.until(
      'the domain is shut off',
      () => destination.hypervisor.findDomain(domainId)?.state === 'shut-off' || null,
    )
  })
})
