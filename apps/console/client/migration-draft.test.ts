import { defaultMigrationProfile, type MigrationProfile } from '@drover/api-schema/migration.ts'
import { expect, test } from 'vitest'
import {
  bandwidthOf,
  draftOf,
  freshTerms,
  isWrong,
  mbitText,
  profileFields,
  profileOf,
  profileSentence,
  retryFields,
  retryOf,
  termsOf,
  wrongWith,
} from './migration-draft.ts'

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

test('a fresh dialog asks for nothing beside the host: the pool’s settings hold', () => {
  expect(termsOf(freshTerms)).toEqual({})
})

const profiles: MigrationProfile[] = [
  defaultMigrationProfile,
  { kind: 'xen-4' },
  { kind: 'xen-3.0' },
  { kind: 'nsdi-2005' },
  {
    kind: 'downtime-target',
    downtimeLimitMs: 50,
    lastResort: { kind: 'longer-pause', downtimeLimitMs: 4000 },
  },
  { kind: 'downtime-target', downtimeLimitMs: 900, lastResort: { kind: 'give-up' } },
]
test.each(profiles.map((profile) => [profileSentence(profile), profile] as const))(
  'what is set comes back from its form: %s',
  (_, profile) => {
    const draft = draftOf(profile, { kind: 'next-best-host', attempts: 3 })
    expect(isWrong(draft)).toBe(false)
    expect(profileOf(draft)).toEqual(profile)
    expect(retryOf(draft)).toEqual({ kind: 'next-best-host', attempts: 3 })
  },
)

test('everything that was asked for is sent, each in its own unit', () => {
  const draft = {
    ...freshTerms,
    profile: 'downtime-target',
    pauseMs: '120',
    lastResort: 'longer-pause',
    longerMs: '2500',
    priority: 'high',
    mbit: '500',
    retry: 'same-host',
    attempts: '2',
  } as const
  expect(termsOf(draft)).toEqual({
    profile: {
      kind: 'downtime-target',
      downtimeLimitMs: 120,
      lastResort: { kind: 'longer-pause', downtimeLimitMs: 2500 },
    },
    priority: 'high',
    bandwidthBytesPerSec: 62_500_000,
    retry: { kind: 'same-host', attempts: 2 },
  })
})

test.each([
  ['pauseMs', { profile: 'downtime-target', pauseMs: '0' }, /1 to 60000/],
  ['pauseMs', { profile: 'downtime-target', pauseMs: '1.5' }, /whole number/],
  [
    'longerMs',
    { profile: 'downtime-target', lastResort: 'longer-pause', pauseMs: '900', longerMs: '800' },
    /at least the longest pause/,
  ],
  ['attempts', { retry: 'same-host', attempts: '11' }, /1 to 10/],
  ['mbit', { mbit: '0.5' }, /at least 1\.1/],
  ['mbit', { mbit: 'fast' }, /at least 1\.1/],
] as const)(
  'what is wrong with %s is said, and nothing is asked for',
  (field, changes, sentence) => {
    const draft = { ...freshTerms, ...changes }
    expect(wrongWith(draft, field)).toMatch(sentence)
    expect(termsOf(draft)).toBeNull()
  },
)

test('what is not shown cannot be wrong', () => {
  const draft = { ...freshTerms, pauseMs: 'x', longerMs: 'x', attempts: 'x' }
  expect(isWrong(draft)).toBe(false)
  expect(profileFields(draft, 'As set').map(({ id }) => id)).toEqual(['profile'])
  expect(retryFields(draft, 'As set').map(({ id }) => id)).toEqual(['retry'])
})

test('bandwidth is typed in Mbit/s, with a comma too, and empty is no limit', () => {
  expect(bandwidthOf(' ')).toBeNull()
  expect(bandwidthOf('1,5')).toBe(187_500)
  expect(mbitText(187_500)).toBe('1.5')
  expect(mbitText(null)).toBe('')
})

test('a profile is said in words', () => {
  expect(plain(profileSentence(defaultMigrationProfile))).toBe(
    'Shortest pause, at most 300 ms, else the guest is slowed down',
  )
})
