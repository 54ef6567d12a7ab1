import { describe, expect, it } from 'vitest'
import {
  compareVersions,
  displayNameSchema,
  generationSchema,
  labelsSchema,
  machineNameSchema,
  momentSchema,
  textSchema,
  toText,
  versionNumberSchema,
} from './scalars.ts'
import {
  bitsToBytesPerSec,
  bytesToPages,
  describeBytes,
  GIB,
  MIB,
  PAGE_BYTES,
  pagesToBytes,
} from './units.ts'

describe('names', () => {
  it.each(['xen-01', 'a', 'web.example_7', '0'])('a machine may be called %s', (name) => {
    expect(machineNameSchema.safeParse(name).success).toBe(true)
  })
  it.each(['', '-x', 'x-', 'x y', 'x/y', 'ü', 'x\n', 'x'.repeat(81)])(
    'a machine may not be called %j',
    (name) => {
      expect(machineNameSchema.safeParse(name).success).toBe(false)
    },
  )
  it.each(['Ada Lovelace', 'Größe', '日本', 'a'])('a person may be called %s', (name) => {
    expect(displayNameSchema.safeParse(name).success).toBe(true)
  })
  it.each(['', ' Ada', 'Ada ', 'a\u0007b', 'a\u202eb', 'x'.repeat(121)])(
    'a person may not be called %j',
    (name) => {
      expect(displayNameSchema.safeParse(name).success).toBe(false)
    },
  )
  it.each(['a\u0000b', 'a\nb', 'a\u007f', 'a\ud800', '\udc00b'])('no text holds %j', (text) => {
    expect(textSchema.safeParse(text).success).toBe(false)
    expect(labelsSchema.safeParse({ role: text }).success).toBe(false)
    expect(textSchema.safeParse(toText(text, 100)).success).toBe(true)
  })
  it('text holds everything else, and a cut through a character leaves no half', () => {
    expect(textSchema.safeParse('Größe 日本 🦔 “…”').success).toBe(true)
    expect(toText('ab🦔', 3)).toBe('ab ')
  })
  it('a generation fits the column it is kept in', () => {
    expect(generationSchema.safeParse(2 ** 31 - 1).success).toBe(true)
    expect(generationSchema.safeParse(2 ** 31).success).toBe(false)
  })
  it('labels are few and short', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']))
    expect(labelsSchema.safeParse(many(64)).success).toBe(true)
    expect(labelsSchema.safeParse(many(65)).success).toBe(false)
    expect(labelsSchema.safeParse({ 'No Spaces': 'v' }).success).toBe(false)
  })
})

it('takes no clock that is far off', () => {
  for (const at of [0, Number.NaN, Number.POSITIVE_INFINITY, -1, 1e15]) {
    expect(momentSchema.safeParse(at).success, String(at)).toBe(false)
  }
  expect(momentSchema.safeParse(Date.UTC(2026, 10, 22)).success).toBe(true)
})

describe('versions', () => {
  it.each([
    ['4.17.2', '4.17.2', 0],
    ['4.9', '4.10', -1],
    ['4.10', '4.9', 1],
    ['3.1', '3.1.0', 0],
    ['3.0.4', '3.1', -1],
  ])('%s against %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign)
    expect(Math.sign(compareVersions(b, a))).toBe(sign === 0 ? 0 : -sign)
  })
  it.each(['4', '4.x', '4.17-rc1', '', '4..1'])('%j is none', (version) => {
    expect(versionNumberSchema.safeParse(version).success).toBe(false)
  })
})

describe('units', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [2.1 * GIB, '2.1 GiB'],
    [10.4 * GIB, '10 GiB'],
    [1536 * MIB, '1.5 GiB'],
  ])('%d bytes are said as %s', (bytes, text) => {
    expect(describeBytes(bytes)).toBe(text)
  })
  it('convert both ways', () => {
    expect(bitsToBytesPerSec(1e9)).toBe(125e6)
    expect(bytesToPages(PAGE_BYTES + 1)).toBe(2)
    expect(pagesToBytes(bytesToPages(GIB))).toBe(GIB)
  })
})
