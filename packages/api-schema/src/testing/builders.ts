import type { Domain, DomainFacts } from '../domain.ts'
import type { Host, HostFacts } from '../host.ts'
import type {
  DomainId,
  DraftId,
  HostId,
  MigrationId,
  PlanId,
  PolicyRuleId,
  UserId,
} from '../ids.ts'
import type { Fleet } from '../live-protocol.ts'
import {
  defaultMigrationProfile,
  type Migration,
  type MigrationState,
  type PrecopyRound,
} from '../migration.ts'
import { defaultMigrationSettings } from '../migration-settings.ts'
import type { Draft, DraftMove, Plan, PlanStep } from '../plan.ts'
import type { PolicyDraft, PolicyRule } from '../policy.ts'
import { noPolicies, noViolationCounts } from '../policy-set.ts'
import { bitsToBytesPerSec, GIB, PAGE_BYTES } from '../units.ts'
import type { User } from '../user.ts'

/** Things for tests: complete, valid, and different only where the test says so. */

/** A UUID that is the same for the same number. */
export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`
}
// Ids are branded strings; a builder is where one comes from nowhere.
export const hostId = (number: number) => uuid(number) as HostId
export const domainId = (number: number) => uuid(0x10000 + number) as DomainId
export const migrationId = (number: number) => uuid(0x20000 + number) as MigrationId
export const ruleId = (number: number) => uuid(0x40000 + number) as PolicyRuleId
export const draftId = (number: number) => uuid(0x50000 + number) as DraftId
export const planId = (number: number) => uuid(0x50000 + number) as PlanId
export const testMoment = Date.UTC(2026, 0, 1)

export function someHostFacts(overrides: Partial<HostFacts> = {}): HostFacts {
  return {
    hostId: hostId(1),
    name: 'xen-01',
    pool: 'pool-a',
    labels: {},
    bootId: uuid(0x30001) as HostFacts['bootId'],
    bootedAt: testMoment,
    hypervisor: { product: 'xen', version: '4.17.2', isSimulated: true },
    cpu: {
      model: 'Simulated CPU',
      mhz: 2600,
      sockets: 2,
      pcpuCount: 16,
      architecture: 'x86_64',
      virtualisation: 'vt-x',
      features: ['sse2', 'sse4_2', 'avx'],
    },
    memTotalBytes: 64 * GIB,
    memFreeBytes: 40 * GIB,
    dom0: { memBytes: 2 * GIB, vcpuCount: 4 },
    nicBytesPerSec: bitsToBytesPerSec(1e9),
    diskBytesPerSec: 500e6,
    peerUrl: 'ws://127.0.0.1:9/peer',
    capabilities: {
      migrationProgress: 'rounds',
      canCancelMigration: true,
      canChangeMigrationBandwidth: false,
      hasPostCopy: false,
      reportsDowntime: true,
      cpuScheduling: 'weight-cap',
      hostCpu: 'native',
      canBalloon: true,
    },
    ...overrides,
  }
}

export function aHost(overrides: Partial<Host> = {}): Host {
  return {
    ...someHostFacts(),
    connection: { status: 'online', sinceAt: testMoment },
    agentVersion: '0.1.0',
    isInMaintenance: false,
    migrationBytesPerSec: null,
    ...overrides,
  }
}

export function someDomainFacts(overrides: Partial<DomainFacts> = {}): DomainFacts {
  return {
    domainId: domainId(1),
    name: 'web-7',
    domid: 7,
    kind: 'pv',
    guestArchitecture: 'x86_64',
    os: { family: 'linux', name: 'Debian 12' },
    vcpuCount: 2,
    memMinBytes: GIB,
    memTargetBytes: 4 * GIB,
    memCurrentBytes: 4 * GIB,
    memMaxBytes: 4 * GIB,
    schedWeight: 256,
    schedCapPercent: 0,
    vifs: [{ vifId: 'vif0', mac: '00:16:3e:00:00:01', network: 'lan' }],
    vbds: [{ vbdId: 'xvda', device: 'xvda', sizeBytes: 20 * GIB, storage: 'san-1' }],
    requiredCpuFeatures: ['sse2'],
    labels: {},
    application: null,
    isMigratable: true,
    state: { status: 'running' },
    startedAt: testMoment,
    generation: 0,
    ...overrides,
  }
}

export function aDomain(overrides: Partial<Domain> = {}): Domain {
  return { ...someDomainFacts(), hostId: hostId(1), migrationId: null, ...overrides }
}

/** A console with nothing in it. */
export function aFleet(overrides: Partial<Fleet> = {}): Fleet {
  return {
    epoch: uuid(0x60001),
    generation: 1,
    hosts: [],
    domains: [],
    migrations: [],
    migrationSettings: defaultMigrationSettings,
    policies: noPolicies,
    violations: [],
    violationCounts: noViolationCounts,
    drafts: [],
    plans: [],
    ...overrides,
  }
}

export function aMigration(overrides: Partial<Migration> = {}): Migration {
  return {
    migrationId: migrationId(1),
    groupId: null,
    domainId: domainId(1),
    domainName: 'web-7',
    sourceHostId: hostId(1),
    sourceHostName: 'xen-01',
    destinationHostId: hostId(2),
    destinationHostName: 'xen-02',
    generation: 1,
    profile: defaultMigrationProfile,
    memBytes: 4 * GIB,
    predicted: null,
    requestedBy: { userId: 'user-1' as UserId, name: 'Ada' },
    requestedAt: testMoment,
    cancelRequestedBy: null,
    priority: 'normal',
    bandwidthBytesPerSec: null,
    retry: { kind: 'none' },
    attempt: 1,
    retryOf: null,
    retriedBy: null,
    notBeforeAt: null,
    state: { phase: 'queued' },
    ...overrides,
  }
}

/** web-7 to xen-02, drafted where it is. */
export function aDraftMove(overrides: Partial<DraftMove> = {}): DraftMove {
  return {
    domainId: domainId(1),
    domainName: 'web-7',
    destinationHostId: hostId(2),
    destinationHostName: 'xen-02',
    basis: {
      hostId: hostId(1),
      hostName: 'xen-01',
      memBytes: 4 * GIB,
      vcpuCount: 2,
      generation: 0,
      at: testMoment,
    },
    ...overrides,
  }
}

export function aDraft(overrides: Partial<Draft> = {}): Draft {
  return {
    draftId: draftId(1),
    name: 'Make room on xen-01',
    origin: { kind: 'by-hand' },
    owner: { userId: 'user-1' as UserId, name: 'Ada' },
    revision: 1,
    moves: [aDraftMove()],
    maintenance: null,
    createdAt: testMoment,
    updatedAt: testMoment,
    ...overrides,
  }
}

export function aPlanStep(overrides: Partial<PlanStep> = {}): PlanStep {
  return {
    domainId: domainId(1),
    domainName: 'web-7',
    sourceHostId: hostId(1),
    sourceHostName: 'xen-01',
    destinationHostId: hostId(2),
    destinationHostName: 'xen-02',
    memBytes: 4 * GIB,
    isDetour: false,
    predicted: null,
    state: { kind: 'waiting', why: null },
    attempts: 0,
    ...overrides,
  }
}

export function aPlan(overrides: Partial<Plan> = {}): Plan {
  return {
    planId: planId(1),
    name: 'Make room on xen-01',
    origin: { kind: 'by-hand' },
    requestedBy: { userId: 'user-1' as UserId, name: 'Ada' },
    requestedAt: testMoment,
    terms: {},
    maintenance: null,
    state: { kind: 'running' },
    steps: [aPlanStep()],
    predicted: {
      stepCount: 1,
      detourCount: 0,
      totalMs: 0,
      bytes: 0,
      downtimeMs: 0,
      longestDowntimeMs: 0,
      unpredictedCount: 1,
    },
    ...overrides,
  }
}

type HeadOfRule = 'name' | 'description' | 'owner' | 'isEnabled' | 'strength'
type BodyOf<T> = T extends unknown
  ? Omit<T, HeadOfRule> & Partial<Pick<T, HeadOfRule & keyof T>>
  : never
/** What a rule asks; the head is made up where the test does not care. */
export type RuleBody = BodyOf<PolicyDraft>

/** Required and enabled unless the test says otherwise; named after its number. */
export function aRule(number: number, body: RuleBody): PolicyRule {
  return {
    name: `rule ${number}`,
    description: '',
    owner: 'Platform team',
    isEnabled: true,
    strength: { kind: 'required' },
    ...body,
    ruleId: ruleId(number),
  }
}

/** One page sent in a second, none left dirty. */
export function aRound(overrides: Partial<PrecopyRound> = {}): PrecopyRound {
  return {
    roundIndex: 0,
    sentPages: 1,
    skippedPages: 0,
    dirtyPages: 0,
    durationMs: 1000,
    bytes: PAGE_BYTES,
    ...overrides,
  }
}

export type CompletedState = Extract<MigrationState, { phase: 'completed' }>

/** Done 4 s after its start, with a pause of 60 ms. */
export function aCompletedState(overrides: Partial<CompletedState> = {}): CompletedState {
  const totalMs = overrides.totalMs ?? 4000
  const startedAt = overrides.startedAt ?? testMoment
  return {
    phase: 'completed',
    startedAt,
    endedAt: startedAt + totalMs,
    totalMs,
    downtimeMs: 60,
    stopReason: null,
    digest: null,
    rounds: [],
    totalBytes: 0,
    ...overrides,
  }
}

export function aUser(overrides: Partial<User> = {}): User {
  return {
    userId: 'user-1' as UserId,
    email: 'ada@example.org',
    name: 'Ada',
    role: 'admin',
    createdAt: testMoment,
    ...overrides,
  }
}
