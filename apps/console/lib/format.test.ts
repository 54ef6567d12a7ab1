import { describe, expect, test } from 'vitest'
import {
  bitRateQuantity,
  bytesQuantity,
  formatAge,
  formatBitRate,
  formatByteRate,
  formatBytes,
  formatDuration,
  formatGib,
  formatMoment,
  formatPercent,
  formatSize,
  loadColor,
  loadStep,
  mbitQuantity,
  memoryQuantity,
  memoryScale,
} from './format.ts'

/** Values and units are held together by a no-break space; tests read better without it. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

describe('unknown', () => {
  test.each([null, undefined, Number.NaN])('%s is an en dash without a unit', (value) => {
    for (const format of [
      formatBytes,
      formatGib,
      formatBitRate,
      formatByteRate,
      formatPercent,
      formatDuration,
      formatAge,
      formatMoment,
    ]) {
      expect(format(value)).toBe('–')
    }
    expect(bytesQuantity(value)).toEqual({ value: '–', unit: '' })
    expect(loadStep(value)).toBeNull()
    expect(loadColor(value)).toBe('var(--n6)')
  })
})

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1024 * 1023.96, '1.0 MiB'],
  [4 * 1024 ** 3, '4.0 GiB'],
  [2.5 * 1024 ** 4, '2.5 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(plain(formatBytes(bytes))).toBe(text)
})

test('sizes that were bought have no needless decimals', () => {
  expect(plain(formatSize(128 * 1024 ** 3))).toBe('128 GiB')
  expect(plain(formatSize(1.5 * 1024 ** 3))).toBe('1.5 GiB')
})

describe('a chart of memory', () => {
  const MIB = 1024 ** 2
  test.each([
    [512, 307.3, '307 MiB', ['0 MiB', '256 MiB', '512 MiB']],
    [1024, 307.3, '0.30 GiB', ['0 GiB', '0.5 GiB', '1 GiB']],
    [1536, 1025, '1.00 GiB', ['0 GiB', '0.75 GiB', '1.5 GiB']],
    [16 * 1024, 9728, '9.5 GiB', ['0 GiB', '8 GiB', '16 GiB']],
    [256 * 1024, 100_000, '98 GiB', ['0 GiB', '128 GiB', '256 GiB']],
  ])('of %d MiB has one unit, and exact marks on its axis', (topMib, mib, text, ticks) => {
    const { value, tick } = memoryScale(topMib * MIB)
    expect(plain(value(mib * MIB))).toBe(text)
    expect([0, topMib / 2, topMib].map((mark) => plain(tick(mark * MIB)))).toEqual(ticks)
  })
})

test('memory below one GiB is shown in MiB where it would be nothing else', () => {
  expect(memoryQuantity(64 * 1024 ** 2)).toEqual({ value: '64', unit: 'MiB' })
  expect(memoryQuantity(1024 ** 3)).toEqual({ value: '1.0', unit: 'GiB' })
})

test('memory in columns is always GiB', () => {
  expect(plain(formatGib(512 * 1024 ** 2))).toBe('0.5 GiB')
  expect(plain(formatGib(128 * 1024 ** 3))).toBe('128 GiB')
})

test('networks are counted in decimal bits, disks in binary bytes', () => {
  expect(bitRateQuantity(125e6)).toEqual({ value: '1.0', unit: 'Gbit/s' })
  expect(mbitQuantity(125e6)).toEqual({ value: '1000', unit: 'Mbit/s' })
  expect(plain(formatByteRate(1024 * 1024))).toBe('1.0 MiB/s')
})

test.each([
  [48, '48 ms'],
  [14_200, '14.2 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 00 s'],
  [185_000, '3 min 05 s'],
  [7_800_000, '2 h 10 min'],
  [3 * 86_400_000 + 4 * 3_600_000, '3 d 4 h'],
])('%d ms take %s', (ms, text) => {
  expect(plain(formatDuration(ms))).toBe(text)
})

test.each([
  [-500, '0 s'],
  [12_900, '12 s'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [4 * 86_400_000, '4 d'],
])('%d ms ago is %s', (ms, text) => {
  expect(plain(formatAge(ms))).toBe(text)
})

test('the ramp has eleven steps and stays within them', () => {
  expect([-1, 0, 0.04, 0.58, 1, 1.4].map(loadStep)).toEqual([0, 0, 0, 6, 10, 10])
  expect(loadColor(0.58)).toBe('var(--load-6)')
})

test('percent and moments', () => {
  expect(plain(formatPercent(0.584))).toBe('58 %')
  expect(plain(formatPercent(0.584, 1))).toBe('58.4 %')
  expect(formatMoment(new Date(2026, 0, 31, 14, 5, 9).getTime())).toBe('2026-01-31 14:05:09')
})
