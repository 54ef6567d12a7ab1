import type { DomainAction } from '@drover/api-schema/agent-protocol.ts'
import { destroyText } from './common.ts'

/** Words of the domains table and the domain page. */
export const domainsText = {
  title: 'Domains',
  filter: 'Find domain, host, label or system',
  filterState: 'State',
  filterKind: 'Type',
  filterOs: 'System',
  filterApplication: 'Application',
  all: 'All',
  none: 'No domains yet',
  noneHint: 'They appear as soon as an agent reports them.',
  toHosts: 'See the hosts',
  noneMatch: 'No domain matches these filters',
  noneMatchHint: 'Widen the search or clear the filters.',
  clearFilters: 'Clear filters',
  domain: 'Domain',
  state: 'State',
  kind: 'Type',
  host: 'Host',
  os: 'System',
  application: 'Application',
  vcpus: 'vCPUs',
  memory: 'Memory',
  cpu: 'CPU',
  cpuWait: 'Wait',
  network: 'Network',
  disk: 'Disk',
  noneHere: 'No domain is on this host. Migrate one here, or keep it as a spare.',
  migrating: 'Migrating',
  migratingTo: (host: string) => `Migrating to ${host}`,
  migratingBanner: (name: string, source: string, destination: string) =>
    `${name} is migrating from ${source} to ${destination}.`,
  waitingBanner: (name: string, source: string, destination: string) =>
    `${name} waits for its turn to migrate from ${source} to ${destination}.`,
  inDoubtBanner: (name: string) =>
    `The migration of ${name} is in doubt: it stays paused until it is known which host has it.`,
  followMigration: 'Follow it',
  ringLabel: (domain: string, percent: string) => `${domain} is ${percent} copied`,
  on: 'on',
  vcpuCount: (count: number) => (count === 1 ? '1 vCPU' : `${count} vCPUs`),
  heldBanner: (name: string) =>
    `${name} is held paused by a migration until its outcome is known. It is resumed or released by the migration, never by hand.`,
  staleBanner: (host: string, age: string) =>
    `${host} has not been heard for ${age}. What you see is what it last said; nothing can be done to this domain until its agent is back.`,
  silentBanner: (host: string, age: string) =>
    `${host} is connected and has sent no readings for ${age}. What you see is what it last said.`,
  crashedBanner: (name: string) =>
    `${name} has crashed. Start it again, or destroy what is left of it.`,
  charts: 'Last 10 minutes',
  chartCpu: (vcpus: number) => (vcpus === 1 ? 'CPU, of 1 vCPU' : `CPU, of ${vcpus} vCPUs`),
  chartMemory: 'Memory',
  chartNetwork: 'Network',
  chartDisk: 'Disk',
  seriesCpu: 'Used',
  seriesWait: 'Waited for a pCPU',
  seriesMemory: 'In use',
  seriesRx: 'Received',
  seriesTx: 'Sent',
  seriesRead: 'Read',
  seriesWrite: 'Written',
  facts: 'Facts',
  factsGuest: 'Guest',
  factsResources: 'Resources',
  factsDevices: 'Devices',
  factsIdentity: 'Identity',
  guestArchitecture: 'Architecture',
  startedAt: 'Running since',
  memTarget: 'Balloon target',
  memCurrent: 'Held now',
  memMin: 'Minimum',
  memMax: 'Ceiling',
  weight: 'Weight',
  cap: 'CPU cap',
  noCap: 'none',
  capOf: (percent: number) => `${percent}\u00a0% of one pCPU`,
  cpuFeatures: 'CPU features in use',
  vifs: 'Network interfaces',
  vbds: 'Disks',
  noVifs: 'No network interfaces',
  noVbds: 'No disks',
  interfaceId: 'Interface',
  mac: 'MAC address',
  networkName: 'Network',
  device: 'Device',
  size: 'Size',
  storage: 'Storage',
  migratable: 'May migrate',
  migratableYes: 'yes',
  migratableNo: 'no, marked as not migratable',
  noFeatures: 'none',
  domid: 'domid',
  domainId: 'Domain id',
  generation: 'Ownership generation',
  migrations: 'Migrations',
  actions: 'Actions',
  actionsOf: (name: string) => `Actions for ${name}`,
  migrate: 'Migrate to…',
  migratingAlready: (name: string) =>
    `${name} is being migrated; wait for it or cancel the migration.`,
  needsOperator:
    'Operators and administrators can do this. Ask one of your administrators for the role.',
  notFound: 'There is no such domain',
  notFoundHint: 'It may have been destroyed, or the address is wrong.',
  toDomains: 'All domains',
  keep: 'Keep it as it is',
  typeName: (name: string) => `Type ${name} to confirm`,
  typeNameWrong: (name: string) => `This is not ${name}.`,
} as const

/** Said when the host answers that nothing had to be done. */
export const actionAlreadyText: Record<DomainAction, (name: string) => string> = {
  start: (name) => `${name} was running already`,
  pause: (name) => `${name} was paused already`,
  unpause: (name) => `${name} was not paused`,
  'shut-down': (name) => `${name} was shut off already`,
  reboot: (name) => `${name} was rebooting already`,
  destroy: (name) => `${name} was gone already`,
}

type Confirmation = {
  readonly title: (name: string) => string
  /** What will happen to what, in numbers: how long it ran, how much memory is lost. */
  readonly body: (facts: { name: string; host: string; memory: string; uptime: string }) => string
  readonly confirm: (name: string) => string
}

/** Null: done at once, because it can be taken back with one click and nothing is lost. */
export const confirmationText: Record<DomainAction, Confirmation | null> = {
  start: null,
  pause: null,
  unpause: null,
  'shut-down': {
    title: (name) => `Shut down ${name}?`,
    body: ({ name, host, uptime }) =>
      `${name} on ${host} has run for ${uptime}. Its system is asked to stop; whoever uses it is cut off until it is started again.`,
    confirm: (name) => `Shut down ${name}`,
  },
  reboot: {
    title: (name) => `Reboot ${name}?`,
    body: ({ name, host, uptime }) =>
      `${name} on ${host} has run for ${uptime}. Its system is asked to restart; whoever uses it is cut off until it is back.`,
    confirm: (name) => `Reboot ${name}`,
  },
  destroy: {
    title: destroyText.title,
    body: ({ name, memory, uptime }) => destroyText.body(name, memory, uptime),
    confirm: destroyText.confirm,
  },
}
