'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'

/**
 * The width of an element in whole pixels, following it as it changes; `initial` until it was measured. Charts get
 * their width as a number: measuring once here is cheaper than each chart measuring itself at every render.
 */
export function useElementWidth<T extends HTMLElement>(
  initial: number,
): [RefObject<T | null>, number] {
  const ref = useRef<T | null>(null)
  const [width, setWidth] = useState(initial)
  useEffect(() => {
    const element = ref.current
    if (element === null || typeof ResizeObserver === 'undefined') return
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.floor(entry.contentRect.width))
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [ref, width]
}
