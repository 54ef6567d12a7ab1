const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** The order of names everywhere: xen-2 before xen-10. One collator: `localeCompare` makes one at each call. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b)
}
