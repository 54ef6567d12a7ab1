'use client'

import { useSyncExternalStore } from 'react'

const query = '(max-width: 639px)'

/** Whether the page is as narrow as a phone, where tables become lists. False on the server. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = mediaList()
      list?.addEventListener('change', listener)
      return () => list?.removeEventListener('change', listener)
    },
    () => mediaList()?.matches ?? false,
    () => false,
  )
}

function mediaList(): MediaQueryList | null {
  return typeof window.matchMedia === 'function' ? window.matchMedia(query) : null
}
