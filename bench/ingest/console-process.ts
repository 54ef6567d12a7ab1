import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EnrolmentTokenId, UserId } from '@drover/api-schema/ids.ts'
import { liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { decodeTelemetryBatch } from '@drover/api-schema/telemetry-frame.ts'
import {
  type Agent,
  createAgentGateway,
  type ReportedFact,
} from '../../apps/console/server/agent-gateway.ts'
import { systemClock } from '../../apps/console/server/clock.ts'
import { createInventory } from '../../apps/console/server/inventory.ts'
import { createLiveHub } from '../../apps/console/server/live-hub.ts'
import { createLog } from '../../apps/console/server/log.ts'
import { backlogOf } from '../../apps/console/server/telemetry/backlog.ts'
import { createIngest } from '../../apps/console/server/telemetry/ingest.ts'
import { serve, tell, usage } from '../lib/child.ts'
import { hostIdOf } from '../lib/fleet.ts'
import { FleetChecksum } from './checksum.ts'

/** The way of a reading through the console, made of the console's own parts and wired as its main.ts wires them. */
const log = createLog('warn')
const inventory = createInventory()
const hub = createLiveHub({
  clock: systemClock,
  log,
  consoleVersion: 'bench',
  isSameOrigin: () => true,
  // The one browser of the benchmark; who may look is not what is measured.
  authenticate: async () => ({
    sessionId: 'bench',
    userId: 'bench' as UserId, // branded
    expiresAt: Number.POSITIVE_INFINITY,
  }),
  snapshot: () => inventory.snapshot(),
  latestBatch: (hostId) => ingest.latest(hostId),
  backlog: (hostId) => {
    const readings = ingest.latest(hostId)
    return readings === null ? [] : backlogOf(readings)
  },
})
const ingest = createIngest((readings) => hub.sampled(readings))
inventory.onPatch((patch) => hub.publish(patch))
let token = ''

const gateway = createAgentGateway({
  clock: systemClock,
  log,
  settings: { sampleIntervalMs: 1000, heartbeatMs: 5000, progressIntervalMs: 250 },
  verifyToken: (secret) =>
    secret === token ? ('00000000-0000-4000-8000-000000000001' as EnrolmentTokenId) : null, // branded
  factReported,
  presenceChanged: (hostId, connection) => inventory.connectionChanged(hostId, connection),
  openRoster: (hostId, roster) => ingest.openRoster(hostId, roster),
  progressed: (_, migrationId, progress) => hub.progressed(migrationId, progress),
})

function factReported(agent: Agent, fact: ReportedFact): void {
  switch (fact.type) {
    case 'inventory-reported':
      return inventory.inventoryReported(fact.host, fact.domains, agent.agentVersion)
    case 'host-changed':
      inventory.hostChanged(fact.host, agent.agentVersion)
      return
    case 'domain-changed':
      return inventory.domainChanged(agent.hostId, fact.domain)
    case 'domain-removed':
      return inventory.domainRemoved(agent.hostId, fact.domainId, fact.generation)
    case 'migration-reported':
      return
    default:
      assertNever(fact)
  }
}

const server = createServer()
server.on('upgrade', (request, socket, head) => {
  if (request.url === liveSocketPath) void hub.upgrade(request, socket, head)
  else gateway.upgrade(request, socket, head)
})
setInterval(() => tell(ingest.batchCount), 20).unref()

/** What the live state holds now: the newest batch as browsers get it, and the newest slot of the ten minutes. */
function state({ hosts }: { hosts: number }) {
  const newest = new FleetChecksum()
  const ring = new FleetChecksum()
  for (let host = 0; host < hosts; host += 1) {
    const readings = ingest.latest(hostIdOf(host))
    if (readings === null) continue
    const decoded = decodeTelemetryBatch(readings.bytes)
    if (decoded.ok) newest.add(host, decoded.value.sampledAt, decoded.value.codes)
    const chunk = readings.ring.chunks.at(-1)
    if (chunk === undefined) continue
    const start = (chunk.count - 1) * chunk.width
    ring.add(host, chunk.at[chunk.count - 1] ?? 0, chunk.codes.subarray(start, start + chunk.width))
  }
  const fleet = inventory.snapshot()
  return {
    newest: newest.result,
    ring: ring.result,
    frames: ingest.batchCount,
    hosts: fleet.hosts.filter((host) => host.connection.status === 'online').length,
    domains: fleet.domains.length,
  }
}

const handlers = {
  listen: (input: { token: string }) =>
    new Promise<string>((resolve) => {
      token = input.token
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo // a TCP server's address
        resolve(`ws://127.0.0.1:${port}`)
      })
    }),
  reading: () => ({ frames: ingest.batchCount, ...usage() }),
  state,
}
export type ConsoleHandlers = typeof handlers
serve(handlers)
