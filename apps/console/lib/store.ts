import { useCallback, useSyncExternalStore } from 'react'

/** A value outside React that components follow in parts: for state that changes often and concerns few of them. */
export type Store<T> = {
  readonly get: () => T
  readonly set: (next: T) => void
  readonly listen: (listener: () => void) => () => void
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener()
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The picked part; renders when that part changes. It must be the same object while nothing changed. */
export function useStore<T, Part>(store: Store<T>, pick: (value: T) => Part): Part {
  return useSyncExternalStore(
    useCallback((listener) => store.listen(listener), [store]),
    () => pick(store.get()),
    () => pick(store.get()),
  )
}
