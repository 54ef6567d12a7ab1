import type { Change, Fleet } from '@drover/api-schema/live-protocol.ts'
import type { Plan } from '@drover/api-schema/plan.ts'
import { assertNever } from '@drover/api-schema/result.ts'

/** What becomes of a patch: it is applied, it is old news, or something is missing in between. */
export type PatchOutcome =
  | { readonly kind: 'applied'; readonly fleet: Fleet }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'gap' }

/** The next generation is one higher. An older or equal one is ignored, a jump asks for a new snapshot. */
export function applyPatch(
  fleet: Fleet,
  patch: { readonly generation: number; readonly changes: readonly Change[] },
): PatchOutcome {
  if (patch.generation <= fleet.generation) return { kind: 'ignored' }
  if (patch.generation > fleet.generation + 1) return { kind: 'gap' }
  return {
    kind: 'applied',
    fleet: { ...applyChanges(fleet, patch.changes), generation: patch.generation },
  }
}

/** A snapshot replaces what there is unless it is of the same epoch and not newer; then the same object stays. */
export function applySnapshot(fleet: Fleet | undefined, snapshot: Fleet): Fleet {
  if (fleet === undefined || fleet.epoch !== snapshot.epoch) return snapshot
  return snapshot.generation > fleet.generation ? snapshot : fleet
}

/** Lists that no change touches keep their identity, and so do the items in those that are touched. */
export function applyChanges(fleet: Fleet, changes: readonly Change[]): Fleet {
  let { hosts, domains, migrations, migrationSettings, policies, violations, violationCounts } =
    fleet
  let { drafts, plans } = fleet
  for (const change of changes) {
    switch (change.kind) {
      case 'host-upserted':
        hosts = upserted(hosts, change.host, (host) => host.hostId)
        break
      case 'host-removed':
        hosts = without(hosts, (host) => host.hostId === change.hostId)
        break
      case 'domain-upserted':
        domains = upserted(domains, change.domain, (domain) => domain.domainId)
        break
      case 'domain-removed':
        domains = without(domains, (domain) => domain.domainId === change.domainId)
        break
      case 'migration-upserted':
        migrations = upserted(migrations, change.migration, (migration) => migration.migrationId)
        break
      case 'migration-settings-changed':
        migrationSettings = change.settings
        break
      case 'policies-changed':
        policies = change.policies
        break
      case 'violation-upserted':
        violations = upserted(violations, change.violation, (one) => one.violationKey)
        break
      case 'violation-removed':
        violations = without(violations, (one) => one.violationKey === change.violationKey)
        break
      case 'violation-counts-changed':
        violationCounts = change.counts
        break
      case 'draft-upserted':
        drafts = upserted(drafts, change.draft, (draft) => draft.draftId)
        break
      case 'draft-removed':
        drafts = without(drafts, (draft) => draft.draftId === change.draftId)
        break
      case 'plan-upserted':
        plans = upserted(plans, change.plan, (plan) => plan.planId)
        break
      case 'plan-step-changed':
        plans = withStep(plans, change)
        break
      default:
        assertNever(change)
    }
  }
  const isSame =
    hosts === fleet.hosts &&
    domains === fleet.domains &&
    migrations === fleet.migrations &&
    migrationSettings === fleet.migrationSettings &&
    policies === fleet.policies &&
    violations === fleet.violations &&
    violationCounts === fleet.violationCounts &&
    drafts === fleet.drafts &&
    plans === fleet.plans
  if (isSame) return fleet
  return {
    ...fleet,
    hosts,
    domains,
    migrations,
    migrationSettings,
    policies,
    violations,
    violationCounts,
    drafts,
    plans,
  }
}

function upserted<T>(items: T[], item: T, idOf: (item: T) => string): T[] {
  const id = idOf(item)
  const index = items.findIndex((other) => idOf(other) === id)
  if (index === -1) return [...items, item]
  const next = items.slice()
  next[index] = item
  return next
}

function withStep(
  plans: Plan[],
  { planId, stepIndex, step }: Extract<Change, { kind: 'plan-step-changed' }>,
): Plan[] {
  const plan = plans.find((one) => one.planId === planId)
  if (plan === undefined) return plans
  const steps = plan.steps.slice()
  steps[stepIndex] = step
  return upserted(plans, { ...plan, steps }, (one) => one.planId)
}

function without<T>(items: T[], isGone: (item: T) => boolean): T[] {
  return items.some(isGone) ? items.filter((item) => !isGone(item)) : items
}
