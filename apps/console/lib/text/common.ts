import type { DomainAction } from '@drover/api-schema/agent-protocol.ts'
import type { DomainKind, DomainStatus, OsFamily } from '@drover/api-schema/domain.ts'
import type { Architecture, HostConnectionStatus, Virtualisation } from '@drover/api-schema/host.ts'
import type { MigrationState } from '@drover/api-schema/migration.ts'
import type { Metric } from '@drover/api-schema/telemetry.ts'
import type { Role } from '@drover/api-schema/user.ts'

/** Words that more than one area uses. Sentences with parts are functions, so that a translation may reorder them. */
export const commonText = {
  productName: 'Drover',
  close: 'Close',
  cancel: 'Cancel',
  retry: 'Try again',
  clear: 'Clear',
  loading: 'Loading',
  unknown: 'unknown',
  none: 'none',
  actions: 'Actions',
  actionsFor: (name: string) => `Actions for ${name}`,
  open: (name: string) => `Open ${name}`,
  noAccess: 'Your role does not allow this.',
  needsRole: (role: string) => `Needs the role ${role}; ask an administrator.`,
  required: 'Required',
  optional: 'optional',
  somethingBroke: 'Something broke in this page.',
  requestId: (id: string) => `Request ${id}`,
  offline: 'The console cannot be reached.',
  cannotRead: 'This cannot be read now',
  databaseAway: 'The console cannot reach its database.',
  notJson: 'The console answered with something this page does not understand. Reload it.',
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  notifications: 'Notifications',
  dismiss: 'Dismiss',
  predicted: (value: string) => `~${value}`,
  completions: (field: string) => `${field}: what could stand here`,
  writeInstead: (text: string) => `Write ${text}`,
  atCharacter: (place: number) => `At character ${place}.`,
} as const

export const domainStatusText: Record<DomainStatus, string> = {
  running: 'Running',
  paused: 'Paused',
  'shutting-down': 'Shutting down',
  'shut-off': 'Shut off',
  crashed: 'Crashed',
}

export const domainKindText: Record<DomainKind, { short: string; long: string }> = {
  pv: { short: 'PV', long: 'Paravirtualised' },
  hvm: { short: 'HVM', long: 'Fully virtualised' },
  pvh: { short: 'PVH', long: 'Paravirtualised in a hardware container' },
}

export const domainActionText: Record<DomainAction, string> = {
  start: 'Start',
  pause: 'Pause',
  unpause: 'Unpause',
  'shut-down': 'Shut down',
  reboot: 'Reboot',
  destroy: 'Destroy…',
}

/** What a toast says when the host has confirmed it. */
export const domainActionDoneText: Record<DomainAction, (name: string) => string> = {
  start: (name) => `${name} has started`,
  pause: (name) => `${name} is paused`,
  unpause: (name) => `${name} is running again`,
  'shut-down': (name) => `${name} is shutting down`,
  reboot: (name) => `${name} is rebooting`,
  destroy: (name) => `${name} was destroyed`,
}

export const destroyText = {
  title: (name: string) => `Destroy ${name}?`,
  body: (name: string, memory: string, uptime: string) =>
    `${name} is cut off at once, as if its power were pulled. It loses the ${memory} it holds in memory and whatever it has not written to disk. It has been up for ${uptime}. Its disks stay.`,
  confirm: (name: string) => `Destroy ${name}`,
} as const

export const hostConnectionText: Record<HostConnectionStatus, string> = {
  online: 'Online',
  stale: 'Stale',
  lost: 'Lost',
}
export const hostText = {
  maintenance: 'Maintenance',
  staleFor: (age: string) => `stale for ${age}`,
  lostFor: (age: string) => `lost ${age} ago`,
  noReading: (age: string) => `no reading for ${age}`,
  noReadingLong: 'Its agent is connected and sends no readings; what is shown is old.',
} as const

export const architectureText: Record<Architecture, string> = {
  x86_32: '32-bit',
  'x86_32-pae': '32-bit PAE',
  x86_64: '64-bit',
}

export const virtualisationText: Record<Virtualisation, { short: string; long: string }> = {
  none: { short: 'no VT', long: 'No hardware virtualisation: runs PV domains only' },
  'vt-x': { short: 'VT-x', long: 'Hardware virtualisation: VT-x' },
  'amd-v': { short: 'AMD-V', long: 'Hardware virtualisation: AMD-V' },
}

export const osFamilyText: Record<OsFamily, string> = {
  linux: 'Linux',
  windows: 'Windows',
  bsd: 'BSD',
  solaris: 'Solaris',
  other: 'Other',
}

export const migrationPhaseText: Record<MigrationState['phase'], string> = {
  queued: 'Queued',
  preflight: 'Checking',
  preparing: 'Preparing',
  'pre-copy': 'Copying',
  'stop-and-copy': 'Stop and copy',
  activating: 'Handing over',
  'post-copy': 'Memory follows',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

export const roleText: Record<Role, string> = {
  viewer: 'Viewer',
  operator: 'Operator',
  admin: 'Administrator',
}

export const metricText: Record<Metric, string> = {
  cpu: 'CPU',
  'cpu-wait': 'CPU wait',
  'dom0-cpu': 'dom0 CPU',
  memory: 'Memory',
  'net-rx': 'Network in',
  'net-tx': 'Network out',
  'disk-read': 'Disk read',
  'disk-write': 'Disk write',
}
