import { randomUUID } from 'node:crypto'
import {
  type Command,
  closeCodes,
  type MigrationReport,
} from '@drover/api-schema/agent-protocol.ts'
import type { CommandId, DomainId, MigrationId } from '@drover/api-schema/ids.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { TestConsole } from './testing/test-console.ts'
import {
  busyGuest,
  fastHost,
  newMove,
  prepare,
  settleMove,
  start,
  startMove,
  TestHost,
} from './testing/test-host.ts'

let console_: TestConsole
let source: TestHost
let destination: TestHost

beforeEach(async () => {
  console_ = await TestConsole.start()
})
afterEach(async () => {
  await source.stop()
  await destination.stop()
  await console_.stop()
  expect(console_.badFrames).toEqual([])
})

async function pair(name: string, memMib = 256, nicMbit = 20_000): Promise<void> {
  source = await TestHost.start(fastHost('xen-a', [busyGuest(name, memMib)], { nicMbit }), console_)
  destination = await TestHost.start(fastHost('xen-b'), console_)
  await console_.until('inventories', () =>
    [source, destination].every((host) => console_.facts(host.hostId).length > 0),
  )
}

describe('a live migration', () => {
  it('moves a busy guest from agent to agent with an equal digest and a measured downtime', async () => {
    await pair('web-7')
    const { migrationId, domain, generation } = await startMove(source, destination, 'web-7')
    const ended = await console_.reported(source.hostId, migrationId, 'completed')
    const activated = await console_.reported(destination.hostId, migrationId, 'activated')
    if (ended.role !== 'source' || ended.state.status !== 'completed')
      throw new Error('not a source')
    if (activated.role !== 'destination' || activated.state.status !== 'activated')
      throw new Error('not a destination')
    expect(ended.state.digest).toBe(activated.state.digest)
    expect(ended.state.digest).toMatch(/^[0-9a-f]{16}$/)
    expect(ended.state.downtimeMs).toBeGreaterThan(0)
    expect(ended.state.totalBytes).toBeGreaterThanOrEqual(256 * 1024 * 1024)
    expect(ended.state.rounds.length).toBeGreaterThanOrEqual(2)
    expect(source.domain('web-7')).toBeNull()
    expect(destination.domain('web-7')?.generation).toBe(generation)
    expect(destination.isExecuting(domain.domainId)).toBe(true)
    await console_.until('the source says it is gone', () =>
      console_
        .facts(source.hostId)
        .find((fact) => fact.type === 'domain-removed' && fact.domainId === domain.domainId),
    )
    await console_.until('the destination says it is there', () =>
      console_
        .facts(destination.hostId)
        .find((fact) => fact.type === 'domain-changed' && fact.domain.domainId === domain.domainId),
    )
    await console_.until('progress was told', () =>
      console_.host(source.hostId).frames.find((frame) => frame.type === 'migration-progressed'),
    )
  })
})

/** Slow enough that the copy is still going on when the test acts: 256 MiB over 100 Mbit/s is 21 s. */
const slowNic = 100

function copying(migrationId: MigrationId): Promise<unknown> {
  return console_.until('bytes have moved', () =>
    console_
      .host(source.hostId)
      .frames.find(
        (frame) =>
          frame.type === 'migration-progressed' &&
          frame.migrationId === migrationId &&
          frame.progress.totalBytes > 0,
      ),
  )
}

function refusalOf(report: MigrationReport) {
  return report.role !== 'none' && 'refusal' in report.state ? report.state.refusal.code : null
}

function expectRunsOnSource(domainId: DomainId): void {
  expect(source.isExecuting(domainId)).toBe(true)
  expect(destination.hypervisor.findDomain(domainId)).toBeNull()
}

describe('a copy that is steered', () => {
  it('is let go from its limit, told to pause, and ends for that reason', async () => {
    await pair('web-7', 64, slowNic)
    const { migrationId } = await startMove(source, destination, 'web-7')
    await copying(migrationId)
    const steer = (bandwidthBytesPerSec: number | null, pausesNext: boolean) =>
      console_.command(source.hostId, {
        kind: 'steer-outgoing',
        migrationId,
        steering: { bandwidthBytesPerSec, pausesNext },
      })
    // Next to nothing: it would take a minute.
    expect(await steer(1_000_000, false)).toEqual({ kind: 'done' })
    expect(await steer(null, true)).toEqual({ kind: 'done' })
    const ended = await console_.reported(source.hostId, migrationId, 'completed')
    expect(ended).toMatchObject({ state: { stopReason: 'asked-to-pause' } })
    // The round that ran, and what it left.
    expect(ended).toMatchObject({ state: { rounds: [{ roundIndex: 0 }, { roundIndex: 1 }] } })
    expect(await steer(null, false)).toMatchObject({ refusal: { code: 'migration-ended' } })
  })
})

