import { agentUpFrameSchema } from '@drover/api-schema/agent-protocol.ts'
import { liveUpFrameSchema } from '@drover/api-schema/live-protocol.ts'
import { decodeTelemetryBatch, decodeValue } from '@drover/api-schema/telemetry-frame.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAgentFrame } from './agent-gateway.ts'
import { parseLiveFrame } from './live-hub.ts'
import { agentTextFrames, batchFrames, liveTextFrames } from './testing/frame-generators.ts'

/** fast-check prints the seed and the frame of a failure. */
const runs = { numRuns: 10_000 }

describe('a decoder neither throws nor lets anything through that is not of the protocol', () => {
  it('for agents’ JSON frames', () => {
    let refused = 0
    fc.assert(
      fc.property(agentTextFrames, (text) => {
        const frame = parseAgentFrame(Buffer.from(text, 'utf8'))
        if ('malformed' in frame) refused += 1
        else expect(agentUpFrameSchema.safeParse(frame).success).toBe(true)
      }),
      runs,
    )
    expect(refused).toBeGreaterThan(1_000)
  })

  it('for browsers’ JSON frames', () => {
    let refused = 0
    fc.assert(
      fc.property(liveTextFrames, (text) => {
        const frame = parseLiveFrame(Buffer.from(text, 'utf8'))
        if (frame === null) refused += 1
        else expect(liveUpFrameSchema.safeParse(frame).success).toBe(true)
      }),
      runs,
    )
    expect(refused).toBeGreaterThan(1_000)
  })

  it('for telemetry batches, whose values are never negative and never infinite', () => {
    let refused = 0
    fc.assert(
      fc.property(batchFrames, (bytes) => {
        const decoded = decodeTelemetryBatch(bytes)
        if (!decoded.ok) {
          refused += 1
          return
        }
        const { codes, hostMetricCount, domainCount, domainMetricCount } = decoded.value
        expect(codes.length).toBe(hostMetricCount + domainCount * domainMetricCount)
        for (const code of codes) {
          const value = decodeValue(code)
          expect(Number.isNaN(value) || (value >= 0 && value < Number.POSITIVE_INFINITY)).toBe(true)
        }
      }),
      runs,
    )
    expect(refused).toBeGreaterThan(1_000)
  })
})
