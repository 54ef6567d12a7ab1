import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { applicationOf, labelOf } from '@drover/api-schema/labels.ts'
import type { SelectorSubject } from './ast.ts'
import type { Dimension } from './quantity.ts'

/** What hosts and domains have, by the name it has in selectors. Adding one means a line here and one in docs/policies.md. */

type Typed<T> =
  | { readonly type: 'text'; readonly of: (thing: T) => string | null }
  | { readonly type: 'version'; readonly of: (thing: T) => string }
  /** Any of them suffices: `features = avx2`. */
  | { readonly type: 'texts'; readonly of: (thing: T) => readonly string[] }
  | { readonly type: 'number'; readonly dimension: Dimension; readonly of: (thing: T) => number }
  | { readonly type: 'boolean'; readonly of: (thing: T) => boolean }

export type Field<T> = Typed<T> & {
  /** A few words for the list of completions. */
  readonly what: string
}
export type FieldType = Typed<never>['type']

export const hostFields: Readonly<Record<string, Field<Host>>> = {
  name: { type: 'text', of: ({ name }) => name, what: 'name of the host' },
  pool: { type: 'text', of: ({ pool }) => pool, what: 'pool of the host' },
  cores: {
    type: 'number',
    dimension: 'count',
    of: ({ cpu }) => cpu.pcpuCount,
    what: 'pCPUs of the host',
  },
  sockets: {
    type: 'number',
    dimension: 'count',
    of: ({ cpu }) => cpu.sockets,
    what: 'CPU sockets of the host',
  },
  memory: {
    type: 'number',
    dimension: 'bytes',
    of: ({ memTotalBytes }) => memTotalBytes,
    what: 'memory of the host',
  },
  'memory.free': {
    type: 'number',
    dimension: 'bytes',
    of: ({ memFreeBytes }) => memFreeBytes,
    what: 'memory free for new domains',
  },
  nic: {
    type: 'number',
    dimension: 'bytes-per-sec',
    of: ({ nicBytesPerSec }) => nicBytesPerSec,
    what: 'speed of the network card',
  },
  architecture: {
    type: 'text',
    of: ({ cpu }) => cpu.architecture,
    what: 'x86_32, x86_32-pae or x86_64',
  },
  vt: {
    type: 'boolean',
    of: ({ cpu }) => cpu.virtualisation !== 'none',
    what: 'has VT-x or AMD-V',
  },
  virtualisation: {
    type: 'text',
    of: ({ cpu }) => cpu.virtualisation,
    what: 'vt-x, amd-v or none',
  },
  features: { type: 'texts', of: ({ cpu }) => cpu.features, what: 'CPU features' },
  model: { type: 'text', of: ({ cpu }) => cpu.model, what: 'CPU model' },
  xen: { type: 'version', of: ({ hypervisor }) => hypervisor.version, what: 'version of Xen' },
  maintenance: {
    type: 'boolean',
    of: ({ isInMaintenance }) => isInMaintenance,
    what: 'is in maintenance',
  },
  connection: {
    type: 'text',
    of: ({ connection }) => connection.status,
    what: 'online, stale or lost',
  },
}

export const domainFields: Readonly<Record<string, Field<Domain>>> = {
  name: { type: 'text', of: ({ name }) => name, what: 'name of the domain' },
  app: { type: 'text', of: applicationOf, what: 'application it belongs to' },
  os: {
    type: 'text',
    // A label says more than the family the guest was made with.
    of: (domain) => labelOf(domain, 'os') ?? domain.os.family,
    what: 'label os, else the family: linux, windows, …',
  },
  'os.name': { type: 'text', of: ({ os }) => os.name, what: 'operating system in words' },
  type: { type: 'text', of: ({ kind }) => kind, what: 'pv, hvm or pvh' },
  architecture: {
    type: 'text',
    of: ({ guestArchitecture }) => guestArchitecture,
    what: 'x86_32, x86_32-pae or x86_64',
  },
  vcpus: {
    type: 'number',
    dimension: 'count',
    of: ({ vcpuCount }) => vcpuCount,
    what: 'vCPUs of the domain',
  },
  memory: {
    type: 'number',
    dimension: 'bytes',
    of: ({ memCurrentBytes, memTargetBytes }) => Math.max(memCurrentBytes, memTargetBytes),
    what: 'memory it holds or is about to',
  },
  'memory.max': {
    type: 'number',
    dimension: 'bytes',
    of: ({ memMaxBytes }) => memMaxBytes,
    what: 'ceiling of its balloon',
  },
  state: { type: 'text', of: ({ state }) => state.status, what: 'running, paused, shut-off, …' },
  migratable: { type: 'boolean', of: ({ isMigratable }) => isMigratable, what: 'may migrate' },
}

/** Other names for the same, accepted and never printed. */
const otherNames: Readonly<Record<SelectorSubject, Readonly<Record<string, string>>>> = {
  domain: {
    application: 'app',
    kind: 'type',
    arch: 'architecture',
    cpus: 'vcpus',
    vcpu: 'vcpus',
    mem: 'memory',
    status: 'state',
  },
  host: {
    arch: 'architecture',
    cpus: 'cores',
    pcpus: 'cores',
    mem: 'memory',
    free: 'memory.free',
    feature: 'features',
    version: 'xen',
    state: 'connection',
  },
}

/** Fields of a domain that are its host's: `pool`, and `host` for its name. */
const throughHost: Readonly<Record<string, string>> = { pool: 'pool', host: 'name' }

export type FoundField = { readonly scope: 'own' | 'host'; readonly name: string }

/** The field that `name` (lower case, without `host.`) is on the subject; null when it can only be a label. */
export function findField(subject: SelectorSubject, name: string): FoundField | null {
  const fields = subject === 'domain' ? domainFields : hostFields
  if (Object.hasOwn(fields, name)) return { scope: 'own', name }
  const other = Object.hasOwn(otherNames[subject], name) ? otherNames[subject][name] : undefined
  if (other !== undefined) return { scope: 'own', name: other }
  const ofHost =
    subject === 'domain' && Object.hasOwn(throughHost, name) ? throughHost[name] : undefined
  return ofHost === undefined ? null : { scope: 'host', name: ofHost }
}

export function fieldsOf(subject: SelectorSubject): Readonly<Record<string, Field<never>>> {
  return subject === 'domain' ? domainFields : hostFields
}

/** Every way to begin a comparison, as it is completed and suggested. */
export function fieldNames(subject: SelectorSubject): string[] {
  if (subject === 'host') return Object.keys(hostFields)
  return [
    ...Object.keys(domainFields),
    'host',
    'pool',
    ...Object.keys(hostFields)
      .filter((name) => name !== 'name' && name !== 'pool')
      .map((name) => `host.${name}`),
  ]
}
