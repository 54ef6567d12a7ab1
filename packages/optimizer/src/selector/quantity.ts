import { GIB, KIB, MIB } from '@drover/api-schema/units.ts'

/** What a number of a field counts. */
export type Dimension = 'count' | 'bytes' | 'bytes-per-sec'

type Unit = { readonly text: string; readonly factor: number }

/** Largest first, as they are offered. Memory is said in binary units, networks in decimal bits, as each is sold. */
const unitsOf: Record<Dimension, readonly Unit[]> = {
  count: [],
  bytes: [
    { text: 'TiB', factor: 1024 * GIB },
    { text: 'GiB', factor: GIB },
    { text: 'MiB', factor: MIB },
    { text: 'KiB', factor: KIB },
    { text: 'B', factor: 1 },
  ],
  'bytes-per-sec': [
    { text: 'Gbit/s', factor: 125e6 },
    { text: 'Mbit/s', factor: 125e3 },
    { text: 'kbit/s', factor: 125 },
    { text: 'bit/s', factor: 0.125 },
  ],
}

/** Suggested for a number without one. */
const usualUnit: Record<Dimension, string> = {
  count: '',
  bytes: 'GiB',
  'bytes-per-sec': 'Gbit/s',
}

/** What people write and mean; the first is what is suggested for it. */
const mistaken: Readonly<Record<string, string>> = {
  g: 'GiB',
  gb: 'GiB',
  gig: 'GiB',
  m: 'MiB',
  mb: 'MiB',
  t: 'TiB',
  tb: 'TiB',
  k: 'KiB',
  kb: 'KiB',
  gbit: 'Gbit/s',
  gbps: 'Gbit/s',
  mbit: 'Mbit/s',
  mbps: 'Mbit/s',
  kbit: 'kbit/s',
  kbps: 'kbit/s',
}

export function unitNames(dimension: Dimension): string[] {
  return unitsOf[dimension].map(({ text }) => text)
}

const numberPattern = /^(\d{1,15}(?:\.\d{1,6})?)([A-Za-z%][A-Za-z%/]*)?$/

/** "8GiB" in its two parts; null when it is not a number with at most a unit behind it. */
export function splitQuantity(text: string): { amount: number; unit: string } | null {
  const match = numberPattern.exec(text)
  return match === null ? null : { amount: Number(match[1]), unit: match[2] ?? '' }
}

/** Whether the text is a unit of anything, so that "8 GiB" is one value. */
export function isUnit(text: string): boolean {
  const lower = text.toLowerCase()
  return Object.hasOwn(mistaken, lower) || unitOfAny(lower) !== null
}

function unitOfAny(lower: string): Dimension | null {
  for (const dimension of ['bytes', 'bytes-per-sec'] as const) {
    if (unitsOf[dimension].some(({ text }) => text.toLowerCase() === lower)) return dimension
  }
  return null
}

export type QuantityProblem = {
  readonly kind: 'no-unit' | 'unknown-unit' | 'wrong-unit'
  /** What to write instead. */
  readonly suggestion: string | null
}

export type Quantity = { readonly value: number; readonly unit: string }

/** The value in base units with its unit as it is spelt here, or what is wrong with the unit. */
export function toBase(
  amount: number,
  unit: string,
  dimension: Dimension,
): Quantity | QuantityProblem {
  const units = unitsOf[dimension]
  if (unit === '') {
    if (dimension === 'count' || amount === 0) return { value: amount, unit }
    return { kind: 'no-unit', suggestion: `${amount}${usualUnit[dimension]}` }
  }
  const lower = unit.toLowerCase()
  const known = units.find(({ text }) => text.toLowerCase() === lower)
  if (known !== undefined) return { value: amount * known.factor, unit: known.text }
  const meant = Object.hasOwn(mistaken, lower) ? mistaken[lower] : undefined
  if (meant !== undefined && units.some(({ text }) => text === meant)) {
    return { kind: 'unknown-unit', suggestion: `${amount}${meant}` }
  }
  const isOfAnother = unitOfAny(lower) !== null || meant !== undefined
  return {
    kind: isOfAnother ? 'wrong-unit' : 'unknown-unit',
    suggestion: dimension === 'count' ? String(amount) : null,
  }
}
