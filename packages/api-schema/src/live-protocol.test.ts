import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  decodeSamples,
  encodeSamples,
  maxForwardedBatchBytes,
  maxSampleSlot,
  type SampleEntry,
} from './live-protocol.ts'
import { domainMetrics, hostMetrics } from './telemetry.ts'
import { telemetryBatchBytes } from './telemetry-frame.ts'

const entries = fc.array(
  fc.record({
    slot: fc.nat({ max: maxSampleSlot }),
    isPast: fc.boolean(),
    batch: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 30 },
)
const plain = (list: readonly SampleEntry[]) =>
  list.map(({ slot, isPast, batch }) => ({ slot, isPast, batch: [...batch] }))

it('forwards batches byte for byte', () => {
  fc.assert(
    fc.property(entries, (list) => {
      const decoded = decodeSamples(encodeSamples(list))
      if (!decoded.ok) throw new Error(decoded.error)
      expect(plain(decoded.value)).toEqual(plain(list))
    }),
    { seed: 4, numRuns: 1000 },
  )
})

it('forwards the largest batch there is room for', () => {
  const batch = new Uint8Array(maxForwardedBatchBytes).fill(7)
  expect(decodeSamples(encodeSamples([{ slot: 0, isPast: false, batch }]))).toEqual({
    ok: true,
    value: [{ slot: 0, isPast: false, batch }],
  })
  // Enough for every metric of the densest host one would build.
  expect(telemetryBatchBytes(hostMetrics.length, domainMetrics.length, 4096)).toBeLessThan(
    maxForwardedBatchBytes,
  )
})

it('refuses a frame cut anywhere but between entries', () => {
  const frame = encodeSamples([
    { slot: 1, isPast: true, batch: Uint8Array.of(1, 2, 3) },
    { slot: 2, isPast: false, batch: Uint8Array.of(4) },
  ])
  for (let length = 0; length <= frame.byteLength; length += 1) {
    const isWhole = [0, 7, frame.byteLength].includes(length)
    expect(decodeSamples(frame.subarray(0, length)).ok, `${length} bytes`).toBe(isWhole)
  }
})
