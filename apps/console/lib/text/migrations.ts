import type { MigrationPhase, StopReason } from '@drover/api-schema/migration.ts'

/** Words of the migrations pages. Whole sentences only, so that they can be translated. */
export const migrationsText = {
  title: 'Migrations',
  pageTitle: (domain: string) => `Migration of ${domain}`,
  open: 'Running and queued',
  groups: 'Groups that move together',
  past: 'Past',
  noneOpen: 'Nothing is moving',
  noneOpenHint: 'Drag a domain on the board, or use “Migrate to…” on a domain.',
  pastUnread: 'Past migrations cannot be read now',
  nonePast: 'No migration has ended yet',
  nonePastHint: 'Each one stays here with its figures once it ends.',
  noneMatch: 'No migration matches these filters',
  noneMatchHint: 'Widen the search or clear the filters.',
  clearFilters: 'Clear filters',
  toBoard: 'Open the board',
  loadMore: 'Show older',
  loadingMore: 'Loading…',
  end: 'That is all.',
  filterText: 'Find domain, host or person',
  filterOutcome: 'Outcome',
  allOutcomes: 'All',
  migration: 'Migration',
  domain: 'Domain',
  route: 'From → to',
  source: 'Source',
  destination: 'Destination',
  phase: 'Phase',
  outcome: 'Outcome',
  ended: 'Ended',
  total: 'Total',
  rounds: 'Rounds',
  bytes: 'Sent',
  downtime: 'Pause',
  askedBy: 'Asked by',
  requestedBy: (name: string) => `asked by ${name}`,
  ago: (age: string) => `${age} ago`,
  round: (round: number) => `Round ${round}`,
  roundHead: 'Round',
  pausedRound: 'paused',
  followedRound: 'after the domain',
  missing: 'Still to follow',
  demanded: 'On demand',
  demandedHint: 'Pages that the domain touched before they had come, so they were sent first.',
  waitedFor: 'Waited',
  waitedHint: 'How long the domain has stood still for pages that had not come.',
  waitsNow: 'waits now',
  sent: 'Sent',
  notRecorded: 'not yet recorded',
  left: 'Left in round',
  dirtyRate: 'Dirty rate',
  bandwidth: 'Speed',
  elapsed: 'Elapsed',
  waiting: 'Waiting',
  pausedFor: 'Paused for',
  soFar: 'So far',
  untilItEnded: 'Until it ended',
  throttled: (percent: string) => `Guest slowed by ${percent}`,
  predictedEnd: 'Ends in',
  predictedPause: 'Pause',
  predictedHead: 'Predicted',
  predictedHint: 'Predicted, not measured',
  predictedPhrase: (value: string) => `predicted ${value}`,
  measured: 'Measured',
  figure: 'Figure',
  difference: 'Difference',
  cancel: 'Cancel',
  cancelLabel: (domain: string) => `Cancel the migration of ${domain}`,
  cancelTitle: (domain: string) => `Cancel the migration of ${domain}?`,
  cancelBody: (domain: string, source: string) => `${domain} keeps running on ${source}.`,
  cancelBodySent: (sent: string) => `The ${sent} copied so far is thrown away.`,
  cancelBodyUnknown: 'What was copied so far is thrown away.',
  cancelConfirm: 'Cancel migration',
  cancelKeep: 'Keep copying',
  cancelKeepQueued: 'Keep in the queue',
  cancelRequested: (name: string) => `${name} has asked to cancel`,
  needsOperator:
    'Operators and administrators can cancel migrations. Ask one of your administrators for the role.',
  cutOffBadge: 'Cut off',
  cutOff: (domain: string, source: string, destination: string) =>
    `${source} and ${destination} do not reach each other, and part of the memory of ${domain} is still on ${source}. It runs on ${destination} until it needs a page of that; the agents keep trying.`,
  cutOffWaiting: (domain: string, source: string, destination: string) =>
    `${domain} stands still: it needs a page of its memory that is still on ${source}, and ${source} and ${destination} do not reach each other. It goes on as soon as they do; the agents keep trying.`,
  stalled: (source: string, destination: string) =>
    `No byte has moved for 5 s. ${source} keeps trying to reach ${destination}; the domain still runs on ${source}.`,
  stalledPaused: (source: string, destination: string) =>
    `No byte has moved for 5 s and the domain is paused. ${source} keeps trying to reach ${destination}.`,
  inDoubt: 'In doubt',
  inDoubtWaiting: (domain: string, waitingFor: string, age: string) =>
    `${domain} is paused. The hand-over was sent and not answered: ${waitingFor} has not been heard for ${age}. The console keeps asking it which copy is the domain; nothing resumes until it answers.`,
  inDoubtHint: (waitingFor: string) =>
    `Bring ${waitingFor} or its network back. Do not start the domain anywhere else: two running copies would destroy its disks.`,
  stalledBadge: 'Stalled',
  details: 'Details',
  timeline: 'Phases',
  roundsTable: 'Rounds',
  roundsChart: 'What each round sent and left',
  noRounds: 'No round has ended yet',
  noRoundsHint: 'The first round sends the whole memory; its figures appear when it ends.',
  noRoundsEver: 'It ended before anything was sent',
  unfinishedRound: 'unfinished',
  unfinishedHint: 'It ended in this round; only what was sent is known.',
  totals: 'Figures',
  log: 'What happened',
  notPredicted: 'No prediction was made for this migration.',
  likely: (low: string, high: string) => `likely ${low} to ${high}`,
  likelyHint: 'Four times out of five the measured figure lies between these two.',
  outsideLikely: 'outside',
  outsideLikelyHint: 'Outside the predicted interval; that happens to one in five.',
  assumedGuest:
    'Nothing was known of how this domain writes, so an ordinary guest of its size was assumed. Its next prediction uses what this migration has shown.',
  accuracy: (count: string, total: string, pause: string) =>
    `Over the last ${count} finished migrations, half of the predictions were off by less than ${total} of the total time and ${pause} of the pause.`,
  accuracyCoverage: (total: string, pause: string) =>
    `The 80\u00a0% intervals held ${total} of the total times and ${pause} of the pauses.`,
  skipped: 'Skipped',
  leftDirty: 'Left dirty',
  duration: 'Took',
  rate: 'Speed',
  pages: 'pages',
  memory: 'Memory',
  profile: 'Profile',
  noLimit: 'as much as the hosts allow',
  stopReason: 'Stopped copying because',
  digest: 'Digest of the memory image',
  digestHint: 'Equal on both sides before the domain was activated.',
  generation: 'Generation',
  migrationId: 'Migration',
  group: 'Asked for with others',
  requestedAt: 'Asked',
  failedTitle: (domain: string, phase: string) =>
    `${domain} stayed where it was: it failed while ${phase}`,
  lostTitle: (domain: string, destination: string) =>
    `${domain} was lost: it ran on ${destination} before all of its memory was there`,
  whatToDo: 'What to do',
  notFound: 'There is no such migration',
  notFoundHint: 'It may belong to another console, or the address is wrong.',
  toMigrations: 'All migrations',
  ringLabel: (domain: string, percent: string) => `${domain} is ${percent} copied`,
  listOf: 'Migrations',
  noneOfThis: 'No migrations',
  noneOfHostHint: 'Domains that come or go appear here.',
  noneOfDomainHint: 'Its moves from host to host appear here.',
} as const

