import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId, MigrationId, PolicyRuleId } from '@drover/api-schema/ids.ts'
import { applicationOf, labelsOf } from '@drover/api-schema/labels.ts'
import type { Change, Fleet } from '@drover/api-schema/live-protocol.ts'
import { isEnded } from '@drover/api-schema/migration.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import { toText } from '@drover/api-schema/scalars.ts'
import { describeBytes, MIB } from '@drover/api-schema/units.ts'

/** What a change was about, so that only what bears on a refusal is said. */
export type ChangeAspect =
  | 'maintenance'
  | 'connection'
  | 'host-labels'
  | 'memory'
  | 'placement'
  | 'domain'
  | 'domain-labels'
  | 'migration'
  | 'rule'

type Entry = {
  readonly generation: number
  readonly at: number
  readonly aspect: ChangeAspect
  readonly sentence: string
  readonly hostIds: readonly HostId[]
  readonly domainId?: DomainId
  readonly ruleId?: PolicyRuleId
  /** Of memory: one sentence is made of the first and the last. */
  readonly freeBytes?: { readonly before: number; readonly after: number; readonly name: string }
}
export type Since = { readonly generation: number } | { readonly at: number }
export type Bearing = (entry: Omit<Entry, 'sentence' | 'freeBytes'>) => boolean
export type ChangeLog = ReturnType<typeof createChangeLog>

/** Beyond this nobody is told what has changed since; he has looked at something very old. */
const keptEntries = 5_000
const keptMs = 60 * 60_000
/** Less is what a balloon does all day. */
const leastMemoryBytes = 64 * MIB
const mostSentences = 6
const longestSentence = 300

/** The last changes of the fleet in an administrator's words: for saying, when something is refused, what was different before. */
export function createChangeLog(fleet: Fleet, now: () => number) {
  const hosts = new Map(fleet.hosts.map((host) => [host.hostId, host]))
  const domains = new Map(fleet.domains.map((domain) => [domain.domainId, domain]))
  const known = new Set<MigrationId>(fleet.migrations.map(({ migrationId }) => migrationId))
  let rules: readonly PolicyRule[] = fleet.policies.rules
  let entries: Entry[] = []

  const nameOf = (hostId: HostId): string => hosts.get(hostId)?.name ?? 'a host that is gone'

  function entriesOf(change: Change): Omit<Entry, 'generation' | 'at'>[] {
    switch (change.kind) {
      case 'host-upserted': {
        const { host } = change
        const before = hosts.get(host.hostId)
        hosts.set(host.hostId, host)
        return before === undefined ? [] : ofHost(before, host)
      }
      case 'host-removed':
        hosts.delete(change.hostId)
        return []
      case 'domain-upserted': {
        const { domain } = change
        const before = domains.get(domain.domainId)
        domains.set(domain.domainId, domain)
        return before === undefined ? [appeared(domain)] : ofDomain(before, domain)
      }
      case 'domain-removed':
        domains.delete(change.domainId)
        return []
      case 'migration-upserted': {
        const { migration } = change
        if (known.has(migration.migrationId) || isEnded(migration.state)) return []
        known.add(migration.migrationId)
        const { domainId, domainName, destinationHostId, destinationHostName } = migration
        const sentence = `${migration.requestedBy.name} asked to move ${domainName} to ${destinationHostName}.`
        return [{ aspect: 'migration', sentence, domainId, hostIds: [destinationHostId] }]
      }
      case 'policies-changed': {
        const before = rules
        rules = change.policies.rules
        return ofRules(before, rules)
      }
      default:
        return []
    }
  }

  function appeared({ domainId, name, hostId }: Domain): Omit<Entry, 'generation' | 'at'> {
    const sentence = `${name} appeared on ${nameOf(hostId)}.`
    return { aspect: 'placement', sentence, domainId, hostIds: [hostId] }
  }

  function ofDomain(before: Domain, after: Domain): Omit<Entry, 'generation' | 'at'>[] {
    const { domainId, name, hostId } = after
    const found: Omit<Entry, 'generation' | 'at'>[] = []
    const add = (aspect: ChangeAspect, sentence: string, hostIds: HostId[] = []) =>
      found.push({ aspect, sentence, domainId, hostIds })
    if (before.hostId !== hostId) {
      const sentence = `${name} moved from ${nameOf(before.hostId)} to ${nameOf(hostId)}.`
      add('placement', sentence, [before.hostId, hostId])
    }
    if (before.state.status !== after.state.status) {
      add('domain', `${name} was ${before.state.status} and is ${after.state.status} now.`)
    }
    if (before.isMigratable !== after.isMigratable) {
      const is = after.isMigratable ? 'can be migrated now' : 'is marked as not migratable now'
      add('domain', `${name} ${is}.`)
    }
    const application = applicationOf(after)
    if (applicationOf(before) !== application) {
      const is = application === null ? 'to no application' : `to the application ${application}`
      add('domain-labels', `${name} belongs ${is} now.`)
    }
    const labels = labelChanges(labelsOf(before), labelsOf(after))
    if (labels !== '') add('domain-labels', `Labels of ${name} were changed: ${labels}.`)
    return found
  }

  return {
    take({ generation, changes }: { generation: number; changes: readonly Change[] }): void {
      const at = now()
      const made = changes.flatMap(entriesOf)
      if (made.length === 0) return
      for (const entry of made) {
        entries.push({
          generation,
          at,
          ...entry,
          sentence: toText(entry.sentence, longestSentence),
        })
      }
      const isOld = entries.length > keptEntries || at - (entries[0]?.at ?? at) > keptMs
      if (isOld) entries = entries.slice(-keptEntries).filter((one) => at - one.at <= keptMs)
    },

    /** The newest of what bears on it, oldest first, each said once. */
    since(since: Since, bears: Bearing): string[] {
      const later = entries.filter((entry) =>
        'generation' in since ? entry.generation > since.generation : entry.at > since.at,
      )
      const bearing = later.filter(bears)
      const sentences = bearing.flatMap((entry) =>
        entry.freeBytes === undefined ? entry.sentence : [],
      )
      return [...new Set([...sentences, ...memorySentences(bearing)])].slice(-mostSentences)
    },
  }
}

