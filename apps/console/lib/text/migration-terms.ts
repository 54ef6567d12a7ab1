import type { MigrationProfile } from '@drover/api-schema/migration.ts'
import type { MigrationPriority, RetryPolicy } from '@drover/api-schema/migration-terms.ts'
import { postCopyRisk } from '../post-copy-risk.ts'

/** Words for what may be asked of a migration: in the dialog, in the settings, and on its page. */

export type ProfileKind = MigrationProfile['kind']
export type LastResort = Extract<MigrationProfile, { kind: 'downtime-target' }>['lastResort']

export const profileWords: Record<ProfileKind, { label: string; hint: string }> = {
  'downtime-target': {
    label: 'Shortest pause',
    hint: 'Copies in rounds until the rest fits into the allowed pause.',
  },
  'xen-4': {
    label: 'Xen 4',
    hint: 'At most five rounds, then pauses for whatever is left.',
  },
  'xen-3.0': {
    label: 'Xen 3.0',
    hint: 'Up to 29 rounds or three times the memory, then pauses for whatever is left.',
  },
  'nsdi-2005': {
    label: 'NSDI 2005, adaptive',
    hint: 'Begins slowly and speeds up as the domain writes; gentle to the network, and longer.',
  },
}

/** Completes "when no round shortens the pause any more: …". */
export const lastResortChoice: Record<LastResort['kind'], { label: string; hint: string }> = {
  'auto-converge': {
    label: 'Slow the guest down',
    hint: 'Takes CPU from the domain step by step until a round fits.',
  },
  'longer-pause': {
    label: 'Accept a longer pause',
    hint: 'Pauses for longer, but never for more than the second limit.',
  },
  'give-up': {
    label: 'Give up and stay',
    hint: 'The domain stays where it is, untouched.',
  },
  'post-copy': {
    label: 'Move first, memory after',
    hint: postCopyRisk,
  },
}

export const retryWords: Record<RetryPolicy['kind'], string> = {
  none: 'Never',
  'same-host': 'On the same host',
  'next-best-host': 'On the next best host',
}

export const priorityText: Record<MigrationPriority, string> = {
  high: 'High',
  normal: 'Normal',
  low: 'Low',
}

export const termsText = {
  options: 'Options',
  asPool: (pool: string) => `As set for ${pool}`,
  asPools: 'As set for the pool',
  profile: 'Profile',
  pauseLimit: 'Longest pause',
  lastResort: 'If the pause cannot be kept',
  longerLimit: 'Second limit',
  priority: 'Priority',
  priorityHint: 'Who leaves the queue first, and who gets more of a limited link.',
  bandwidth: 'Bandwidth',
  bandwidthHint: 'Empty: as much as the hosts allow.',
  retry: 'Try again after a failure',
  attempts: 'How often at most',
  attemptsUnit: 'times',
  ms: 'ms',
  mbit: 'Mbit/s',
  pauseWrong: 'Give a whole number from 1 to 60000.',
  longerWrong: 'Give a whole number from 1 to 600000.',
  longerTooShort: 'Give at least the longest pause above.',
  attemptsWrong: 'Give a whole number from 1 to 10.',
  bandwidthWrong: 'Give at least 1.1, or leave it empty.',
  limitWrong: 'Give a whole number from 1 to 1000.',
  limitEmptyWrong: 'Give a whole number from 1 to 1000, or leave it empty.',
  atMost: (pause: string) => `at most ${pause}`,
  elseSlow: 'else the guest is slowed down',
  elseLonger: (pause: string) => `else at most ${pause}`,
  elseStay: 'else it stays',
  elseFirst: 'else it moves before its memory',
  retryOnce: (where: string, count: number) =>
    `${where}, ${count === 1 ? 'once' : `up to ${count} times`}`,
  effect: (host: string, total: string, pause: string) => `To ${host}: ~${total}, pause ~${pause}`,
  effectBefore: (total: string, pause: string) =>
    ` As set for the pool: ~${total}, pause ~${pause}.`,
  effectSame: ' The same as the pool’s own settings.',
  effectGivesUp: (host: string) =>
    `To ${host} it would more likely give up than move: the domain writes too fast for these options.`,
  effectUnknown: 'No host can take it.',
  fixFirst: 'Mend the options first.',
} as const
