/**
 * Numbers as the screen shows them: fixed decimals so that columns stand still, the unit apart so that it can be
 * small and grey, and an en dash for what is not known. Null, undefined and NaN all mean unknown.
 */
export const unknownText = '–'
const nbsp = '\u00a0'

export type Maybe = number | null | undefined

/** A number with its unit beside it; `unit` is empty when the value is unknown. */
export type Quantity = { readonly value: string; readonly unit: string }
const unknownQuantity: Quantity = { value: unknownText, unit: '' }

export function isKnown(value: Maybe): value is number {
  return value !== null && value !== undefined && !Number.isNaN(value)
}

/** "4.0 GiB" from a quantity; with a no-break space. */
export function quantityText(quantity: Quantity): string {
  return quantity.unit === '' ? quantity.value : `${quantity.value}${nbsp}${quantity.unit}`
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
const bitRateUnits = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'] as const

function scaled(value: number, base: number, units: readonly string[]): Quantity {
  let rest = value
  let unit = 0
  while (rest >= base && unit < units.length - 1) {
    rest /= base
    unit += 1
  }
  // 1023.96 KiB must not become "1024.0 KiB".
  if (Number(rest.toFixed(1)) >= base && unit < units.length - 1) {
    rest /= base
    unit += 1
  }
  return { value: unit === 0 ? String(Math.round(rest)) : rest.toFixed(1), unit: units[unit] ?? '' }
}

/** Bytes in binary units with one decimal: 4.0 GiB. */
export function bytesQuantity(bytes: Maybe): Quantity {
  return isKnown(bytes) ? scaled(bytes, 1024, byteUnits) : unknownQuantity
}
export function formatBytes(bytes: Maybe): string {
  return quantityText(bytesQuantity(bytes))
}

/** Bytes in GiB always, so that columns of memory compare by eye: 0.5, 4.0, 128. */
export function gibQuantity(bytes: Maybe): Quantity {
  if (!isKnown(bytes)) return unknownQuantity
  const gib = bytes / 1024 ** 3
  return { value: gib >= 100 ? String(Math.round(gib)) : gib.toFixed(1), unit: 'GiB' }
}
export function formatGib(bytes: Maybe): string {
  return quantityText(gibQuantity(bytes))
}
/** Memory beside other memory of a table: GiB as above, and MiB of what would be nothing in them. */
export function memoryQuantity(bytes: Maybe): Quantity {
  if (!isKnown(bytes) || bytes >= 1024 ** 3) return gibQuantity(bytes)
  return { value: String(Math.round(bytes / 1024 ** 2)), unit: 'MiB' }
}

/**
 * The words of a chart of memory whose axis ends at `topBytes`: one unit for all of them. Marks on the axis are exact; what
 * was measured has the decimals that are worth reading.
 */
export function memoryScale(topBytes: number): {
  readonly value: (bytes: number) => string
  readonly tick: (bytes: number) => string
} {
  const isSmall = topBytes < 1024 ** 3
  const unit = isSmall ? 'MiB' : 'GiB'
  const unitBytes = isSmall ? 1024 ** 2 : 1024 ** 3
  const decimals = isSmall || topBytes >= 100 * unitBytes ? 0 : topBytes < 8 * unitBytes ? 2 : 1
  return {
    value: (bytes) => quantityText({ value: (bytes / unitBytes).toFixed(decimals), unit }),
    tick: (bytes) => quantityText({ value: String(Number((bytes / unitBytes).toFixed(3))), unit }),
  }
}

/** A size that was bought, without needless decimals: 128 GiB, 4 GiB, 1.5 GiB. */
export function formatSize(bytes: Maybe): string {
  const quantity = bytesQuantity(bytes)
  return quantityText({ ...quantity, value: quantity.value.replace(/\.0$/, '') })
}

/** Disk: bytes per second in binary units. */
export function byteRateQuantity(bytesPerSec: Maybe): Quantity {
  const quantity = bytesQuantity(bytesPerSec)
  return quantity.unit === '' ? quantity : { value: quantity.value, unit: `${quantity.unit}/s` }
}
export function formatByteRate(bytesPerSec: Maybe): string {
  return quantityText(byteRateQuantity(bytesPerSec))
}

/** Network: bytes per second shown as decimal bits, the way links are sold. */
export function bitRateQuantity(bytesPerSec: Maybe): Quantity {
  return isKnown(bytesPerSec) ? scaled(bytesPerSec * 8, 1000, bitRateUnits) : unknownQuantity
}
export function formatBitRate(bytesPerSec: Maybe): string {
  return quantityText(bitRateQuantity(bytesPerSec))
}
/** A limit that somebody chose, without needless decimals: 500 Mbit/s, 1.5 Gbit/s. */
export function formatLimit(bytesPerSec: Maybe): string {
  const quantity = bitRateQuantity(bytesPerSec)
  return quantityText({ ...quantity, value: quantity.value.replace(/\.0$/, '') })
}
/** Mbit/s always: how busy something is compares by eye. */
export function mbitQuantity(bytesPerSec: Maybe): Quantity {
  if (!isKnown(bytesPerSec)) return unknownQuantity
  const mbit = (bytesPerSec * 8) / 1e6
  return { value: mbit >= 100 ? String(Math.round(mbit)) : mbit.toFixed(1), unit: 'Mbit/s' }
}

/** A ratio of 0 to 1 in whole percent: 58 %. */
export function percentQuantity(ratio: Maybe, decimals = 0): Quantity {
  return isKnown(ratio) ? { value: (ratio * 100).toFixed(decimals), unit: '%' } : unknownQuantity
}
export function formatPercent(ratio: Maybe, decimals = 0): string {
  return quantityText(percentQuantity(ratio, decimals))
}

/** "1,234" in the reader's own grouping. */
export function formatCount(count: Maybe): string {
  return isKnown(count) ? Math.round(count).toLocaleString() : unknownText
}

/** How long something took: 48 ms, 14.2 s, 3 min 05 s, 2 h 10 min, 3 d 4 h. */
export function formatDuration(ms: Maybe): string {
  if (!isKnown(ms)) return unknownText
  if (ms < 1000) return `${Math.round(ms)}${nbsp}ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}${nbsp}s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)}${nbsp}d${nbsp}${hours % 24}${nbsp}h`
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return `${large}${nbsp}${largeUnit}${nbsp}${String(small).padStart(2, '0')}${nbsp}${smallUnit}`
}

/** How old something is, in one unit: 12 s, 3 min, 5 h, 4 d. Never negative: clocks differ a little. */
export function formatAge(ms: Maybe): string {
  if (!isKnown(ms)) return unknownText
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}${nbsp}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${nbsp}min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}${nbsp}h`
  return `${Math.floor(seconds / 86_400)}${nbsp}d`
}

/** Local date and time: 2026-01-31 14:05:09, which sorts and reads the same everywhere. */
export function formatMoment(at: Maybe): string {
  if (!isKnown(at)) return unknownText
  const date = new Date(at)
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${formatClock(at)}`
}

/** Local time of day: 14:05:09. */
export function formatClock(at: Maybe): string {
  if (!isKnown(at)) return unknownText
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}

/** The moment with its zone, for the hover of an age or a date. */
export function formatMomentWithZone(at: Maybe): string {
  if (!isKnown(at)) return unknownText
  const parts = new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' }).formatToParts(at)
  const zone = parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
  return `${formatMoment(at)} ${zone}`.trim()
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** The step of the load ramp, 0 to 10, for a ratio; null when unknown. */
export function loadStep(ratio: Maybe): number | null {
  if (!isKnown(ratio)) return null
  return Math.min(10, Math.max(0, Math.round(ratio * 10)))
}

/** The colour of the load ramp for a ratio; the neutral of decoration when unknown. */
export function loadColor(ratio: Maybe): string {
  const step = loadStep(ratio)
  return step === null ? 'var(--n6)' : `var(--load-${step})`
}
