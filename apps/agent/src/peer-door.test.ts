import { peerLimits } from '@drover/api-schema/peer-protocol.ts'
import { domainId, migrationId } from '@drover/api-schema/testing/builders.ts'
import { expect, it } from 'vitest'
import { createLogger } from './log.ts'
import { PeerDoor } from './peer-door.ts'
import { FakeSocket } from './testing/fake-socket.ts'
import { VirtualClock } from './testing/virtual-clock.ts'

function aDoor() {
  const clock = new VirtualClock()
  const lines: string[] = []
  const log = createLogger((line) => lines.push(line), clock.now.bind(clock))
  const door = new PeerDoor({ clock, log, find: () => null })
  const knock = () => {
    const socket = new FakeSocket()
    door.accept(socket)
    return socket
  }
  return { clock, lines, door, knock }
}

it('lets only so many wait without a hello, and others in when they are gone', async () => {
  const { clock, knock } = aDoor()
  const waiting = Array.from({ length: peerLimits.maxUngreeted }, knock)
  expect(waiting.every(({ isTerminated }) => !isTerminated)).toBe(true)
  expect(knock().isTerminated).toBe(true)
  waiting[0]?.drop(1006)
  expect(knock().isTerminated).toBe(false)
  await clock.advance(peerLimits.helloTimeoutMs)
  expect(waiting.at(-1)?.closed?.code).toBe(4408)
  expect(knock().isTerminated).toBe(false)
})

it('does not read a hello that is larger than any', () => {
  const { knock } = aDoor()
  const hello = {
    type: 'hello',
    versions: [1],
    migrationId: migrationId(1),
    domainId: domainId(1),
    generation: 1,
    ticket: 't'.repeat(43),
  }
  const small = knock()
  small.receive(hello)
  expect(small.closed?.code).toBe(4401)
  const large = knock()
  large.receive({ ...hello, padding: 'x'.repeat(peerLimits.maxHelloBytes) })
  expect(large.closed?.code).toBe(4400)
})

it('logs a refusal once a minute per reason, with the number of those it left out', async () => {
  const { clock, knock, lines } = aDoor()
  for (let count = 0; count < 50; count += 1) knock().receive('nonsense')
  knock().receive('x'.repeat(peerLimits.maxHelloBytes + 1))
  expect(lines).toHaveLength(2)
  await clock.advance(60_000)
  knock().receive('nonsense')
  expect(lines).toHaveLength(3)
  expect(lines[2]).toContain('49')
})

it('drops who is waiting when it closes', () => {
  const { door, knock } = aDoor()
  const waiting = knock()
  door.close()
  expect(waiting.isTerminated).toBe(true)
})
