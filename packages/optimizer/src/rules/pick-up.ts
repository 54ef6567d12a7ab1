import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import type { Carried, Judge, LicenceNeed, MovePurpose, Said } from './carried.ts'
import type { CompiledPolicies, CompiledRule } from './compiled.ts'
import { judgeHeadroom, judgeLicence } from './judge-hosts.ts'
import { judgeMove } from './judge-moves.ts'
import { judgeApart, judgeTogether } from './judge-sets.ts'
import { judgeWhere } from './judge-where.ts'
import { noRules, type RuleJudgement } from './judgement.ts'
import { byPrecedence, type Reason } from './reason.ts'

export type PickedUp = { readonly on: (hostId: HostId) => RuleJudgement }

/** Looks once at what is picked up; every host then answers from small tables. */
export function pickUp(
  { snapshot, rules }: CompiledPolicies,
  domainIds: readonly DomainId[],
  options: Omit<Carried, 'snapshot' | 'domains'>,
): PickedUp {
  const found = domainIds.flatMap((domainId) => snapshot.domainIndex.get(domainId) ?? [])
  const carried: Carried = { snapshot, domains: [...new Set(found)], ...options }
  const judges = rules.flatMap((compiled) => {
    const judge = judgeOf(compiled, carried)
    return judge === null ? [] : [{ rule: compiled.rule, judge }]
  })
  return {
    on: (hostId) => {
      const host = snapshot.hostIndex.get(hostId)
      return host === undefined ? noRules : judgementOn(host, judges, options.purpose)
    },
  }
}

/** Null when the rule has nothing to say about these domains anywhere. */
function judgeOf(compiled: CompiledRule, carried: Carried): Judge | null {
  switch (compiled.form) {
    case 'where':
      return judgeWhere(compiled, carried)
    case 'together':
      return judgeTogether(compiled, carried)
    case 'apart':
      return judgeApart(compiled, carried)
    case 'headroom':
      return judgeHeadroom(compiled, carried)
    case 'licence':
      return judgeLicence(compiled, carried)
    case 'move':
      return judgeMove(compiled, carried)
    default:
      return assertNever(compiled)
  }
}

type RuleJudge = { readonly rule: PolicyRule; readonly judge: Judge }

function judgementOn(
  host: number,
  judges: readonly RuleJudge[],
  purpose: MovePurpose,
): RuleJudgement {
  const ofDomains: Reason[] = []
  const ofHost: Reason[] = []
  const warnings: Reason[] = []
  const licences: LicenceNeed[] = []
  let brokenWeight = 0
  for (const { rule, judge } of judges) {
    const { said, licence } = judge(host)
    if (licence !== undefined) licences.push(licence)
    for (const one of said) {
      if (yields(rule, one, purpose)) warnings.push(one.reason)
      else if (one.isOfDomains === true) ofDomains.push(one.reason)
      else ofHost.push(one.reason)
    }
    if (said.length > 0 && rule.strength.kind === 'preferred') brokenWeight += rule.strength.weight
  }
  return {
    ofDomains,
    ofHost,
    warnings: warnings.sort(byPrecedence),
    licences,
    brokenWeight,
  }
}

/** Precedence: maintenance goes before what rules require, and that before what they prefer. */
function yields(rule: PolicyRule, said: Said, purpose: MovePurpose): boolean {
  if (rule.strength.kind === 'preferred' || purpose === 'maintenance') return true
  if (rule.kind === 'never-move') return purpose === 'manual'
  return said.isLessBroken === true
}
