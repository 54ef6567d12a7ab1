import type {
  LicenceUnit,
  PlacementLevel,
  PolicyKind,
  Precedence,
} from '@drover/api-schema/policy.ts'
import type { Weekday } from '@drover/api-schema/week-time.ts'

/** Words of the rules on placement: their list, and where they do not hold. */
export const policiesText = {
  title: 'Policies',
  violations: 'Where rules do not hold',
  allHold: 'Every rule holds.',
  noRulesHold: 'No rule is on.',
  firstOf: (shown: number, all: number) =>
    `The first ${shown.toLocaleString('en')} of ${all.toLocaleString('en')} places.`,
  showAll: (count: number) => `Show all ${count}`,
  showFix: 'Show the fix',
  showFixOf: (sentence: string) => `Show the fix: ${sentence}`,
  since: (age: string) => `for ${age}`,
  sinceMoment: (moment: string) => `since ${moment}`,
  of: 'Rule',
  at: 'Concerns',
  more: (count: number) => `and ${count} more`,
  rules: 'Rules',
  newRule: 'New rule',
  search: 'Find rule, selector or owner',
  name: 'Name',
  says: 'What it says',
  strength: 'Strength',
  required: 'Required',
  preferred: 'Preferred',
  preferredWith: (weight: number) => `Preferred, ${weight}`,
  state: 'State',
  on: 'On',
  off: 'Off',
  matches: 'Matches',
  domainCount: (count: number) => (count === 1 ? '1 domain' : `${count} domains`),
  hostCount: (count: number) => (count === 1 ? '1 host' : `${count} hosts`),
  unreadable: 'cannot be read',
  violated: 'Not held',
  holds: 'holds',
  notHeld: (count: number) => (count === 1 ? 'in 1 place' : `in ${count} places`),
  owner: 'Owner',
  noneMatch: 'No rule has that in its name, words or owner',
  noneMatchHint: 'Widen the search or clear it.',
  clearSearch: 'Clear the search',
  none: 'No rules yet',
  noneHint:
    'A rule says where domains may run: together, apart, on certain hosts, at certain hours. Required rules are never broken by a move; preferred ones warn and rank. Start from one of these:',
  noneHintForOthers:
    'A rule says where domains may run: together, apart, on certain hosts, at certain hours. Administrators make them.',
  ownRule: 'Start from nothing',
  precedence: 'What wins over what',
  needsAdmin: 'Only administrators change rules. Ask one of yours.',
  needsOperator: 'Operators and administrators move domains. Ask one of your administrators.',
} as const

export const fixText = {
  title: 'What would mend it',
  looking: 'Looking for the fewest moves…',
  move: (domain: string, source: string, destination: string) =>
    `${domain}: ${source} → ${destination}`,
  moves: 'Moves',
  migrate: (count: number) => (count === 1 ? 'Migrate 1 domain' : `Migrate ${count} domains`),
  started: (count: number) =>
    count === 1 ? '1 domain is on its way' : `${count} domains are on their way`,
  refusedSome: (count: number) =>
    count === 1 ? '1 domain was not moved' : `${count} domains were not moved`,
  refusedLine: (domain: string, reason: string) => `${domain}: ${reason}`,
  unknownDomain: 'a domain that is gone',
  unknownHost: 'a host that is gone',
  close: 'Close',
} as const

/** Strongest first is the order of the contract. */
export const precedenceText: Record<Precedence, { readonly name: string; readonly hint: string }> =
  {
    'built-in': {
      name: 'Built-in checks',
      hint: 'What the hypervisor cannot do: memory, hardware, devices. Nobody can override them.',
    },
    maintenance: {
      name: 'Maintenance',
      hint: 'A host that is emptied or kept empty takes no domain, whatever rules say.',
    },
    required: {
      name: 'Required rules',
      hint: 'No move breaks them, unless an administrator overrides it with a reason.',
    },
    preferred: {
      name: 'Preferred rules',
      hint: 'A move that breaks one warns and ranks lower, by its weight.',
    },
  }

export const kindText: Record<PolicyKind, { readonly name: string; readonly hint: string }> = {
  'run-on': { name: 'Run on', hint: 'Certain domains run on certain hosts only.' },
  'keep-off': { name: 'Keep off', hint: 'Certain domains never run on certain hosts.' },
  'keep-together': {
    name: 'Keep together',
    hint: 'Domains that talk a lot share one host or rack.',
  },
  'keep-apart': {
    name: 'Keep apart',
    hint: 'Domains that stand in for each other do not fall together.',
  },
  hardware: {
    name: 'Needs hardware',
    hint: 'Certain domains need a feature of the CPU or a fast network card.',
  },
  headroom: { name: 'Keep room free', hint: 'Hosts keep some CPU or memory for bad days.' },
  reserve: { name: 'Reserve hosts', hint: 'Only one application may run on certain hosts.' },
  licence: {
    name: 'Licences',
    hint: 'A product runs on no more hosts, sockets or cores than are paid for.',
  },
  'never-move': {
    name: 'Never move',
    hint: 'The balancer leaves certain domains where they are; by hand they can be moved.',
  },
  'move-window': {
    name: 'Move at certain hours',
    hint: 'The balancer moves certain domains in their hours only.',
  },
}

export const levelText: Record<PlacementLevel, { readonly one: string; readonly many: string }> = {
  host: { one: 'host', many: 'hosts' },
  rack: { one: 'rack', many: 'racks' },
}

export const licenceUnitText: Record<LicenceUnit, string> = {
  host: 'host',
  socket: 'CPU socket',
  core: 'pCPU',
}

export const weekdayText: Record<Weekday, { readonly short: string; readonly long: string }> = {
  mon: { short: 'Mon', long: 'Monday' },
  tue: { short: 'Tue', long: 'Tuesday' },
  wed: { short: 'Wed', long: 'Wednesday' },
  thu: { short: 'Thu', long: 'Thursday' },
  fri: { short: 'Fri', long: 'Friday' },
  sat: { short: 'Sat', long: 'Saturday' },
  sun: { short: 'Sun', long: 'Sunday' },
}
