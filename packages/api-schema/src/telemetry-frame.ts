import { err, ok, type Result } from './result.ts'

/**
 * The binary telemetry batch: one frame per host and sample. The agent names its series once, in a `roster` frame;
 * a batch then carries values only, in the roster's order, so a domain sample of six metrics costs 12 bytes.
 *
 * Little endian:
 *
 *     0  u8   layout version (1)
 *     1  u8   number of host metrics  (h)
 *     2  u8   number of domain metrics (m)
 *     3  u8   0
 *     4  u16  roster id
 *     6  u16  number of domains (n)
 *     8  f64  sampledAt, epoch ms on the agent's clock
 *     16 u16  × h            host values
 *        u16  × n × m        domain values, domain by domain
 *
 * A value is 16 bits: 0 is zero, 0xffff unknown, otherwise a 6-bit exponent and a 10-bit fraction:
 * (1 + fraction/1024) × 2^(exponent - 16), from 1.5e-5 to 2.8e14. The relative error is at most 2^-11 (0.05 %),
 * far below what a one-second reading means; signs and infinities cannot be written.
 */
export const telemetryLayoutVersion = 1
export const telemetryHeaderBytes = 16
export const maxDomainsPerBatch = 4096
export const maxMetricsPerBatch = 32

const exponentBias = 16
/** Says that a value is not known. */
export const unknownCode = 0xffff
const largestCode = 0xfffe
const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** Encodes a value ≥ 0; NaN (unknown) has a code of its own; values out of range go to the nearest end. */
export function encodeValue(value: number): number {
  if (Number.isNaN(value)) return unknownCode
  if (!(value > 0)) return 0
  float[0] = value
  // Add half of the last kept bit, so that cutting the fraction rounds to nearest; a carry runs into the exponent.
  const rounded = (bits[0] ?? 0) + 0x1000
  const code = ((rounded >>> 13) & 0x3ffff) - ((127 - exponentBias) << 10)
  if (code <= 0) return 0
  return code > largestCode ? largestCode : code
}

const decoded = new Float64Array(65_536)
for (let code = 1; code <= largestCode; code += 1) {
  decoded[code] = (1 + (code & 1023) / 1024) * 2 ** ((code >>> 10) - exponentBias)
}
decoded[unknownCode] = Number.NaN

/** The value of a code; NaN for unknown. */
export function decodeValue(code: number): number {
  return decoded[code & 0xffff] ?? Number.NaN
}

export type TelemetryBatch = {
  readonly rosterId: number
  readonly sampledAt: number
  readonly domainCount: number
  readonly hostMetricCount: number
  readonly domainMetricCount: number
  /** Codes, host values first, then domain by domain. A view into the frame when it is aligned, else a copy. */
  readonly codes: Uint16Array
}

export type BatchRefusal =
  | 'too-short'
  | 'unknown-layout'
  | 'too-many-domains'
  | 'too-many-metrics'
  | 'wrong-length'
  | 'bad-time'

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Bytes of a batch with `n` domains. */
export function telemetryBatchBytes(
  hostMetricCount: number,
  domainMetricCount: number,
  domainCount: number,
): number {
  return telemetryHeaderBytes + 2 * (hostMetricCount + domainCount * domainMetricCount)
}

/** `hostValues` has one value per host metric, `domainValues` domain by domain; NaN is unknown. */
export function encodeTelemetryBatch(batch: {
  readonly rosterId: number
  readonly sampledAt: number
  readonly hostValues: ArrayLike<number>
  readonly domainValues: ArrayLike<number>
  readonly domainCount: number
}): Uint8Array<ArrayBuffer> {
  const { hostValues, domainValues, domainCount } = batch
  const codes = new Uint16Array(hostValues.length + domainValues.length)
  for (let index = 0; index < hostValues.length; index += 1)
    codes[index] = encodeValue(hostValues[index] ?? Number.NaN)
  for (let index = 0; index < domainValues.length; index += 1)
    codes[hostValues.length + index] = encodeValue(domainValues[index] ?? Number.NaN)
  return encodeTelemetryCodes({
    rosterId: batch.rosterId,
    sampledAt: batch.sampledAt,
    domainCount,
    hostMetricCount: hostValues.length,
    domainMetricCount: domainCount === 0 ? 0 : domainValues.length / domainCount,
    codes,
  })
}

/** The frame of a batch whose values are codes already. */
export function encodeTelemetryCodes(batch: TelemetryBatch): Uint8Array<ArrayBuffer> {
  const { hostMetricCount, domainMetricCount, domainCount, codes } = batch
  const bytes = new Uint8Array(telemetryBatchBytes(hostMetricCount, domainMetricCount, domainCount))
  const view = new DataView(bytes.buffer)
  view.setUint8(0, telemetryLayoutVersion)
  view.setUint8(1, hostMetricCount)
  view.setUint8(2, domainMetricCount)
  view.setUint16(4, batch.rosterId, true)
  view.setUint16(6, domainCount, true)
  view.setFloat64(8, batch.sampledAt, true)
  for (let index = 0; index < codes.length; index += 1)
    view.setUint16(telemetryHeaderBytes + 2 * index, codes[index] ?? unknownCode, true)
  return bytes
}

/** Checks the frame completely; a value cannot be negative or infinite by construction of the code. */
export function decodeTelemetryBatch(frame: Uint8Array): Result<TelemetryBatch, BatchRefusal> {
  if (frame.byteLength < telemetryHeaderBytes) return err('too-short')
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  if (view.getUint8(0) !== telemetryLayoutVersion || view.getUint8(3) !== 0)
    return err('unknown-layout')
  const hostMetricCount = view.getUint8(1)
  const domainMetricCount = view.getUint8(2)
  const domainCount = view.getUint16(6, true)
  if (hostMetricCount > maxMetricsPerBatch || domainMetricCount > maxMetricsPerBatch)
    return err('too-many-metrics')
  if (domainCount > maxDomainsPerBatch) return err('too-many-domains')
  const codeCount = hostMetricCount + domainCount * domainMetricCount
  if (frame.byteLength !== telemetryHeaderBytes + 2 * codeCount) return err('wrong-length')
  const sampledAt = view.getFloat64(8, true)
  if (!(sampledAt >= 946_684_800_000 && sampledAt <= 7_258_118_400_000)) return err('bad-time')
  return ok({
    rosterId: view.getUint16(4, true),
    sampledAt,
    domainCount,
    hostMetricCount,
    domainMetricCount,
    codes: readCodes(frame, view, codeCount),
  })
}

function readCodes(frame: Uint8Array, view: DataView, count: number): Uint16Array {
  const start = frame.byteOffset + telemetryHeaderBytes
  if (isLittleEndian && start % 2 === 0) return new Uint16Array(frame.buffer, start, count)
  const codes = new Uint16Array(count)
  for (let index = 0; index < count; index += 1)
    codes[index] = view.getUint16(telemetryHeaderBytes + 2 * index, true)
  return codes
}