function memorySentences(entries: readonly Entry[]): string[] {
  const spans = new Map<string, { before: number; after: number }>()
  for (const { freeBytes } of entries) {
    if (freeBytes === undefined) continue
    const { name, before, after } = freeBytes
    spans.set(name, { before: spans.get(name)?.before ?? before, after })
  }
  return [...spans].flatMap(([name, { before, after }]) =>
    Math.abs(before - after) < leastMemoryBytes
      ? []
      : [`${name} had ${describeBytes(before)} free and has ${describeBytes(after)} now.`],
  )
}

function ofHost(before: Host, after: Host): Omit<Entry, 'generation' | 'at'>[] {
  const { name, hostId } = after
  const hostIds = [hostId]
  const found: Omit<Entry, 'generation' | 'at'>[] = []
  if (before.isInMaintenance !== after.isInMaintenance) {
    const sentence = `${name} ${after.isInMaintenance ? 'entered' : 'left'} maintenance.`
    found.push({ aspect: 'maintenance', sentence, hostIds })
  }
  const { status } = after.connection
  if (before.connection.status !== status) {
    const sentence = `${name} was ${before.connection.status} and is ${status} now.`
    found.push({ aspect: 'connection', sentence, hostIds })
  }
  const labels = labelChanges(labelsOf(before), labelsOf(after))
  if (labels !== '') {
    const sentence = `Labels of ${name} were changed: ${labels}.`
    found.push({ aspect: 'host-labels', sentence, hostIds })
  }
  if (before.memFreeBytes !== after.memFreeBytes) {
    const freeBytes = { name, before: before.memFreeBytes, after: after.memFreeBytes }
    found.push({ aspect: 'memory', sentence: '', hostIds, freeBytes })
  }
  return found
}

function ofRules(
  before: readonly PolicyRule[],
  after: readonly PolicyRule[],
): Omit<Entry, 'generation' | 'at'>[] {
  const earlier = new Map(before.map((rule) => [rule.ruleId, rule]))
  return after.flatMap((rule) => {
    const { ruleId, name, revision, updatedBy = 'somebody' } = rule
    const known = earlier.get(ruleId)
    if (known !== undefined && known.revision === revision) return []
    const was = known === undefined ? 'made' : 'changed'
    const sentence = `The rule “${name}” was ${was} by ${updatedBy}.`
    return [{ aspect: 'rule', sentence, ruleId, hostIds: [] }]
  })
}

/** "rack=r2 (was r1), env taken away"; empty when they are the same. */
function labelChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string {
  if (before === after) return ''
  const was = new Map(Object.entries(before))
  const is = new Map(Object.entries(after))
  const keys = [...new Set([...was.keys(), ...is.keys()])].filter(
    (key) => was.get(key) !== is.get(key),
  )
  return keys
    .map((key) => {
      const value = is.get(key)
      const earlier = was.get(key)
      if (value === undefined) return `${key} taken away`
      return earlier === undefined ? `${key}=${value}` : `${key}=${value} (was ${earlier})`
    })
    .join(', ')
}
