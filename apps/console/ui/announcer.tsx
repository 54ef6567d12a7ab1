'use client'
import { useSyncExternalStore } from 'react'

let message = ''
let count = 0
const listeners = new Set<() => void>()

/** Says a sentence to screen readers, politely. The last one wins. */
export function announce(sentence: string): void {
  count += 1
  // A no-break space at every other turn makes the same sentence news again.
  message = count % 2 === 0 ? sentence : `${sentence}\u00a0`
  for (const listener of listeners) listener()
}

/** The live region; once, in the root. */
export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => message,
    () => '',
  )
  return (
    <div role="status" aria-live="polite" aria-atomic="true" className="sr-only" data-announcer="">
      {text}
    </div>
  )
}