describe('a migration that does not arrive', () => {
  it('is cancelled before the point of no return, and the guest runs on', async () => {
    await pair('web-7', 256, slowNic)
    const { migrationId, domain } = await startMove(source, destination, 'web-7')
    await copying(migrationId)
    const freeBefore = destination.hypervisor.memFreeBytes()
    expect(await console_.command(source.hostId, { kind: 'cancel-outgoing', migrationId })).toEqual(
      { kind: 'done' },
    )
    const failed = await console_.reported(source.hostId, migrationId, 'failed')
    const aborted = await console_.reported(destination.hostId, migrationId, 'aborted')
    expect([refusalOf(failed), refusalOf(aborted)]).toEqual([
      'cancelled-by-administrator',
      'cancelled-by-administrator',
    ])
    expectRunsOnSource(domain.domainId)
    expect(destination.hypervisor.memFreeBytes()).toBe(freeBefore + 256 * 1024 * 1024)
    expect(
      await console_.command(source.hostId, { kind: 'cancel-outgoing', migrationId }),
    ).toMatchObject({
      refusal: { code: 'migration-ended' },
    })
  })

  it('fails with peer-lost on both sides when the stream is cut', async () => {
    await pair('web-7', 256, slowNic)
    const { migrationId, domain } = await startMove(source, destination, 'web-7')
    await copying(migrationId)
    destination.dropPeers()
    expect(refusalOf(await console_.reported(source.hostId, migrationId, 'failed'))).toBe(
      'peer-lost',
    )
    expect(refusalOf(await console_.reported(destination.hostId, migrationId, 'aborted'))).toBe(
      'peer-lost',
    )
    expectRunsOnSource(domain.domainId)
  })

  it.each([
    ['shut-down', 'shut-off'],
    ['reboot', 'running'],
    ['destroy', 'shut-off'],
  ] as const)(
    'fails with domain-stopped after %s in a round; the domain ends %s on the source',
    async (action, expected) => {
      await pair('web-7', 256, slowNic)
      const { migrationId, domain } = await startMove(source, destination, 'web-7')
      await copying(migrationId)
      const done = await console_.command(source.hostId, {
        kind: 'domain-action',
        domainId: domain.domainId,
        action,
      })
      expect(done).toEqual({ kind: 'done' })
      expect(refusalOf(await console_.reported(source.hostId, migrationId, 'failed'))).toBe(
        'domain-stopped',
      )
      await console_.reported(destination.hostId, migrationId, 'aborted')
      expect(destination.hypervisor.findDomain(domain.domainId)).toBeNull()
      await console_.until(
        `the domain is ${expected}`,
        () => source.facts('web-7').state.status === expected,
      )
    },
  )

  it('gives the reservation back when it is called off, and refuses the attempt for good', async () => {
    await pair('web-7')
    const move = newMove(source, 'web-7')
    const ticket = await prepare(source, destination, move)
    const { domain, generation, migrationId } = move
    const { domainId } = domain
    const free = destination.hypervisor.memFreeBytes()
    await console_.command(destination.hostId, {
      kind: 'abort-incoming',
      migrationId,
      domainId,
      generation,
    })
    expect(destination.hypervisor.memFreeBytes()).toBe(free + 256 * 1024 * 1024)
    const started = await start(source, destination, { move, ticket })
    expect(started).toEqual({ kind: 'done' })
    expect(refusalOf(await console_.reported(source.hostId, move.migrationId, 'failed'))).toBe(
      'ticket-invalid',
    )
    expectRunsOnSource(move.domain.domainId)
  })

  it('is refused when the calling off overtakes the preparation', async () => {
    await pair('web-7')
    const { domain, generation, migrationId } = newMove(source, 'web-7')
    const { domainId } = domain
    const aborted = await console_.command(destination.hostId, {
      kind: 'abort-incoming',
      migrationId,
      domainId,
      generation,
    })
    expect(aborted).toMatchObject({ kind: 'report', report: { state: { status: 'aborted' } } })
    const late = {
      kind: 'prepare-incoming',
      migrationId,
      generation,
      sourceHostId: source.hostId,
      domain,
    } as const
    expect(await console_.command(destination.hostId, late)).toMatchObject({
      refusal: { code: 'migration-ended' },
    })
  })
})

