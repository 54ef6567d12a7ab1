'use client'
import { useEffect, useRef, useState } from 'react'

/**
 * What is shown and edited of something that is stored and may change under the hand: without an edit it follows, with one
 * it stays until it is undone or what is stored has become the same.
 */
export function useEdit<T>(stored: T): {
  readonly value: T
  readonly isDirty: boolean
  /** What is stored is not what the edit began with. */
  readonly hasMoved: boolean
  readonly edit: (value: T) => void
  readonly undo: () => void
} {
  const [edited, setEdited] = useState<T | null>(null)
  const begunWith = useRef(JSON.stringify(stored))
  const now = JSON.stringify(stored)
  const isSame = edited === null || JSON.stringify(edited) === now
  useEffect(() => {
    if (isSame) {
      begunWith.current = now
      setEdited(null)
    }
  }, [isSame, now])
  return {
    value: edited ?? stored,
    isDirty: !isSame,
    hasMoved: !isSame && begunWith.current !== now,
    edit: setEdited,
    undo: () => setEdited(null),
  }
}
