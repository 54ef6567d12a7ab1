import { expect, test } from 'vitest'
import { bestPlace, type PlaceInput } from './best-place.ts'

const size = { width: 264, height: 144 }
const window = { width: 1280, height: 800 }
const card = { left: 400, top: 100, right: 860, bottom: 400 }
const place = (x: number, y: number, more: Partial<PlaceInput> = {}) =>
  bestPlace({ origin: { x, y }, card, size, window, ...more })

test('right of the hand on the card it comes from, else left of it', () => {
  expect(place(430, 250)).toEqual({ left: 506, top: 210 })
  expect(place(830, 250)).toEqual({ left: 490, top: 210 })
})

test('near an edge of the card it stays on the card', () => {
  expect(place(430, 390)).toEqual({ left: 506, top: 256 })
  expect(place(430, 105)).toEqual({ left: 506, top: 100 })
})

test('in the middle of the card it is below or above the hand', () => {
  expect(place(630, 150)).toEqual({ left: 498, top: 194 })
  expect(place(630, 380)).toEqual({ left: 498, top: 192 })
})

test('a card without room lets it stand beside the hand, on the screen', () => {
  const low = { ...card, bottom: 180 }
  expect(place(630, 150, { card: low })).toEqual({ left: 706, top: 110 })
  expect(place(1200, 150, { card: null })).toEqual({ left: 860, top: 110 })
  expect(place(100, 790, { card: null })).toEqual({ left: 176, top: 648 })
})

test('never under the hand', () => {
  for (let x = 400; x < 860; x += 7)
    for (let y = 100; y < 400; y += 7) {
      const { left, top } = place(x, y)
      const isBeside = x < left - 40 || x > left + size.width + 40
      const isAbove = y < top - 40 || y > top + size.height + 40
      expect(isBeside || isAbove).toBe(true)
    }
})
