import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import {
  agentDownFrameSchema,
  agentProtocolVersions,
  agentUpFrameSchema,
  commandSchema,
  destinationStatusSchema,
  newestCommonVersion,
  sourceStatusSchema,
} from './agent-protocol.ts'
import {
  changeSchema,
  decodeSamples,
  liveDownFrameSchema,
  liveProtocolVersions,
  liveUpFrameSchema,
} from './live-protocol.ts'
import { migrationStateSchema } from './migration.ts'
import {
  decodeMissingFrame,
  decodePageFrame,
  peerDownFrameSchema,
  peerProtocolVersions,
  peerUpFrameSchema,
} from './peer-protocol.ts'
import { decodeTelemetryBatch, decodeValue } from './telemetry-frame.ts'
import {
  type FixtureName,
  fixtureNames,
  fromHex,
  frozenBinary,
  frozenFrames,
} from './testing/fixtures.ts'

const schemas: Record<FixtureName, z.ZodType> = {
  'agent-up': agentUpFrameSchema,
  'agent-down': agentDownFrameSchema,
  'live-up': liveUpFrameSchema,
  'live-down': liveDownFrameSchema,
  'peer-up': peerUpFrameSchema,
  'peer-down': peerDownFrameSchema,
}
const spoken = [
  ...new Set([...agentProtocolVersions, ...liveProtocolVersions, ...peerProtocolVersions]),
]

describe.each(spoken)('version %i', (version) => {
  it.each(fixtureNames)(
    '%s: every frozen frame still parses, and nothing of it is dropped',
    (name) => {
      for (const frame of frozenFrames(version, name)) {
        // Fields that came later may be filled in with their defaults.
        expect(schemas[name].parse(frame)).toMatchObject(frame)
      }
    },
  )

  it.each(fixtureNames)('%s: fields a newer sender may add are ignored', (name) => {
    for (const frame of frozenFrames(version, name)) {
      expect(schemas[name].parse({ ...frame, addedLater: { a: 1 } })).toEqual(
        schemas[name].parse(frame),
      )
    }
  })

  it('is frozen with an example of every frame, command, state and change there is', () => {
    const seen = JSON.stringify(fixtureNames.flatMap((name) => frozenFrames(version, name)))
    const frameTypes = Object.values(schemas).flatMap((schema) => literalsOf(schema, 'type'))
    expect(missing(seen, 'type', frameTypes)).toEqual([])
    expect(
      missing(seen, 'kind', [
        ...literalsOf(commandSchema, 'kind'),
        ...literalsOf(changeSchema, 'kind'),
      ]),
    ).toEqual([])
    const statuses = [
      ...literalsOf(sourceStatusSchema, 'status'),
      ...literalsOf(destinationStatusSchema, 'status'),
    ]
    expect(missing(seen, 'status', statuses)).toEqual([])
    expect(missing(seen, 'phase', literalsOf(migrationStateSchema, 'phase'))).toEqual([])
  })

  it('reads the frozen binary frames', () => {
    const { telemetryBatch, samples, pageFrame, missingFrame } = frozenBinary(version)
    const batch = decodeTelemetryBatch(fromHex(telemetryBatch.hex))
    if (!batch.ok) throw new Error(batch.error)
    const { rosterId, sampledAt, domainCount, codes } = batch.value
    expect({ rosterId, sampledAt, domainCount }).toEqual({
      rosterId: telemetryBatch.rosterId,
      sampledAt: telemetryBatch.sampledAt,
      domainCount: telemetryBatch.domainCount,
    })
    const values = [...codes].map(decodeValue).map((value) => (Number.isNaN(value) ? null : value))
    expect(values).toEqual([...telemetryBatch.hostValues, ...telemetryBatch.domainValues])

    const entries = decodeSamples(fromHex(samples.hex))
    if (!entries.ok) throw new Error(entries.error)
    expect(entries.value.map(({ slot }) => slot)).toEqual(samples.slots)

    const pages = decodePageFrame(fromHex(pageFrame.hex))
    if (!pages.ok) throw new Error(pages.error)
    expect(pages.value.roundIndex).toBe(pageFrame.roundIndex)
    expect([...pages.value.frames]).toEqual(pageFrame.frames)
    expect([...pages.value.versions]).toEqual(pageFrame.versions)

    const missing = decodeMissingFrame(fromHex(missingFrame.hex))
    if (!missing.ok) throw new Error(missing.error)
    expect(missing.value.firstWord).toBe(missingFrame.firstWord)
    expect([...missing.value.words]).toEqual(missingFrame.words)
  })
})

it('has a folder of fixtures for every version that is spoken, and for no other', () => {
  const folders = fs.readdirSync(path.join(import.meta.dirname, 'fixtures')).sort()
  expect(folders).toEqual(spoken.map((version) => `v${version}`).sort())
})

describe('the newest common version', () => {
  it.each([
    [[1], [1], 1],
    [[1, 2, 3], [2, 3, 4], 3],
    [[3, 1, 2], [2, 1], 2],
    [[2, 3], [1], null],
    [[1], [], null],
  ])('of %j and %j is %j', (ours, theirs, expected) => {
    expect(newestCommonVersion(ours, theirs)).toBe(expected)
    expect(newestCommonVersion(theirs, ours)).toBe(expected)
  })
})

/** The literals a discriminated union tells its members apart by. */
function literalsOf(schema: z.ZodType, key: string): string[] {
  const found = new Set<string>()
  const visit = (node: z.ZodType): void => {
    const { options, shape } = node as {
      options?: z.ZodType[]
      shape?: Record<string, { value?: unknown }>
    } // what zod's unions and objects have
    for (const option of options ?? []) visit(option)
    const value = shape?.[key]?.value
    if (typeof value === 'string') found.add(value)
  }
  visit(schema)
  if (found.size === 0) throw new Error(`no literals of ${key}`)
  return [...found]
}

function missing(seen: string, key: string, literals: readonly string[]): string[] {
  return literals.filter((literal) => !seen.includes(`"${key}":"${literal}"`))
}
