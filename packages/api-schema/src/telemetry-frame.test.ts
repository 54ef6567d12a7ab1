import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { domainMetrics, hostMetrics } from './telemetry.ts'
import {
  decodeTelemetryBatch,
  decodeValue,
  encodeTelemetryBatch,
  encodeValue,
  maxDomainsPerBatch,
  maxMetricsPerBatch,
  telemetryBatchBytes,
  telemetryHeaderBytes,
} from './telemetry-frame.ts'
import { testMoment } from './testing/builders.ts'

const smallest = 2 ** -16
const largest = (1 + 1022 / 1024) * 2 ** 47

const codes = Array.from({ length: 0xffff }, (_, index) => index + 1)

describe('the code of a value', () => {
  it('errs by at most 2^-11 of the value, over the whole range', () => {
    fc.assert(
      fc.property(
        fc.double({ min: Math.log2(smallest * 1.01), max: Math.log2(largest), noNaN: true }),
        (log) => {
          const value = 2 ** log
          const error = Math.abs(decodeValue(encodeValue(value)) - value) / value
          // Half a step of the fraction, and the 2^-24 that going through 32 bits may add.
          expect(error).toBeLessThanOrEqual(2 ** -11 + 2 ** -24)
        },
      ),
      { seed: 1, numRuns: 20_000 },
    )
  })

  it('is exact for what a code can say: every code comes back as itself', () => {
    const changed = codes.filter((code) => encodeValue(decodeValue(code)) !== code)
    expect(changed).toEqual([])
  })

  it('grows with the value', () => {
    const known = codes.slice(0, -1)
    expect(known.filter((code) => !(decodeValue(code) > decodeValue(code - 1)))).toEqual([])
  })

  it.each([
    ['zero', 0, 0],
    ['minus zero', -0, 0],
    ['a negative number, which no metric has', -5, 0],
    ['minus infinity', Number.NEGATIVE_INFINITY, 0],
    ['less than the least that can be told', smallest / 4, 0],
    ['infinity', Number.POSITIVE_INFINITY, largest],
    ['more than the most that can be told', 1e300, largest],
  ])('takes %s to the nearest end', (_what, value, expected) => {
    expect(decodeValue(encodeValue(value))).toBe(expected)
  })

  it('keeps unknown unknown', () => {
    expect(encodeValue(Number.NaN)).toBe(0xffff)
    expect(decodeValue(0xffff)).toBeNaN()
  })
})

const values = (length: number) =>
  fc.array(fc.oneof(fc.double({ min: 0, max: 1e14 }), fc.constant(Number.NaN)), {
    minLength: length,
    maxLength: length,
  })
const batches = fc
  .record({ h: fc.nat({ max: 12 }), m: fc.integer({ min: 1, max: 12 }), n: fc.nat({ max: 40 }) })
  .chain(({ h, m, n }) =>
    fc.record({
      rosterId: fc.nat({ max: 65_535 }),
      sampledAt: fc.integer({ min: testMoment, max: testMoment + 1e9 }),
      hostValues: values(h),
      domainValues: values(m * n),
      domainCount: fc.constant(n),
    }),
  )

describe('a batch', () => {
  it('comes back as it was sent, wherever in a buffer it lies', () => {
    fc.assert(
      fc.property(batches, fc.nat({ max: 3 }), (batch, shift) => {
        const frame = encodeTelemetryBatch(batch)
        const shifted = new Uint8Array(frame.byteLength + shift).subarray(shift)
        shifted.set(frame)
        const decoded = decodeTelemetryBatch(shifted)
        if (!decoded.ok) throw new Error(decoded.error)
        expect(decoded.value).toMatchObject({
          rosterId: batch.rosterId,
          sampledAt: batch.sampledAt,
          domainCount: batch.domainCount,
          hostMetricCount: batch.hostValues.length,
        })
        const sent = [...batch.hostValues, ...batch.domainValues].map(encodeValue)
        expect([...decoded.value.codes]).toEqual(sent)
      }),
      { seed: 2, numRuns: 1000 },
    )
  })

  it('costs 12 bytes for a domain sample of six metrics, and under 16 with its share of the rest', () => {
    expect(telemetryBatchBytes(0, 6, 1) - telemetryHeaderBytes).toBe(12)
    expect(telemetryBatchBytes(hostMetrics.length, 6, 16) / 16).toBeLessThan(16)
    expect(telemetryBatchBytes(hostMetrics.length, domainMetrics.length, 16) / 16).toBeLessThan(16)
  })
})

describe('a frame that is not a batch', () => {
  const good = encodeTelemetryBatch({
    rosterId: 1,
    sampledAt: testMoment,
    hostValues: [1],
    domainValues: [1, 2],
    domainCount: 1,
  })
  const changed = (change: (view: DataView) => void): Uint8Array => {
    const copy = good.slice()
    change(new DataView(copy.buffer))
    return copy
  }
  it.each([
    ['too-short', good.subarray(0, telemetryHeaderBytes - 1)],
    ['too-short', new Uint8Array()],
    ['unknown-layout', changed((view) => view.setUint8(0, 2))],
    ['unknown-layout', changed((view) => view.setUint8(3, 1))],
    ['too-many-metrics', changed((view) => view.setUint8(1, maxMetricsPerBatch + 1))],
    ['too-many-metrics', changed((view) => view.setUint8(2, maxMetricsPerBatch + 1))],
    ['too-many-domains', changed((view) => view.setUint16(6, maxDomainsPerBatch + 1, true))],
    ['wrong-length', good.subarray(0, good.byteLength - 1)],
    ['wrong-length', changed((view) => view.setUint16(6, 2, true))],
    ['bad-time', changed((view) => view.setFloat64(8, Number.NaN, true))],
    ['bad-time', changed((view) => view.setFloat64(8, 0, true))],
    ['bad-time', changed((view) => view.setFloat64(8, Number.POSITIVE_INFINITY, true))],
  ])('is refused as %s', (error, frame) => {
    expect(decodeTelemetryBatch(frame)).toEqual({ ok: false, error })
  })
})
