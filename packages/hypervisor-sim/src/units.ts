/** Xen on x86 moves memory in pages of 4 KiB. */
export const PAGE_BYTES = 4096
export const MIB = 1024 * 1024
export const GIB = 1024 * MIB

/** Whole pages that fit into a size. */
export function pagesOf(bytes: number): number {
  return Math.floor(bytes / PAGE_BYTES)
}

/** Network links are sold in bits, counted here in bytes. */
export function mbitPerSec(mbit: number): number {
  return (mbit * 1_000_000) / 8
}