describe('a fault switched on by the name of a domain', () => {
  it.each([
    ['sentinel-lost-peer-1', 'failed', 'peer-lost'],
    ['sentinel-crash-in-round-1', 'failed', 'domain-stopped'],
    ['sentinel-digest-mismatch-1', 'failed', 'digest-mismatch'],
    ['sentinel-refuse-activate-1', 'failed', 'hypervisor-refused'],
  ] as const)(
    '%s ends %s with %s and leaves nothing on the destination',
    async (name, ending, code) => {
      await pair(name, 128, 2_000)
      const { migrationId, domain } = await startMove(source, destination, name)
      expect(refusalOf(await console_.reported(source.hostId, migrationId, ending))).toBe(code)
      await console_.reported(destination.hostId, migrationId, 'aborted')
      expect(destination.hypervisor.findDomain(domain.domainId)).toBeNull()
      expect(source.isExecuting(domain.domainId)).toBe(!name.includes('crash'))
    },
  )

  it('sentinel-no-memory is refused at the preparation', async () => {
    await pair('sentinel-no-memory-1')
    const move = newMove(source, 'sentinel-no-memory-1')
    await expect(prepare(source, destination, move)).rejects.toThrow('not-enough-memory')
  })

  it('sentinel-lost-answer stays in doubt, paused, until the destination was asked', async () => {
    await pair('sentinel-lost-answer-1')
    const move = await startMove(source, destination, 'sentinel-lost-answer-1')
    const { migrationId, domain } = move
    await console_.reported(destination.hostId, migrationId, 'activated')
    // Committed is said when it is so, and again when the answer is lost.
    await console_.until(
      'the source is in doubt',
      () =>
        console_
          .reports(source.hostId, migrationId)
          .filter((report) => report.role === 'source' && report.state.status === 'committed')
          .length >= 2,
    )
    expect(source.hypervisor.findDomain(domain.domainId)?.state).toBe('suspended')
    expect(source.isExecuting(domain.domainId)).toBe(false)
    const cancel = await console_.command(source.hostId, { kind: 'cancel-outgoing', migrationId })
    expect(cancel).toMatchObject({ refusal: { code: 'past-point-of-no-return' } })
    expect(await settleMove(source, destination, move)).toBe('destination')
    const ended = await console_.reported(source.hostId, migrationId, 'completed')
    expect(ended).toMatchObject({ state: { downtimeMs: null } })
    expect(source.hypervisor.findDomain(domain.domainId)).toBeNull()
    expect(destination.isExecuting(domain.domainId)).toBe(true)
  })
})

describe('commands', () => {
  it('with the same id at the same time take effect once and are answered alike', async () => {
    await pair('web-7', 256, slowNic)
    const { domain, generation, migrationId } = newMove(source, 'web-7')
    const command: Command = {
      kind: 'prepare-incoming',
      migrationId,
      generation,
      sourceHostId: source.hostId,
      domain,
    }
    const commandId = 'prepare-once' as CommandId // any text is one
    const text = JSON.stringify({ type: 'command', commandId, command })
    const free = destination.hypervisor.memFreeBytes()
    for (let copy = 0; copy < 3; copy += 1) console_.sendRaw(destination.hostId, text)
    const answers = await console_.until('three answers', () => {
      const found = console_.answersTo(destination.hostId, commandId)
      return found.length === 3 && found
    })
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.kind).toBe('prepared')
    expect(destination.hypervisor.memFreeBytes()).toBe(free - 256 * 1024 * 1024)
  })

  it('about an attempt that is not the newest are refused', async () => {
    await pair('web-7', 64)
    const { generation } = await startMove(source, destination, 'web-7').then(async (move) => {
      await console_.reported(source.hostId, move.migrationId, 'completed')
      return move
    })
    await console_.until('the destination has told of it', () =>
      console_.facts(destination.hostId).find((fact) => fact.type === 'domain-changed'),
    )
    const late = { ...newMove(destination, 'web-7'), generation }
    const ticket = {
      kind: 'prepared',
      ticket: 'x'.repeat(32),
      peerUrl: 'ws://127.0.0.1:9/peer',
    } as const
    expect(await start(destination, source, { move: late, ticket })).toMatchObject({
      refusal: { code: 'stale-generation' },
    })
  })

  it('are reported on when nobody knows the migration', async () => {
    await pair('web-7')
    const about = {
      migrationId: randomUUID() as MigrationId,
      domainId: source.facts('web-7').domainId,
      generation: 9,
    }
    expect(await console_.command(source.hostId, { kind: 'report-migration', ...about })).toEqual({
      kind: 'report',
      report: { role: 'none', ...about },
    })
  })
})