/** What is done in each phase, one line. */
export const phaseMeaning: Record<MigrationPhase, string> = {
  queued: 'Waits for its turn: hosts take only so many migrations at once.',
  preflight: 'Checks again that the destination can take the domain.',
  preparing: 'Reserves memory and vCPUs on the destination.',
  'pre-copy': 'Copies memory in rounds while the domain runs.',
  'stop-and-copy': 'Pauses the domain and copies what is left.',
  activating: 'Compares both copies, then hands the domain over.',
  'post-copy': 'Runs the domain on the destination while the rest of its memory follows.',
}

/** Completes "it failed while …" and "cancelled while …". */
export const phaseWhile: Record<MigrationPhase, string> = {
  queued: 'waiting in the queue',
  preflight: 'checking the destination',
  preparing: 'preparing the destination',
  'pre-copy': 'copying memory',
  'stop-and-copy': 'paused for the last copy',
  activating: 'handing over',
  'post-copy': 'its memory was following',
}

/** Completes "stopped copying because …". */
export const stopReasonText: Record<StopReason, string> = {
  'few-pages-left': 'few pages were left',
  'round-limit': 'the number of rounds had reached its limit',
  'sent-limit': 'several times its memory had been sent',
  'sent-grew-at-full-rate': 'rounds grew although the link ran at full speed',
  'downtime-reached': 'the rest fitted into the allowed pause',
  'no-progress': 'more rounds would not have shortened the pause',
  'longer-pause-accepted': 'the profile accepts a longer pause',
  'not-running': 'the domain was not running',
  'asked-to-pause': 'somebody asked to pause the domain and finish',
  'asked-for-post-copy': 'somebody asked to move the domain at once',
}

