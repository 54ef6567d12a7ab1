'use client'

import { usePathname, useSearchParams } from 'next/navigation'
import { useCallback } from 'react'

/**
 * Filters and sorting kept in the address, so that a view can be sent to a colleague and survives a reload. The
 * entry in the history is replaced: going back leaves the page and does not walk through every letter typed.
 */
export function useAddressParams(): {
  readonly get: (name: string) => string | null
  readonly set: (changes: Readonly<Record<string, string | null>>) => void
} {
  const params = useSearchParams()
  const pathname = usePathname()
  const get = useCallback((name: string) => params.get(name), [params])
  const set = useCallback(
    (changes: Readonly<Record<string, string | null>>) => {
      // The address itself is read, not the rendered one: two changes in one event must both last.
      const next = new URLSearchParams(window.location.search)
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === '') next.delete(name)
        else next.set(name, value)
      }
      const query = next.toString()
      window.history.replaceState(null, '', query === '' ? pathname : `${pathname}?${query}`)
    },
    [pathname],
  )
  return { get, set }
}
