import type { Domain } from '@drover/api-schema/domain.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { compareVersions } from '@drover/api-schema/scalars.ts'
import { describeBytes } from '@drover/api-schema/units.ts'
import { noRules, type RuleJudgement } from './rules/judgement.ts'
import { byPrecedence, type Reason, withPrecedence } from './rules/reason.ts'

/**
 * May this domain run on that host: the built-in constraints of the world, always required, and what rules say. The server
 * decides with this function before a migration, the browser asks it for every host the moment a card is picked up.
 */
export type Verdict = {
  readonly kind: 'allowed' | 'warning' | 'refused'
  /** All reasons, not the first: an administrator who mends one should not find the next. Strongest first. */
  readonly refusals: readonly Reason[]
  readonly warnings: readonly Reason[]
}

/** Memory and vCPUs promised on a host beside what it reports: moves in progress or dropped together. */
export type Promised = { readonly memBytes: number; readonly vcpuCount: number }
export const nothingPromised: Promised = { memBytes: 0, vcpuCount: 0 }

/** HVM domains migrate live from Xen 3.1 on: the 3.0.x toolstack checkpoints PV guests only. */
const firstHvmMigrationVersion = '3.1'
/** MAX_VIRT_CPUS of Xen 3.x; HVM_MAX_VCPUS and the address layout of PV in Xen 4 (its headers and SUPPORT.md). */
const xen3VcpuLimit = 32
const hvmVcpuLimit = 128
const pvVcpuLimit = 8192
/** Named in a sentence; more are counted. */
const maxNamedFeatures = 8

const architectureName: Record<Host['cpu']['architecture'], string> = {
  x86_32: '32-bit without PAE',
  'x86_32-pae': '32-bit with PAE',
  x86_64: '64-bit',
}

/**
 * The memory a migration must find free on its destination. A shut-off domain does not migrate, so this is what
 * the running guest holds or is about to hold.
 */
export function memoryToPlace(domain: Domain): number {
  return Math.max(domain.memCurrentBytes, domain.memTargetBytes)
}

/** Every reason why `domain` cannot or should not migrate from `source` to `destination` now. */
export function verdictFor(
  domain: Domain,
  source: Host,
  destination: Host,
  promised: Promised = nothingPromised,
  rules: RuleJudgement = noRules,
): Verdict {
  if (source.hostId === destination.hostId) {
    const said = refusal('same-host', `${domain.name} is on ${source.name} already.`)
    return { kind: 'refused', refusals: [withPrecedence(said)], warnings: [] }
  }
  const builtIn = [
    ...refusalsOfDomain(domain, source),
    ...refusalsOfHost(destination, source),
    ...refusalsOfCapability({ domain, source }, destination),
    ...refusalsOfMemory([domain], destination, promised),
  ].map(withPrecedence)
  const refusals = [...builtIn, ...rules.ofDomains, ...rules.ofHost].sort(byPrecedence)
  const warnings = [
    ...warningsOf([domain], destination, promised).map(withPrecedence),
    ...rules.warnings,
  ]
  return { kind: kindOf(refusals, warnings), refusals, warnings }
}

export function kindOf(refusals: readonly Reason[], warnings: readonly Reason[]): Verdict['kind'] {
  if (refusals.length > 0) return 'refused'
  return warnings.length > 0 ? 'warning' : 'allowed'
}

/** A domain and the host that it would leave. */
export type Mover = { readonly domain: Domain; readonly source: Host }

/** Why it cannot leave its host, wherever it would go. */
export function refusalsOfDomain(domain: Domain, source: Host): Refusal[] {
  const found: Refusal[] = []
  if (domain.migrationId !== null) {
    found.push(
      refusal('domain-migrating', `${domain.name} is being migrated already; cancel that first.`),
    )
  }
  if (domain.state.status !== 'running') {
    found.push(
      refusal('wrong-state', `${domain.name} is not running; only running domains migrate live.`),
    )
  }
  if (!domain.isMigratable) {
    found.push(refusal('not-migratable', `${domain.name} is marked as not migratable.`))
  }
  if (source.connection.status !== 'online') {
    found.push(
      refusal(
        'host-not-online',
        `${source.name} is not connected, so ${domain.name} cannot leave it.`,
      ),
    )
  }
  const { version } = source.hypervisor
  if (domain.kind === 'hvm' && compareVersions(version, firstHvmMigrationVersion) < 0) {
    found.push(
      refusal(
        'hvm-migration-unsupported',
        `${source.name} runs Xen ${version}, which cannot migrate HVM domains live; ${firstHvmMigrationVersion} can.`,
      ),
    )
  }
  return found
}

/** Why it takes nothing from there now, whatever it is. */
export function refusalsOfHost(destination: Host, source: Host): Refusal[] {
  const found: Refusal[] = []
  if (destination.connection.status !== 'online') {
    found.push(refusal('host-not-online', `${destination.name} is not connected.`))
  }
  if (destination.isInMaintenance) {
    found.push(
      refusal(
        'host-in-maintenance',
        `${destination.name} is in maintenance and takes no new domains.`,
      ),
    )
  }
  if (destination.pool !== source.pool) {
    found.push(
      refusal(
        'other-pool',
        `${destination.name} is in ${destination.pool}; domains migrate within ${source.pool} only.`,
      ),
    )
  }
  if (destination.peerUrl === null) {
    found.push(
      refusal(
        'no-peer-address',
        `${destination.name} takes no migrations: its agent offers no address for them.`,
      ),
    )
  }
  return found
}

