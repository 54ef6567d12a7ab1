import type { ErrorCode } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { arrivals, type Carried, type Judge, listedDomains } from './carried.ts'
import type { WhereRule } from './compiled.ts'
import { lacking } from './hardware.ts'
import { reasonOf } from './reason.ts'
import { condition, listed, quoted, quotedFirst } from './words.ts'

const codeOf: Record<WhereRule['rule']['kind'], ErrorCode> = {
  'run-on': 'policy-run-on',
  'keep-off': 'policy-keep-off',
  hardware: 'policy-hardware',
  reserve: 'policy-reserved',
}

/** Run on, keep off, hardware, reserve: each member by itself, whatever else is there. */
export function judgeWhere(compiled: WhereRule, { snapshot, domains }: Carried): Judge | null {
  const { rule, members, allowed } = compiled
  const held = domains.filter((domain) => members[domain] === 1)
  if (held.length === 0) return null
  const arriving = arrivals(held, snapshot)
  return (at) => {
    const host = snapshot.hosts[at]
    if (allowed[at] === 1 || host === undefined) return { said: [] }
    const coming = arriving(at)
    if (coming.length === 0) return { said: [] }
    const who = { names: listedDomains(coming, snapshot), count: coming.length }
    return { said: [{ reason: reasonOf(rule, codeOf[rule.kind], sentence(rule, host, who)) }] }
  }
}

type Who = { readonly names: string; readonly count: number }

function sentence(rule: WhereRule['rule'], host: Host, { names, count }: Who): string {
  switch (rule.kind) {
    case 'run-on':
      return `${quotedFirst(rule)} runs ${names} on hosts with ${condition(rule.hosts)}; ${host.name} is not one of them.`
    case 'keep-off':
      return `${quotedFirst(rule)} keeps ${names} off hosts with ${condition(rule.hosts)}; ${host.name} is one of them.`
    case 'hardware':
      return `${host.name} ${listed(lacking(host, rule.needs))}; ${quoted(rule)} asks for that for ${names}.`
    case 'reserve': {
      const is = count === 1 ? 'is' : 'are'
      return `${quotedFirst(rule)} reserves ${host.name} for ${rule.application}; ${names} ${is} not part of it.`
    }
    default:
      return assertNever(rule)
  }
}
