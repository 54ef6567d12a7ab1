/** One unit per quantity: bytes, pages of 4 KiB, ms, ratios of 0 to 1. These are the only conversions. */
export const PAGE_BYTES = 4096
export const KIB = 1024
export const MIB = 1024 * KIB
export const GIB = 1024 * MIB

/** Network speeds are sold in decimal bits; inside everything is bytes per second. */
export function bitsToBytesPerSec(bitsPerSec: number): number {
  return bitsPerSec / 8
}

/** Whole pages that hold `bytes`. */
export function bytesToPages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES)
}

export function pagesToBytes(pages: number): number {
  return pages * PAGE_BYTES
}

/** "2.1 GiB": binary units, one decimal below 10, for sentences. Screens format with their own helpers. */
export function describeBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const rounded =
    Math.abs(value) < 10 && unit > 0
      ? value.toFixed(1).replace(/\.0$/, '')
      : String(Math.round(value))
  return `${rounded} ${units[unit]}`
}
