'use client'
import { useEffect, useRef } from 'react'
import { paths } from '../../lib/paths.ts'

const goSequence: Readonly<Record<string, string>> = {
  b: paths.board(),
  h: paths.hosts(),
  d: paths.domains(),
  m: paths.migrations(),
  p: paths.policies(),
  s: paths.settings(),
}
const sequenceMs = 1200

type Handlers = { openPalette: () => void; openKeys: () => void; goTo: (path: string) => void }

/** Keys that work on every page. They leave fields, menus and dialogs alone. */
export function useGlobalKeys(handlers: Handlers): void {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    let wentAt = Number.NEGATIVE_INFINITY
    function onKey(event: KeyboardEvent) {
      if (event.key === 'k' && (event.metaKey || event.ctrlKey)) {
        event.preventDefault()
        latest.current.openPalette()
        return
      }
      if (
        event.defaultPrevented ||
        event.metaKey ||
        event.ctrlKey ||
        event.altKey ||
        isTaken(event.target)
      )
        return
      if (event.key === '/' || event.key === '?') {
        event.preventDefault()
        if (event.key === '/') latest.current.openPalette()
        else latest.current.openKeys()
        return
      }
      const target = goSequence[event.key]
      if (event.timeStamp - wentAt < sequenceMs && target !== undefined) {
        event.preventDefault()
        latest.current.goTo(target)
      }
      wentAt = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
    }
    // In the capturing phase, so that the second key of "g m" does not reach the page's own "m".
    window.addEventListener('keydown', onKey, true)
    return () => window.removeEventListener('keydown', onKey, true)
  }, [])
}

function isTaken(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest(
      'input, textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=menu], [role=listbox]',
    ) !== null
  )
}
