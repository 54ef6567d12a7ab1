import fs from 'node:fs'
import path from 'node:path'

/** The frozen frames of one protocol version: never edited, only joined by those of a newer version. */
export const fixtureNames = [
  'agent-up',
  'agent-down',
  'live-up',
  'live-down',
  'peer-up',
  'peer-down',
] as const
export type FixtureName = (typeof fixtureNames)[number]

function read(version: number, name: string): unknown {
  const file = path.join(import.meta.dirname, '..', 'fixtures', `v${version}`, `${name}.json`)
  return JSON.parse(fs.readFileSync(file, 'utf8'))
}

export function frozenFrames(version: number, name: FixtureName): Record<string, unknown>[] {
  const frames = read(version, name)
  if (!Array.isArray(frames)) throw new Error(`${name} of version ${version} is not a list`)
  return frames
}

export type FrozenBinary = {
  readonly telemetryBatch: {
    readonly hex: string
    readonly rosterId: number
    readonly sampledAt: number
    readonly domainCount: number
    readonly hostValues: readonly number[]
    readonly domainValues: readonly (number | null)[]
  }
  readonly samples: { readonly hex: string; readonly slots: readonly number[] }
  readonly pageFrame: {
    readonly hex: string
    readonly roundIndex: number
    readonly frames: readonly number[]
    readonly versions: readonly number[]
  }
  readonly missingFrame: {
    readonly hex: string
    readonly firstWord: number
    readonly words: readonly number[]
  }
}

export function frozenBinary(version: number): FrozenBinary {
  // Written by us and frozen; the tests that use it would fail on any other shape.
  return read(version, 'binary') as FrozenBinary
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}
