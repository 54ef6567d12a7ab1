import { agentSocketPath, type HelloFrame } from '@drover/api-schema/agent-protocol.ts'
import type { DomainFacts } from '@drover/api-schema/domain.ts'
import type { HostFacts } from '@drover/api-schema/host.ts'
import { domainMetrics, hostMetrics } from '@drover/api-schema/telemetry.ts'
import { encodeTelemetryBatch } from '@drover/api-schema/telemetry-frame.ts'
import { hostId, someHostFacts, uuid } from '@drover/api-schema/testing/builders.ts'
import { connectSocket, type SocketClient } from './socket-client.ts'

/** An agent's side of the socket, spoken by hand: what a test sends is what goes over the wire. */
export type TestAgent = SocketClient & {
  readonly hello: HelloFrame
  fact(fact: object): number
  report(host: HostFacts, domains?: readonly DomainFacts[], migrations?: readonly object[]): number
}

export function someHello(number: number, overrides: Partial<HelloFrame> = {}): HelloFrame {
  return {
    type: 'hello',
    versions: [1],
    agentVersion: '0.1.0',
    // Made-up ids of this test.
    instanceId: uuid(0x50000 + number) as HelloFrame['instanceId'],
    hostId: hostId(number),
    hostKey: `key-of-host-${number}-`.padEnd(40, 'x'),
    name: `xen-${String(number).padStart(2, '0')}`,
    bootId: uuid(0x30000 + number) as HelloFrame['bootId'],
    acknowledgedSeq: 0,
    ...overrides,
  }
}

export function hostFactsOf(hello: HelloFrame, overrides: Partial<HostFacts> = {}): HostFacts {
  return someHostFacts({
    hostId: hello.hostId,
    name: hello.name,
    bootId: hello.bootId,
    ...overrides,
  })
}

/** Connected, nothing sent yet. */
export async function connectAgent(
  wsUrl: string,
  token: string,
  hello = someHello(1),
): Promise<TestAgent> {
  const client = await connectSocket(`${wsUrl}${agentSocketPath}`, {
    authorization: `Bearer ${token}`,
  })
  let seq = 0
  const fact = (body: object): number => {
    seq = 'seq' in body ? Number(body.seq) : seq + 1
    client.send({ seq, ...body })
    return seq
  }
  return {
    ...client,
    hello,
    fact,
    report: (host, domains = [], migrations = []) =>
      fact({ type: 'inventory-reported', host, domains, migrations }),
  }
}

/** Connected, welcomed, and its inventory acknowledged. */
export async function onlineAgent(
  wsUrl: string,
  token: string,
  options: { hello?: HelloFrame; domains?: readonly DomainFacts[] } = {},
): Promise<TestAgent> {
  const agent = await connectAgent(wsUrl, token, options.hello)
  agent.send(agent.hello)
  await agent.next('welcome')
  agent.report(hostFactsOf(agent.hello), options.domains)
  await agent.next('acknowledged')
  return agent
}

export function rosterFrame(rosterId: number, domainIds: readonly string[]) {
  return { type: 'roster', rosterId, hostMetrics, domainMetrics, domainIds }
}

/** Every value is `value`. */
export function someBatch(
  rosterId: number,
  domainCount: number,
  sampledAt: number,
  value = 0.5,
): Uint8Array {
  return encodeTelemetryBatch({
    rosterId,
    sampledAt,
    domainCount,
    hostValues: new Array(hostMetrics.length).fill(value),
    domainValues: new Array(domainCount * domainMetrics.length).fill(value),
  })
}
