'use client'
import { useEffect, useRef } from 'react'

/** After a change of page the focus starts at its content, unless the page has put it somewhere already. */
export function useContentFocus(pathname: string) {
  const content = useRef<HTMLElement>(null)
  const last = useRef(pathname)
  useEffect(() => {
    if (last.current === pathname) return
    last.current = pathname
    const hasFocus = content.current?.contains(document.activeElement) === true
    if (!hasFocus) content.current?.focus({ preventScroll: true })
  }, [pathname])
  return content
}
