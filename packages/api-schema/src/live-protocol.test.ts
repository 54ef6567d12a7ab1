import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeSamples, encodeSamples, maxForwardedBatchBytes } from './live-protocol.ts'
import { domainMetrics, hostMetrics } from './telemetry.ts'
import { telemetryBatchBytes } from './telemetry-frame.ts'

const entries = fc.array(
  fc.record({
    slot: fc.nat({ max: 65_535 }),
    batch: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 30 },
)
const plain = (list: readonly { slot: number; batch: Uint8Array }[]) =>
  list.map(({ slot, batch }) => ({ slot, batch: [...batch] }))

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
  expect(decodeSamples(encodeSamples([{ slot: 0, batch }]))).toEqual({
    ok: true,
    value: [{ slot: 0, batch }],
  })
  // Enough for every metric of the densest host one would build.
  expect(telemetryBatchBytes(hostMetrics.length, domainMetrics.length, 4096)).toBeLessThan(
    maxForwardedBatchBytes,
  )
})

it('refuses a frame cut anywhere but between entries', () => {
  const frame = encodeSamples([
    { slot: 1, batch: Uint8Array.of(1, 2, 3) },
    { slot: 2, batch: Uint8Array.of(4) },
  ])
  for (let length = 0; length <= frame.byteLength; length += 1) {
    const isWhole = [0, 7, frame.byteLength].includes(length)
    expect(decodeSamples(frame.subarray(0, length)).ok, `${length} bytes`).toBe(isWhole)
  }
})
