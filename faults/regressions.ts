import type { Schedule } from './schedule.ts'

/** Every schedule that ever broke a promise, shrunk, with what was wrong. They are played in every test run. */
type Regression = { readonly was: string } & Pick<Schedule, 'terms' | 'course' | 'faults'>
export const regressions: readonly Regression[] = [
  {
    was: 'The end of the image was lost on a stream that went on: the guest stayed paused for ever.',
    faults: [
      { kind: 'frame', link: 'peer', direction: 'up', index: 25, treatment: { kind: 'drop' } },
    ],
  },
  {
    was: 'The answer to the image was lost on a stream that went on: the guest stayed paused for ever.',
    faults: [
      { kind: 'frame', link: 'peer', direction: 'down', index: 24, treatment: { kind: 'drop' } },
    ],
  },
]
