function canTakeIt({
  able,
  warned,
  best,
  obstacles,
}: {
  able: number
  warned: number
  best: string | null
  obstacles: string
}): string {
  if (obstacles !== '') return `No host can take it: ${obstacles}`
  if (able === 0) return 'No host can take it.'
  const hosts = able === 1 ? '1 host' : `${able} hosts`
  const warning =
    warned === 0
      ? ''
      : warned < able
        ? `, ${warned} of them with a warning`
        : `, ${able === 1 ? '' : 'each '}with a warning`
  return `${hosts} can take it${warning}; best is ${best}.`
}

/** The board: hosts as cards, domains as rows, and the drag between them. */
export const boardText = {
  title: 'Board',
  hostsRegion: 'Hosts and their domains',
  loading: 'Loading the fleet',
  brokenMark: (count: number) =>
    count === 1 ? 'One rule does not hold here' : `${count} rules do not hold here`,
  search: 'Filter the board',
  searchPlaceholder: 'Name, or tier = web',
  clearSearch: 'Clear the filter',
  sort: 'Sort',
  group: 'Group',
  heat: 'Colour',
  density: 'Density',
  inspector: 'Inspector',
  openInspector: 'Open the inspector',
  closeInspector: 'Close the inspector',
  sortBy: { name: 'Name', cpu: 'CPU', memory: 'Memory', network: 'Network' },
  heatBy: { cpu: 'CPU', memory: 'Memory', network: 'Network' },
  densities: { rows: 'Rows', tiles: 'Tiles', heat: 'Heat' },
  groupNone: 'None',
  groupPool: 'Pool',
  groupLabel: (key: string) => `Label ${key}`,
  groupWithout: (key: string) => `Without ${key}`,
  groupSummary: (hosts: number, domains: number) =>
    `${hosts} ${hosts === 1 ? 'host' : 'hosts'} · ${domains} ${domains === 1 ? 'domain' : 'domains'}`,
  matches: (domains: number, hosts: number) =>
    `${domains} ${domains === 1 ? 'domain' : 'domains'} on ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`,

  cpu: 'CPU',
  memory: 'MEM',
  network: 'NET',
  disk: 'DSK',
  cpuOf: (name: string) => `CPU of ${name}`,
  memoryOf: (name: string) => `Memory of ${name}`,
  networkOf: (name: string) => `Network of ${name}`,
  networkTitle: (nic: string) => `The busier direction of a link of ${nic}`,
  diskOf: (name: string) => `Disk of ${name}`,
  diskTitle: (disk: string) => `Reading and writing together, of ${disk}`,
  licences: (count: number) => `+${count}`,
  licenceLong: ({
    newly,
    product,
    usedAfter,
    count,
  }: {
    readonly newly: number
    readonly product: string
    readonly usedAfter: number
    readonly count: number
  }) =>
    `Takes ${newly} ${product} ${newly === 1 ? 'licence' : 'licences'} more: ${usedAfter} of ${count} in use then`,
  ofTotal: (total: string) => `of ${total}`,
  cores: (count: number) => `${count}c`,
  coresLong: (count: number) => `${count} cores`,
  vcpus: (count: number) => `${count}v`,
  hostLabel: (name: string, domains: number) =>
    `${name}, ${domains} ${domains === 1 ? 'domain' : 'domains'}`,
  domainsOf: (name: string) => `Domains on ${name}`,
  domainLabel: (parts: {
    name: string
    kind: string
    os: string
    vcpus: number
    memory: string
    state: string
  }) =>
    `${parts.name}, ${parts.kind}, ${parts.os}, ${parts.vcpus} ${parts.vcpus === 1 ? 'vCPU' : 'vCPUs'}, ${parts.memory}, ${parts.state}`,
  selectedMark: 'selected',
  migratingTo: (host: string) => `migrating to ${host}`,
  shortTo: (host: string) => `→ ${host}`,
  waitsFor: (host: string) => `waits to go to ${host}`,
  inDoubt: 'in doubt, paused',
  waitsToHear: (host: string) => `waits for ${host}`,
  roundAndLeft: (round: number, left: string) => `round ${round} · ${left} left`,
  ghostFrom: (name: string, host: string) => `${name} is on its way from ${host}`,
  countArriving: (count: number) => `${count} arriving`,
  countLeaving: (count: number) => `${count} leaving`,
  arriving: (host: string) => `from ${host}`,
  progressOf: (name: string) => `Migration of ${name}`,
  expand: (name: string) => `Show the domains of ${name}`,
  collapse: (name: string) => `Hide the domains of ${name}`,
  noDomains: 'No domains here',
  hiddenByFilter: (count: number) =>
    `${count} ${count === 1 ? 'domain does' : 'domains do'} not match the filter`,
  notMigratable: 'Not migratable',
  refusedMark: (sentence: string) => `Refused: ${sentence}`,
  dismissRefusal: 'Dismiss the refusal',
  openMenu: (name: string) => `Actions for ${name}`,
  dragHandle: 'draggable domain',
  dragInstructions:
    'Press space or enter to pick up; then the arrow keys go from host to host, space or enter drops, escape puts back. Press m to choose a host from a list, x to select.',

  emptyTitle: 'No hosts yet',
  emptyBody:
    'A host appears here as soon as its agent connects. Make an enrolment token, then start the agent on the host with it.',
  emptyAction: 'Enrolment tokens',
  noMatchTitle: 'Nothing matches the filter',
  noMatchBody: (query: string) =>
    `No host and no domain has “${query}” in its name, OS, application or labels.`,
  errorTitle: 'The fleet could not be read',

  migrateTo: 'Migrate to…',
  migrateTitle: (names: string) => `Migrate ${names}`,
  migrateSearch: 'Find a host',
  migrateHosts: 'Hosts, best first',
  migrateNone: 'No host has that in its name.',
  severalDomains: (count: number) => `${count} domains`,
  best: 'best',
  rank: (rank: number) => `${rank}.`,
  cannot: 'cannot',
  warningMark: 'warning',
  allowedMark: 'can take it',
  here: 'It is here',
  predicted: (total: string, pause: string) => `~${total} · pause ~${pause}`,
  predictedLong: (total: string, pause: string) => `predicted ${total}, pause ${pause}`,
  arrow: (before: string, after: string) => `${before} → ${after}`,
  moreReasons: (count: number) => `+ ${count} more`,
  bestThree: 'Best hosts',
  noneCan: 'No host can take it',
  leaving: 'moving away',

  pickedUp: (
    what: string,
    from: string,
    answer: { able: number; warned: number; best: string | null; obstacles: string },
  ) => `${what} picked up from ${from}. ${canTakeIt(answer)}`,
  overAllowed: (host: string, free: string, cpu: string) =>
    `Over ${host}: ${free} free, CPU ${cpu}.`,
  overWarning: (host: string, warning: string) => `Over ${host}. Warning: ${warning}`,
  overRefused: (host: string, reasons: string) => `${host} refuses: ${reasons}`,
  overSource: (host: string) => `Over ${host}, where it is now.`,
  overNothing: 'Over no host.',
  putBack: (what: string) => `${what} put back.`,
  moving: (what: string, to: string) => `Moving ${what} to ${to}.`,
  refusedTitle: (what: string, host: string, count: number) =>
    count === 1
      ? `Refused: ${what} stays, ${host} cannot take it`
      : `Refused: ${what} stay, ${host} cannot take them`,
  migratingToast: (what: string, host: string) => `Migrating ${what} to ${host}`,
  undo: 'Undo',
  undoLong: (what: string) => `Undo the migration of ${what}`,
  refusedSome: (count: number) => `Refused for ${count} ${count === 1 ? 'domain' : 'domains'}`,
  refusalLine: (name: string, message: string) => `${name}: ${message}`,

  selectionTitle: (count: number) => `${count} domains selected`,
  clearSelection: 'Clear the selection',
  total: 'Together',

  facts: {
    state: 'State',
    host: 'Host',
    pool: 'Pool',
    kind: 'Type',
    os: 'OS',
    application: 'Application',
    vcpus: 'vCPUs',
    memory: 'Memory',
    memoryMax: 'Memory, most',
    scheduler: 'Scheduler',
    uptime: 'Up for',
    domid: 'domid',
    labels: 'Labels',
    cpu: 'CPU',
    load: 'CPU now',
    network: 'Network now',
    disk: 'Disk now',
    memoryFree: 'Memory free',
    architecture: 'Architecture',
    virtualisation: 'Virtualisation',
    hypervisor: 'Hypervisor',
    nic: 'NIC',
    domains: 'Domains',
    agent: 'Agent',
    seen: 'Last seen',
  },
  weightAndCap: (weight: number, cap: number) =>
    `weight ${weight}, ${cap === 0 ? 'no cap' : `cap ${cap} %`}`,
  inOut: (inRate: string, outRate: string) => `${inRate} in, ${outRate} out`,
  readWrite: (read: string, write: string) => `${read} read, ${write} written`,
  openPage: 'Open page',
  inspectNothing: 'Click a host or a domain to see its facts here.',
  select: 'Add to the selection',
  deselect: 'Take out of the selection',
} as const
