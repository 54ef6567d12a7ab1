import type { Move } from '@drover/api-schema/endpoints.ts'
import type { DomainId, HostId, PolicyRuleId } from '@drover/api-schema/ids.ts'
import { isEnded } from '@drover/api-schema/migration.ts'
import type { MovePurpose } from '@drover/optimizer/rules/carried.ts'
import type { CompiledPolicies } from '@drover/optimizer/rules/compiled.ts'
import { noRules, type RuleJudgement } from '@drover/optimizer/rules/judgement.ts'
import { pickUp } from '@drover/optimizer/rules/pick-up.ts'
import type { Reason } from '@drover/optimizer/rules/reason.ts'
import type { Promised } from '@drover/optimizer/verdict.ts'
import type { StoredMigration } from './record.ts'

/** The rules as they lie on the fleet at this moment. */
export type RulesNow = {
  readonly compiled: CompiledPolicies
  readonly minuteOfWeek: (timeZone: string) => number
}

type Circumstances = {
  readonly open: readonly StoredMigration[]
  readonly purpose: MovePurpose
  readonly promisedOn: (hostId: HostId) => Promised
}

/**
 * What rules say of each of the moves if all of them were made: domains that go to one host are picked up together, as they are
 * in a browser, while those that go elsewhere count where they will be. What is said of several is said of those whose rule it
 * is. A domain is named once only.
 */
export function judgeByRules(
  moves: readonly Move[],
  { compiled, minuteOfWeek }: RulesNow,
  { open, purpose, promisedOn }: Circumstances,
): Map<DomainId, RuleJudgement> {
  const { snapshot, rules } = compiled
  const now = snapshot.hostOf.slice()
  for (const { migration } of open) {
    if (!isEnded(migration.state)) head(migration, now)
  }
  const then = now.slice()
  for (const move of moves) head(move, then)

  function head({ domainId, destinationHostId }: Move, headedFor: Int32Array): void {
    const domain = snapshot.domainIndex.get(domainId)
    const host = snapshot.hostIndex.get(destinationHostId)
    if (domain !== undefined && host !== undefined) headedFor[domain] = host
  }

  /** Picked up together; all others are where `others` says. */
  function judge(group: readonly Move[], others: Int32Array): RuleJudgement {
    const headedFor = others.slice()
    for (const { domainId } of group) {
      const domain = snapshot.domainIndex.get(domainId)
      if (domain !== undefined) headedFor[domain] = now[domain] ?? -1
    }
    const domainIds = group.map(({ domainId }) => domainId)
    const placed = { snapshot: { ...snapshot, headedFor }, rules, unreadable: [] }
    const picked = pickUp(placed, domainIds, { purpose, minuteOfWeek, promisedOn })
    const [first] = group
    return first === undefined ? noRules : picked.on(first.destinationHostId)
  }

  const found = new Map<DomainId, RuleJudgement>()
  for (const group of groupsOf(moves)) {
    const said = judge(group, then)
    if (group.length === 1 || isSilent(said)) {
      for (const { domainId } of group) found.set(domainId, said)
      continue
    }
    const heard = group.map((move) => ({
      move,
      ruleIds: new Set([...ruleIdsOf(judge([move], then)), ...ruleIdsOf(judge([move], now))]),
    }))
    for (const { move, ruleIds } of heard) {
      const isHis = ({ ruleId }: Reason) =>
        ruleId === undefined || ruleIds.has(ruleId) || !heard.some((one) => one.ruleIds.has(ruleId))
      found.set(move.domainId, {
        ...said,
        ofDomains: said.ofDomains.filter(isHis),
        ofHost: said.ofHost.filter(isHis),
        warnings: said.warnings.filter(isHis),
      })
    }
  }
  return found
}

function groupsOf(moves: readonly Move[]): Move[][] {
  const groups = new Map<HostId, Move[]>()
  for (const move of moves) {
    const group = groups.get(move.destinationHostId)
    if (group === undefined) groups.set(move.destinationHostId, [move])
    else group.push(move)
  }
  return [...groups.values()]
}

function isSilent({ ofDomains, ofHost, warnings }: RuleJudgement): boolean {
  return ofDomains.length + ofHost.length + warnings.length === 0
}

function ruleIdsOf({ ofDomains, ofHost, warnings }: RuleJudgement): PolicyRuleId[] {
  return [...ofDomains, ...ofHost, ...warnings].flatMap(({ ruleId }) => ruleId ?? [])
}

/** What an administrator overrides is no refusal any more; it stays said. A rule that came later is not overridden. */
export function overridden(
  { ofDomains, ofHost, ...said }: RuleJudgement,
  ruleIds: 'all' | readonly PolicyRuleId[],
): RuleJudgement {
  const isOverridden = ({ ruleId }: Reason) =>
    ruleIds === 'all' || (ruleId !== undefined && ruleIds.includes(ruleId))
  return {
    ...said,
    ofDomains: ofDomains.filter((reason) => !isOverridden(reason)),
    ofHost: ofHost.filter((reason) => !isOverridden(reason)),
    warnings: [...[...ofDomains, ...ofHost].filter(isOverridden), ...said.warnings],
  }
}
