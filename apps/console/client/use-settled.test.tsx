import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useSettled } from './use-settled.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

const keyOf = (row: string) => row

function settle(readings: Map<string, number>, rows = ['a', 'b']) {
  const read = (row: string) => readings.get(row) ?? null
  const { result, rerender } = renderHook(
    ({ shown, by }: { shown: string[]; by: typeof read | null }) => useSettled(shown, keyOf, by),
    { initialProps: { shown: rows, by: read as typeof read | null } },
  )
  return {
    now: (shown = rows) => shown.map((row) => result.current?.(row) ?? null),
    show: (shown: string[]) => rerender({ shown, by: read }),
    stop: () => rerender({ shown: rows, by: null }),
    isSorted: () => result.current !== null,
  }
}

test('readings keep for three seconds and are then renewed all together', () => {
  const readings = new Map([
    ['a', 53],
    ['b', 47],
  ])
  const table = settle(readings)
  readings.set('a', 10)
  act(() => vi.advanceTimersByTime(2900))
  expect(table.now()).toEqual([53, 47])
  readings.set('b', 20)
  act(() => vi.advanceTimersByTime(200))
  expect(table.now()).toEqual([10, 20])
})

test('the first readings are not kept waiting', () => {
  const readings = new Map<string, number>()
  const table = settle(readings)
  expect(table.now()).toEqual([null, null])
  readings.set('a', 5)
  readings.set('b', 6)
  act(() => vi.advanceTimersByTime(1000))
  readings.set('a', 9)
  expect(table.now()).toEqual([5, 6])
})

test('a row that comes meanwhile has its present reading', () => {
  const readings = new Map([['a', 1]])
  const table = settle(readings, ['a'])
  readings.set('b', 2)
  table.show(['a', 'b'])
  expect(table.now(['a', 'b'])).toEqual([1, 2])
})

test('nothing settles while nothing is sorted by a reading', () => {
  const table = settle(new Map([['a', 1]]), ['a'])
  table.stop()
  expect(table.isSorted()).toBe(false)
})
