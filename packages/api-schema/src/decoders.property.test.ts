import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { agentDownFrameSchema, agentUpFrameSchema } from './agent-protocol.ts'
import {
  decodeSamples,
  encodeSamples,
  liveDownFrameSchema,
  liveUpFrameSchema,
} from './live-protocol.ts'
import {
  decodeMissingFrame,
  decodePageFrame,
  peerDownFrameSchema,
  peerUpFrameSchema,
} from './peer-protocol.ts'
import { decodeTelemetryBatch } from './telemetry-frame.ts'
import {
  type FixtureName,
  fixtureNames,
  fromHex,
  frozenBinary,
  frozenFrames,
} from './testing/fixtures.ts'

/** What a hostile or broken peer may send: at least 10,000 frames for each decoder, none of which may throw. */
const numRuns = 10_000
const seed = 20_261_122

const schemas: Record<FixtureName, z.ZodType> = {
  'agent-up': agentUpFrameSchema,
  'agent-down': agentDownFrameSchema,
  'live-up': liveUpFrameSchema,
  'live-down': liveDownFrameSchema,
  'peer-up': peerUpFrameSchema,
  'peer-down': peerDownFrameSchema,
}

const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    Number.MAX_SAFE_INTEGER,
    -1,
    0.5,
    1e308,
    '',
    '\u0000',
    'x'.repeat(5000),
    [],
    {},
    null,
  ),
  fc.constantFrom<unknown>(
    { __proto__: null },
    { toString: 1 },
    { constructor: { prototype: {} } },
  ),
)
type Damage = {
  readonly steps: readonly number[]
  readonly how: 'replace' | 'remove' | 'add'
  readonly value: unknown
}
const damages: fc.Arbitrary<Damage> = fc.record({
  steps: fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 6 }),
  how: fc.constantFrom('replace', 'remove', 'add'),
  value: strange,
})

/** The frame with one place in it spoiled: the way goes down as far as there are objects or lists. */
function damage(value: unknown, { steps, how, value: put }: Damage): unknown {
  const [step, ...rest] = steps
  if (typeof value !== 'object' || value === null || step === undefined) return put
  if (how === 'add' && rest.length === 0) {
    return Array.isArray(value) ? [...value, put] : { ...value, [`extra-${step}`]: put }
  }
  const keys = Object.keys(value)
  const key = keys[step % Math.max(1, keys.length)]
  if (key === undefined) return put
  const entries = Object.entries(value)
  const isHere = rest.length === 0
  const changed = entries.flatMap(([name, inner]): [string, unknown][] => {
    if (name !== key) return [[name, inner]]
    if (isHere && how === 'remove') return []
    return [[name, isHere ? put : damage(inner, { steps: rest, how, value: put })]]
  })
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed)
}

describe.each(fixtureNames)('%s', { timeout: 60_000 }, (name) => {
  const schema = schemas[name]
  const frames = fc.constantFrom(...frozenFrames(1, name))

  it(`answers yes or no to ${numRuns} damaged frames, and what it takes it takes again`, () => {
    let taken = 0
    fc.assert(
      fc.property(frames, damages, (frame, spoiled) => {
        const result = schema.safeParse(damage(frame, spoiled))
        if (!result.success) return
        taken += 1
        // What was accepted is plain data that survives the wire.
        expect(schema.safeParse(JSON.parse(JSON.stringify(result.data))).success).toBe(true)
      }),
      { seed, numRuns },
    )
    // Otherwise the damage was never fine enough to reach the fields.
    expect(taken).toBeGreaterThan(0)
    expect(taken).toBeLessThan(numRuns)
  })

  it(`refuses ${numRuns} arbitrary values without a frame's type`, () => {
    fc.assert(
      fc.property(strange, (value) => {
        expect(schema.safeParse(value).success).toBe(false)
      }),
      { seed, numRuns },
    )
  })
})

const frozen = frozenBinary(1)
const binary: Record<string, { decode: (frame: Uint8Array) => { ok: boolean }; good: Uint8Array }> =
  {
    'telemetry batch': { decode: decodeTelemetryBatch, good: fromHex(frozen.telemetryBatch.hex) },
    samples: { decode: decodeSamples, good: fromHex(frozen.samples.hex) },
    'page frame': { decode: decodePageFrame, good: fromHex(frozen.pageFrame.hex) },
    'missing frame': { decode: decodeMissingFrame, good: fromHex(frozen.missingFrame.hex) },
  }

describe.each(Object.entries(binary))('%s', { timeout: 60_000 }, (_name, { decode, good }) => {
  it(`answers yes or no to ${numRuns} frames of arbitrary bytes`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof decode(bytes).ok).toBe('boolean')
      }),
      { seed, numRuns },
    )
  })

  it(`answers yes or no to ${numRuns} good frames that were cut, grown or had bytes changed`, () => {
    const change = fc.record({ at: fc.nat({ max: good.byteLength - 1 }), to: fc.nat({ max: 255 }) })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 4 }),
        fc.integer({ min: -good.byteLength, max: 8 }),
        fc.nat({ max: 3 }),
        (changes, growth, shift) => {
          const buffer = new Uint8Array(shift + Math.max(0, good.byteLength + growth))
          const frame = buffer.subarray(shift)
          frame.set(good.subarray(0, frame.byteLength))
          for (const { at, to } of changes) if (at < frame.byteLength) frame[at] = to
          expect(typeof decode(frame).ok).toBe('boolean')
        },
      ),
      { seed, numRuns },
    )
  })
})

it('never decodes a negative, infinite or unbounded value out of any batch', () => {
  const lengths = fc.record({
    h: fc.nat({ max: 8 }),
    m: fc.nat({ max: 8 }),
    n: fc.nat({ max: 16 }),
  })
  fc.assert(
    fc.property(
      lengths,
      fc.uint8Array({ minLength: 300, maxLength: 300 }),
      ({ h, m, n }, noise) => {
        const frame = noise.slice(0, 16 + 2 * (h + m * n))
        const view = new DataView(frame.buffer)
        view.setUint32(0, 1 + (h << 8) + (m << 16), true)
        view.setUint16(6, n, true)
        view.setFloat64(8, 1.8e12, true)
        const decoded = decodeTelemetryBatch(frame)
        if (!decoded.ok) throw new Error(decoded.error)
        expect(decoded.value.codes).toHaveLength(h + m * n)
      },
    ),
    { seed, numRuns: 2000 },
  )
})

it('keeps entries of samples inside the frame', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const decoded = decodeSamples(bytes)
      if (!decoded.ok) return
      expect(Buffer.from(encodeSamples(decoded.ok ? decoded.value : []))).toEqual(
        Buffer.from(bytes),
      )
    }),
    { seed, numRuns },
  )
})
