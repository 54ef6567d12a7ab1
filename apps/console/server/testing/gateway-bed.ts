import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AgentFact, RosterFrame } from '@drover/api-schema/agent-protocol.ts'
import type { EnrolmentTokenId, HostId } from '@drover/api-schema/ids.ts'
import { uuid } from '@drover/api-schema/testing/builders.ts'
import { type AgentGateway, createAgentGateway, type ReportedFact } from '../agent-gateway.ts'
import { createLog } from '../log.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'

type Batch = { hostId: HostId; rosterId: number; sampledAt: number; firstCode: number }

/** The gateway alone on a real port, under a virtual clock; what it reports is written down. */
export type GatewayBed = {
  readonly wsUrl: string
  readonly clock: VirtualClock
  readonly gateway: AgentGateway
  readonly facts: { hostId: HostId; fact: ReportedFact }[]
  readonly presence: string[]
  readonly batches: Batch[]
  readonly progress: string[]
  readonly logLines: { level: string; message: string; [field: string]: unknown }[]
  /** Set to make the next fact break the console. */
  breakOnFact: AgentFact['type'] | null
  /** Resolves once this many batches have arrived in all. */
  batchCount(count: number): Promise<void>
  presenceIs(hostId: HostId, status: string): Promise<void>
  stop(): Promise<void>
}

export const goodToken = 'a-good-token'
// Made up for the tests.
export const goodTokenId = uuid(0x70001) as EnrolmentTokenId

export async function createGatewayBed(): Promise<GatewayBed> {
  const clock = createVirtualClock()
  const watchers = new Set<() => void>()
  const changed = () => {
    for (const watcher of [...watchers]) watcher()
  }
  const until = (isTrue: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isTrue()) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  const status = new Map<HostId, string>()
  const logLines: GatewayBed['logLines'] = []
  const server = createServer()
  const bed: Omit<GatewayBed, 'gateway' | 'wsUrl'> = {
    clock,
    facts: [],
    presence: [],
    batches: [],
    progress: [],
    logLines,
    breakOnFact: null,
    batchCount: (count) => until(() => bed.batches.length >= count),
    presenceIs: (hostId, wanted) => until(() => status.get(hostId) === wanted),
    async stop() {
      gateway.stop()
      clock.advance(10_000)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const gateway = createAgentGateway({
    clock,
    log: createLog('debug', (line) => logLines.push(JSON.parse(line))),
    settings: { sampleIntervalMs: 1000, heartbeatMs: 5000, progressIntervalMs: 250 },
    verifyToken: (secret) => (secret === goodToken ? goodTokenId : null),
    factReported(agent, fact) {
      if (bed.breakOnFact === fact.type) {
        bed.breakOnFact = null
        throw new Error('a bug made by the test')
      }
      bed.facts.push({ hostId: agent.hostId, fact })
      changed()
    },
    presenceChanged(hostId, connection) {
      bed.presence.push(`${hostId.slice(-2)} ${connection.status}`)
      status.set(hostId, connection.status)
      changed()
    },
    openRoster: (hostId: HostId, roster: RosterFrame) => (batch, _frame, sampledAt) => {
      bed.batches.push({
        hostId,
        rosterId: roster.rosterId,
        sampledAt,
        firstCode: batch.codes[0] ?? -1,
      })
      changed()
    },
    progressed: (_hostId, migrationId) => {
      bed.progress.push(migrationId)
      changed()
    },
  })
  server.on('upgrade', gateway.upgrade)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  return Object.assign(bed, { gateway, wsUrl: `ws://127.0.0.1:${port}` })
}
