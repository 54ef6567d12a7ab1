'use client'
import { useSyncExternalStore } from 'react'

const query = '(min-width: 1536px)'

/** Whether the inspector fits beside a board of the same number of columns, so that a click may open it. */
export function useHasRoom(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = window.matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => window.matchMedia(query).matches,
    () => false,
  )
}