/** Why it cannot run it. */
export function refusalsOfCapability({ domain, source }: Mover, destination: Host): Refusal[] {
  const found: Refusal[] = []
  const { cpu } = destination
  if (domain.kind !== 'pv' && cpu.virtualisation === 'none') {
    found.push(
      refusal(
        'no-hardware-virtualisation',
        `${destination.name} has no VT-x or AMD-V; ${domain.name} is ${domain.kind.toUpperCase()} and needs it.`,
      ),
    )
  }
  if (!runsArchitecture(domain, destination)) {
    found.push(
      refusal(
        'architecture-mismatch',
        `${destination.name} is ${architectureName[cpu.architecture]}; ${domain.name} is ${architectureName[domain.guestArchitecture]}.`,
      ),
    )
  }
  const missing = domain.requiredCpuFeatures.filter((feature) => !cpu.features.includes(feature))
  if (missing.length > 0) {
    found.push(
      refusal(
        'missing-cpu-features',
        `${destination.name} lacks CPU features ${domain.name} uses: ${listed(missing)}.`,
      ),
    )
  }
  const vcpuLimit = vcpuLimitOf(domain, destination)
  if (domain.vcpuCount > vcpuLimit) {
    found.push(
      refusal(
        'too-many-vcpus',
        `${domain.name} has ${domain.vcpuCount} vCPUs; Xen ${destination.hypervisor.version} runs at most ${vcpuLimit} in a ${domain.kind.toUpperCase()} guest.`,
      ),
    )
  }
  return [...found, ...refusalsOfVersion(source, destination)]
}

function vcpuLimitOf(domain: Domain, destination: Host): number {
  if (compareVersions(destination.hypervisor.version, '4.0') < 0) return xen3VcpuLimit
  return domain.kind === 'pv' ? pvVcpuLimit : hvmVcpuLimit
}

function listed(names: readonly string[]): string {
  const more = names.length - maxNamedFeatures
  const named = names.slice(0, maxNamedFeatures).join(', ')
  return more > 0 ? `${named} and ${more} more` : named
}

/** No 32-bit-on-64-bit PV until Xen 3.1; a hypervisor with PAE needs PAE guests and the reverse, for PV. */
function runsArchitecture(domain: Domain, destination: Host): boolean {
  const { architecture } = destination.cpu
  if (architecture === domain.guestArchitecture) return true
  switch (architecture) {
    case 'x86_64':
      return (
        domain.kind !== 'pv' ||
        (domain.guestArchitecture === 'x86_32-pae' &&
          compareVersions(destination.hypervisor.version, '3.1') >= 0)
      )
    case 'x86_32-pae':
      return domain.kind !== 'pv' && domain.guestArchitecture === 'x86_32'
    case 'x86_32':
      return false
  }
}

function refusalsOfVersion(source: Host, destination: Host): Refusal[] {
  const from = source.hypervisor.version
  const to = destination.hypervisor.version
  const found: Refusal[] = []
  if (compareVersions(to, from) < 0) {
    found.push(
      refusal(
        'older-hypervisor',
        `${destination.name} runs Xen ${to}, older than ${from} on ${source.name}; domains never migrate back.`,
      ),
    )
  }
  return found
}

/**
 * Whether domains that would come together fit. Free memory is what it is: what the first of them takes is not deducted for
 * the next, their sum is said. `among`: how many are carried, when some of them do not count.
 */
export function refusalsOfMemory(
  domains: readonly Domain[],
  destination: Host,
  { memBytes, among = domains.length }: { readonly memBytes: number; readonly among?: number },
): Refusal[] {
  const [first] = domains
  const needed = domains.reduce((sum, domain) => sum + memoryToPlace(domain), 0)
  const free = Math.max(0, destination.memFreeBytes - memBytes)
  if (first === undefined || free >= needed) return []
  const others = domains.length < among ? 'other ' : ''
  const needs =
    domains.length === 1
      ? `${first.name} needs ${describeBytes(needed)}`
      : `the ${others}${domains.length} domains need ${describeBytes(needed)} together`
  return [
    refusal(
      'not-enough-memory',
      `${destination.name} has ${describeBytes(free)} free; ${needs}. Free ${describeBytes(needed - free)} there or pick another host.`,
    ),
  ]
}

/** Of domains that would come together. */
export function warningsOf(
  domains: readonly Domain[],
  destination: Host,
  promised: Promised,
): Refusal[] {
  const wanted = domains.reduce((sum, { vcpuCount }) => sum + vcpuCount, promised.vcpuCount)
  const { pcpuCount } = destination.cpu
  const [only] = domains
  if (only === undefined || wanted <= pcpuCount) return []
  const what = domains.length === 1 ? only.name : `The ${domains.length} domains`
  const who =
    promised.vcpuCount > 0
      ? `${what} and what is on its way there have`
      : domains.length === 1
        ? `${what} has`
        : `${what} have`
  return [
    refusal(
      'cpu-overcommit',
      `${who} ${wanted} vCPUs; ${destination.name} has ${pcpuCount} pCPUs.`,
    ),
  ]
}
