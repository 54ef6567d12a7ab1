import type { MigrationPriority } from '@drover/api-schema/migration-terms.ts'

/** Words of the queue, of groups, and of trying again. */
export const queueText = {
  priorityIs: (priority: string) => `Priority: ${priority}`,
  priorityOf: (domain: string, priority: string) => `Priority: ${priority}, of ${domain}`,
  priorityNow: (domain: string, priority: string) => `${domain} has ${priority} priority now`,
  priorityHead: 'Priority',
} as const

export const priorityWord: Record<MigrationPriority, string> = {
  high: 'high',
  normal: 'normal',
  low: 'low',
}

export const againText = {
  tryAgain: 'Try again',
  tryAgainLabel: (domain: string, host: string) => `Try again: ${domain} to ${host}`,
  otherHost: 'Choose another host…',
  otherHostLabel: (domain: string) => `Choose another host for ${domain}`,
  needsOperator: 'Operators and administrators can migrate domains.',
  isGone: (domain: string) => `${domain} does not exist any more.`,
  isMigrating: (domain: string) => `${domain} is being migrated already.`,
  isThere: (domain: string, host: string) => `${domain} is on ${host} already.`,
  began: (domain: string, host: string) => `Moving ${domain} to ${host} again`,
  refused: (domain: string, host: string) => `${domain} cannot go to ${host}`,
  attemptOf: (attempt: number, of: number) => `Attempt ${attempt} of ${of}`,
  attempt: (attempt: number) => `Attempt ${attempt}`,
  afterFailure: (attempt: number, host: string, message: string) =>
    `, after attempt ${attempt} to ${host} failed: ${message}`,
  afterUnknown: ', after an earlier one failed',
  earlier: (attempt: number) => `See attempt ${attempt}`,
  later: (attempt: number) => `See attempt ${attempt}`,
  triedAgain: (attempt: number, host: string) =>
    `It is tried again, to ${host}: attempt ${attempt}.`,
  wasTriedAgain: (attempt: number) => `It was tried again: attempt ${attempt}.`,
  storyAfter: (attempt: number, host: string, phase: string, message: string) =>
    `Attempt ${attempt}, to ${host}, failed while ${phase}: ${message}`,
  storyNext: (attempt: number, host: string) => `Attempt ${attempt} goes to ${host}.`,
  storyNoMore: (attempts: number) =>
    `It is not tried again: ${attempts === 1 ? 'the retry that was allowed is' : `all ${attempts} retries that were allowed are`} used up.`,
} as const

export const groupText = {
  title: (count: number, hosts: string) =>
    `${count} ${count === 1 ? 'domain' : 'domains'} to ${hosts}`,
  hosts: (count: number) => `${count} hosts`,
  done: (count: number) => `${count} done`,
  copying: (count: number) => `${count} copying`,
  waiting: (count: number) => `${count} waiting`,
  inDoubt: (count: number) => `${count} in doubt`,
  failed: (count: number) => `${count} failed`,
  cancelled: (count: number) => `${count} cancelled`,
  timeLeft: (time: string) => `~${time} left`,
  sent: 'Sent',
  toGo: 'To go',
  toGoHint: 'As predicted; what the domains write meanwhile comes on top.',
  askedBy: (name: string) => `asked by ${name}`,
  ringLabel: (title: string, percent: string) => `${title}: ${percent} sent`,
  expand: (title: string) => `Show the domains of “${title}”`,
  collapse: (title: string) => `Hide the domains of “${title}”`,
  cancelRest: 'Cancel the rest',
  cancelLabel: (title: string) => `Cancel the rest of “${title}”`,
  cancelTitle: (count: number) =>
    `Cancel the ${count === 1 ? 'one that is' : `${count} that are`} not done?`,
  cancelKept: (count: number, hosts: string) =>
    count === 0
      ? 'None has arrived yet.'
      : `${count === 1 ? 'The one that has arrived stays' : `The ${count} that have arrived stay`} on ${hosts}.`,
  cancelStays: (names: string, count: number) =>
    `${names} ${count === 1 ? 'keeps' : 'keep'} running where ${count === 1 ? 'it is' : 'they are'}.`,
  cancelSent: (sent: string) => `The ${sent} copied of those is thrown away.`,
  cancelLate: (count: number) =>
    `${count} ${count === 1 ? 'is' : 'are'} being handed over and can no longer be stopped.`,
  cancelConfirm: 'Cancel the rest',
  cancelKeep: 'Keep going',
  stopping: (count: number) => `Stopping ${count} ${count === 1 ? 'migration' : 'migrations'}`,
  allOf: (some: readonly string[], count: number) =>
    `${some.join(', ')} and ${count - some.length} more`,
  nothingToCancel: 'All of them have ended, or are being handed over.',
  members: 'Domains of the group',
  pageTitle: 'Group of migrations',
  notFound: 'There is no such group',
  ended: (title: string, counts: string) => `${title}: ${counts}`,
  allMoved: (count: number, hosts: string) =>
    `${count} ${count === 1 ? 'domain is' : 'domains are'} on ${hosts}`,
} as const
