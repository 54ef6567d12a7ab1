import {
  decodeTelemetryBatch,
  decodeValue,
  encodeTelemetryBatch,
  encodeValue,
} from '@drover/api-schema/telemetry-frame.ts'
import { createRandom } from '@drover/hypervisor-sim/random.ts'
import { z } from 'zod'
import { domainIdOf, sixMetrics } from '../lib/fleet.ts'
import { median } from '../lib/statistics.ts'

/** The same readings in forms a telemetry stream might have instead. */
const objectsSchema = z.object({
  sampledAt: z.number().positive(),
  host: z.array(z.number().min(0)),
  domains: z.array(
    z.object({
      domainId: z.uuid(),
      cpu: z.number().min(0),
      memory: z.number().min(0),
      netRx: z.number().min(0),
      netTx: z.number().min(0),
      diskRead: z.number().min(0),
      diskWrite: z.number().min(0),
    }),
  ),
})

type Reading = {
  readonly hostValues: number[]
  readonly domainValues: number[]
  readonly domainCount: number
}

const hostMetricCount = 7

function someReading(domainCount: number): Reading {
  const random = createRandom(7)
  return {
    hostValues: Array.from({ length: hostMetricCount }, () => random.next() * 1e9),
    domainValues: Array.from(
      { length: domainCount * sixMetrics.length },
      () => random.next() * 1e9,
    ),
    domainCount,
  }
}

function asObjects(reading: Reading): string {
  const { domainValues } = reading
  return JSON.stringify({
    sampledAt: 1.7e12,
    host: reading.hostValues,
    domains: Array.from({ length: reading.domainCount }, (_, domain) => {
      const at = domain * sixMetrics.length
      return {
        domainId: domainIdOf(1, domain),
        cpu: domainValues[at],
        memory: domainValues[at + 1],
        netRx: domainValues[at + 2],
        netTx: domainValues[at + 3],
        diskRead: domainValues[at + 4],
        diskWrite: domainValues[at + 5],
      }
    }),
  })
}

/** Four bytes a value, each checked: what one would write without a code of one's own. */
function encodeFloats(reading: Reading): Buffer {
  const bytes = Buffer.alloc(16 + 4 * (reading.hostValues.length + reading.domainValues.length))
  bytes.writeDoubleLE(1.7e12, 8)
  let at = 16
  for (const value of reading.hostValues) at = bytes.writeFloatLE(value, at)
  for (const value of reading.domainValues) at = bytes.writeFloatLE(value, at)
  return bytes
}
function decodeFloats(bytes: Buffer): Float32Array {
  const values = new Float32Array((bytes.byteLength - 16) / 4)
  for (let index = 0; index < values.length; index += 1) {
    const value = bytes.readFloatLE(16 + 4 * index)
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) throw new Error('not a reading')
    values[index] = value
  }
  return values
}

export type CodecSpeed = {
  readonly form: string
  readonly bytes: number
  readonly encodeMicros: number
  readonly decodeMicros: number
}

/** All forms in turn, `repetitions` times over, so that a busy moment of the machine does not hit one alone. */
export function measureCodecs(domainCount: number, repetitions: number): CodecSpeed[] {
  const reading = someReading(domainCount)
  const batch = { rosterId: 1, sampledAt: 1.7e12, ...reading }
  const text = asObjects(reading)
  const floats = encodeFloats(reading)
  const frame = encodeTelemetryBatch(batch)
  const values = new Float64Array(reading.domainValues.length + hostMetricCount)
  const forms = [
    {
      form: '16-bit codes, checked',
      bytes: frame.byteLength,
      encode: () => encodeTelemetryBatch(batch),
      decode: () => decodeTelemetryBatch(frame),
    },
    {
      form: '… and every value read',
      bytes: frame.byteLength,
      encode: () => encodeTelemetryBatch(batch),
      decode: () => {
        const decoded = decodeTelemetryBatch(frame)
        if (!decoded.ok) throw new Error(decoded.error)
        const { codes } = decoded.value
        for (let index = 0; index < codes.length; index += 1) {
          values[index] = decodeValue(codes[index] ?? 0)
        }
        return values
      },
    },
    {
      form: '32-bit floats, checked',
      bytes: floats.byteLength,
      encode: () => encodeFloats(reading),
      decode: () => decodeFloats(floats),
    },
    {
      form: 'JSON objects',
      bytes: Buffer.byteLength(text),
      encode: () => asObjects(reading),
      decode: () => JSON.parse(text) as unknown,
    },
    {
      form: 'JSON objects, zod',
      bytes: Buffer.byteLength(text),
      encode: () => asObjects(reading),
      decode: () => objectsSchema.parse(JSON.parse(text)),
    },
  ]
  const timings = forms.map(() => ({ encode: [] as number[], decode: [] as number[] }))
  for (let repetition = 0; repetition <= repetitions; repetition += 1) {
    forms.forEach((form, index) => {
      const encode = microsEach(form.encode)
      const decode = microsEach(form.decode)
      // The first time round warms the compiler up.
      if (repetition === 0) return
      timings[index]?.encode.push(encode)
      timings[index]?.decode.push(decode)
    })
  }
  return forms.map(({ form, bytes }, index) => ({
    form,
    bytes,
    encodeMicros: median(timings[index]?.encode ?? []),
    decodeMicros: median(timings[index]?.decode ?? []),
  }))
}

const sliceMs = 40
let sink: unknown

function microsEach(work: () => unknown): number {
  const startedAt = performance.now()
  let calls = 0
  while (performance.now() - startedAt < sliceMs) {
    for (let index = 0; index < 20; index += 1) sink = work()
    calls += 20
  }
  // Read once, so that the work cannot be thought away.
  if (sink === undefined) throw new Error('No result.')
  return ((performance.now() - startedAt) * 1000) / calls
}

export type CodecError = { readonly values: number; readonly worst: number; readonly mean: number }

/** Relative error of the value code over the whole range it stands for, on a logarithmic scale. */
export function measureError(values: number): CodecError {
  const random = createRandom(11)
  const [low, high] = [Math.log(2e-5), Math.log(2.5e14)]
  let worst = 0
  let sum = 0
  for (let index = 0; index < values; index += 1) {
    const value = Math.exp(low + random.next() * (high - low))
    const error = Math.abs(decodeValue(encodeValue(value)) - value) / value
    worst = Math.max(worst, error)
    sum += error
  }
  return { values, worst, mean: sum / values }
}