describe('the door for other agents', () => {
  const hello = (
    move: { migrationId: MigrationId; domain: { domainId: DomainId }; generation: number },
    ticket: string,
  ) =>
    JSON.stringify({
      type: 'hello',
      versions: [1],
      migrationId: move.migrationId,
      domainId: move.domain.domainId,
      generation: move.generation,
      ticket,
    })

  function knock(url: string, ...frames: (string | Uint8Array)[]): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url)
      socket.on('open', () => {
        for (const frame of frames) socket.send(frame)
      })
      socket.on('close', resolve)
      socket.on('error', reject)
    })
  }

  it('closes strangers with the documented codes and keeps the reservation for the one with the ticket', async () => {
    await pair('web-7', 64)
    const move = newMove(source, 'web-7')
    const ticket = await prepare(source, destination, move)
    const { peerUrl } = ticket
    const wrong = 'w'.repeat(43)
    expect(await knock(peerUrl, hello(move, wrong))).toBe(closeCodes['not-authenticated'])
    expect(
      await knock(peerUrl, hello({ ...move, generation: move.generation + 1 }, ticket.ticket)),
    ).toBe(closeCodes['not-authenticated'])
    expect(await knock(peerUrl, '{"type":"heartbeat"}')).toBe(closeCodes.malformed)
    expect(await knock(peerUrl, 'not json')).toBe(closeCodes.malformed)
    expect(await knock(peerUrl, new Uint8Array(64))).toBe(closeCodes.malformed)
    expect(await knock(peerUrl, hello(move, ticket.ticket).replace('[1]', '[99]'))).toBe(
      closeCodes['no-common-version'],
    )
    // Larger than any frame: the WebSocket layer itself says so.
    expect(await knock(peerUrl, new Uint8Array(5 * 1024 * 1024))).toBe(1009)
    await start(source, destination, { move, ticket })
    await console_.reported(source.hostId, move.migrationId, 'completed')
    // The ticket was for one time.
    expect(await knock(peerUrl, hello(move, ticket.ticket))).toBe(closeCodes['not-authenticated'])
    expect(destination.isExecuting(move.domain.domainId)).toBe(true)
  })

  it('aborts on pages beyond the credit or out of the image, and the guest stays', async () => {
    await pair('web-7', 64)
    const move = newMove(source, 'web-7')
    const { peerUrl, ticket } = await prepare(source, destination, move)
    const pages = new Uint8Array(8 + 5)
    pages[0] = 1
    pages[2] = 1
    expect(await knock(peerUrl, hello(move, ticket), pages)).not.toBe(1006)
    await console_.reported(destination.hostId, move.migrationId, 'aborted')
    expectRunsOnSource(move.domain.domainId)
  })
})

describe('two migrations at once', () => {
  it('share the links and both arrive', async () => {
    source = await TestHost.start(
      fastHost('xen-a', [busyGuest('web-1', 64), busyGuest('web-2', 64)]),
      console_,
    )
    destination = await TestHost.start(fastHost('xen-b', [busyGuest('web-3', 64)]), console_)
    await console_.until('inventories', () =>
      [source, destination].every((host) => console_.facts(host.hostId).length > 0),
    )
    const moves = await Promise.all([
      startMove(source, destination, 'web-1'),
      startMove(source, destination, 'web-2'),
      startMove(destination, source, 'web-3'),
    ])
    const from = [source, source, destination]
    await Promise.all(
      moves.map(({ migrationId }, index) =>
        console_.reported((from[index] ?? source).hostId, migrationId, 'completed'),
      ),
    )
    const names = (host: TestHost) => host.hypervisor.domains().map(({ name }) => name)
    expect(names(source)).toEqual(['web-3'])
    expect(names(destination).sort()).toEqual(['web-1', 'web-2'])
  })
})
