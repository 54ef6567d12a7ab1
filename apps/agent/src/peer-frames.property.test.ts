import { agentDownFrameSchema } from '@drover/api-schema/agent-protocol.ts'
import {
  decodePageFrame,
  encodePageFrame,
  peerDownFrameSchema,
  peerUpFrameSchema,
} from '@drover/api-schema/peer-protocol.ts'
import { uuid } from '@drover/api-schema/testing/builders.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { silentLogger } from './log.ts'
import { PeerDoor } from './peer-door.ts'
import { arrivalSchema, handoverSchema } from './sim-wire.ts'
import { parseJson } from './socket.ts'
import { FakeSocket } from './testing/fake-socket.ts'
import { VirtualClock } from './testing/virtual-clock.ts'

const runs = { numRuns: 10_000 }

/** Good frames with something wrong in them come closer to the edge than noise does. */
const goodFrames = [
  {
    type: 'hello',
    versions: [1],
    migrationId: uuid(1),
    domainId: uuid(2),
    generation: 1,
    ticket: 't'.repeat(32),
  },
  { type: 'image-ended', pageCount: 1, digest: 'ab', deviceState: '{}' },
  { type: 'activate', generation: 1 },
  { type: 'credit', bytes: 4096 },
  { type: 'ready', digest: 'ab' },
  { type: 'refused', refusal: { code: 'peer-refused', message: 'no' } },
  { type: 'command', commandId: 'c', command: { kind: 'cancel-outgoing', migrationId: uuid(1) } },
  { type: 'welcome', version: 1, sessionId: uuid(3), resumeAfterSeq: 0, settings: {} },
]
const damaged = fc
  .tuple(fc.constantFrom(...goodFrames), fc.string(), fc.anything())
  .map(([frame, key, value]) => ({ ...frame, [key === '' ? 'type' : key]: value }))
const cut = fc
  .tuple(fc.constantFrom(...goodFrames), fc.nat(200))
  .map(([frame, length]) => JSON.stringify(frame).slice(0, length))
const safeJson = (value: unknown) => {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}
const text = fc.oneof(
  cut,
  damaged.map(safeJson),
  fc.json(),
  fc.string(),
  fc.string({ unit: 'binary' }),
)

describe('frames nobody should send', () => {
  it.each([
    ['the console’s frames', agentDownFrameSchema],
    ['a source’s frames', peerUpFrameSchema],
    ['a destination’s frames', peerDownFrameSchema],
    ['the description of an arriving domain', arrivalSchema],
    ['the device state', handoverSchema],
  ])('are refused as values by the decoder of %s', (_, schema) => {
    fc.assert(
      fc.property(text, (given) => {
        const parsed = schema.safeParse(parseJson(given))
        // What is accepted is accepted again as it was understood.
        if (parsed.success) expect(schema.safeParse(parsed.data).success).toBe(true)
      }),
      runs,
    )
  })

  it('are refused as values by the decoder of page frames', () => {
    const frame = encodePageFrame({
      roundIndex: 3,
      frames: Uint32Array.of(1, 2, 3),
      versions: Uint8Array.of(4, 5, 6),
      payload: null,
    })
    const mutated = fc
      .tuple(fc.nat(frame.length - 1), fc.nat(255), fc.nat(frame.length + 8))
      .map(([at, byte, length]) => {
        const copy = new Uint8Array(length)
        copy.set(frame.subarray(0, length))
        if (at < length) copy[at] = byte
        return copy
      })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (given) => {
        const decoded = decodePageFrame(given)
        if (!decoded.ok) return
        expect(encodePageFrame(decoded.value)).toEqual(new Uint8Array(given))
      }),
      runs,
    )
  })

  it('close the door of the peer socket with a documented code and reach nobody', () => {
    const clock = new VirtualClock()
    let found = 0
    const deps = {
      clock,
      log: silentLogger,
      find: () => {
        found += 1
        return null
      },
    }
    fc.assert(
      fc.property(
        fc.array(fc.oneof(text, fc.uint8Array({ maxLength: 50 })), { minLength: 1, maxLength: 4 }),
        (frames) => {
          const socket = new FakeSocket()
          new PeerDoor(deps).accept(socket)
          for (const frame of frames) socket.receive(frame)
          expect([4400, 4401, 4406]).toContain(socket.closed?.code)
        },
      ),
      runs,
    )
    // No timer is left behind by any of them.
    expect(clock.timerCount).toBe(0)
    expect(found).toBeGreaterThan(0)
  })

  it('are waited for ten seconds and no longer', async () => {
    const clock = new VirtualClock()
    const socket = new FakeSocket()
    new PeerDoor({ clock, log: silentLogger, find: () => null }).accept(socket)
    await clock.advance(9_999)
    expect(socket.closed).toBeNull()
    await clock.advance(1)
    expect(socket.closed?.code).toBe(4408)
  })
})