/** The log of a migration, in sentences. Round numbers count from 1. */
export const storyText = {
  asked: (who: string, domain: string, source: string, destination: string) =>
    `${who} asked to move ${domain} from ${source} to ${destination}.`,
  waited: (wait: string) =>
    `Left the queue after ${wait}; the destination was checked and its memory reserved.`,
  started: 'Left the queue; the destination was checked and its memory reserved.',
  round: (round: number, sent: string, took: string, rate: string) =>
    `Round ${round} sent ${sent} in ${took}, ${rate}.`,
  unfinished: (round: number, sent: string) => `Round ${round} had sent ${sent} and did not end.`,
  roundLeft: (pages: string) => ` Written again meanwhile: ${pages}.`,
  lastCopy: (domain: string, sent: string, took: string) =>
    `With ${domain} paused, the last ${sent} were sent in ${took}.`,
  stopped: (why: string) => `Stopped copying because ${why}.`,
  paused: (domain: string, source: string) =>
    `${domain} was paused on ${source} for the last copy.`,
  handingOverFirst: (destination: string) =>
    `What ${destination} holds is as it was sent; it was told to run the domain, the rest follows.`,
  wentOver: (domain: string, destination: string) =>
    `From then on ${domain} ran on ${destination}, and the rest of its memory followed.`,
  followed: (sent: string, took: string) => `${sent} followed in ${took}.`,
  waitedForPages: (pages: string, waited: string) =>
    ` ${pages} pages were fetched on demand, and it stood still for ${waited} in all to wait for them.`,
  handingOver: (destination: string) => `Both copies agree; ${destination} was told to run it.`,
  inDoubt: (waitingFor: string) =>
    `${waitingFor} has not answered. The domain stays paused until it does.`,
  resolvedResume: (who: string, source: string, destination: string) =>
    `${who} decided that ${source} runs it again, without a word from ${destination}.`,
  resolvedRelease: (who: string, source: string, destination: string) =>
    `${who} decided that ${source} gives up its paused copy, without a word from ${destination}.`,
  completed: (domain: string, destination: string, total: string) =>
    `${domain} runs on ${destination}, ${total} after it was started.`,
  completedPause: (downtime: string) => ` It stood still for ${downtime}.`,
  failed: (phase: string, message: string) => `Failed while ${phase}: ${message}`,
  stays: (domain: string, source: string) =>
    `The domain stayed on ${source}: ${domain} was not moved.`,
  cancelled: (who: string, phase: string, domain: string, source: string) =>
    `Stopped by ${who} while ${phase}. ${domain} stayed on ${source}.`,
  someone: 'an administrator',
  cancelAsked: (who: string) => `${who} asked to cancel.`,
} as const

/** How far a phase is, for those who do not see its mark. */
export const stepStatusText = {
  done: 'done',
  current: 'now',
  ahead: 'still to come',
  broken: 'ended here',
  skipped: 'not reached',
} as const
