import { expect, test } from 'vitest'
import { PaintSchedule } from './paint-schedule.ts'

/** A browser of our own: frames and timers run when the test says so. */
function surroundings() {
  const frames: (() => void)[] = []
  const timers: { at: number; run: () => void }[] = []
  const state = { now: 0, isHidden: false, costMs: 0 }
  const painted: string[] = []
  const schedule = new PaintSchedule<string>(
    {
      now: () => state.now,
      isHidden: () => state.isHidden,
      requestFrame: (run) => frames.push(run),
      wait: (ms, run) => timers.push({ at: state.now + ms, run }),
    },
    (key) => {
      painted.push(key)
      state.now += state.costMs
    },
  )
  function frame() {
    for (const run of frames.splice(0)) run()
  }
  function pass(ms: number) {
    state.now += ms
    for (const timer of timers.splice(0)) {
      if (timer.at <= state.now) timer.run()
      else timers.push(timer)
    }
    frame()
  }
  return { schedule, painted, state, frame, pass, frames }
}

test('a touched host is painted in the next frame, once', () => {
  const { schedule, painted, frame } = surroundings()
  schedule.touch('a')
  schedule.touch('a')
  expect(painted).toEqual([])
  frame()
  frame()
  expect(painted).toEqual(['a'])
})

test('the same host is painted at most about once a second, the newest touch is not lost', () => {
  const { schedule, painted, frame, pass } = surroundings()
  schedule.touch('a')
  frame()
  schedule.touch('a')
  frame()
  pass(500)
  expect(painted).toEqual(['a'])
  pass(500)
  expect(painted).toEqual(['a', 'a'])
})

test('a hidden tab paints nothing and catches up when it is shown', () => {
  const { schedule, painted, state, frame, frames } = surroundings()
  state.isHidden = true
  schedule.touch('a')
  expect(frames).toHaveLength(0)
  state.isHidden = false
  schedule.resume()
  frame()
  expect(painted).toEqual(['a'])
})

test('more than one frame can carry is spread over several', () => {
  const { schedule, painted, state, frame } = surroundings()
  state.costMs = 3
  for (const key of ['a', 'b', 'c', 'd']) schedule.touch(key)
  frame()
  expect(painted).toEqual(['a', 'b'])
  frame()
  expect(painted).toEqual(['a', 'b', 'c', 'd'])
})

test('a forgotten host is not painted', () => {
  const { schedule, painted, frame } = surroundings()
  schedule.touch('a')
  schedule.forget('a')
  frame()
  expect(painted).toEqual([])
})

test('a rested host does not sit out the wait of one that was painted just now', () => {
  const { schedule, painted, state, frame, pass } = surroundings()
  schedule.touch('a')
  frame()
  state.now += 100
  schedule.touch('a')
  frame()
  schedule.touch('b')
  frame()
  expect(painted).toEqual(['a', 'b'])
  pass(849)
  expect(painted).toEqual(['a', 'b'])
  pass(1)
  expect(painted).toEqual(['a', 'b', 'a'])
})
