import { assertNever } from '@drover/api-schema/result.ts'
import { arrivals, type Carried, type Judge, listedDomains, type Said } from './carried.ts'
import type { MoveRule } from './compiled.ts'
import { reasonOf } from './reason.ts'
import { describeMinute, describeWindows, minutesUntilOpen } from './time-windows.ts'
import { quotedFirst } from './words.ts'

/** Never move, move in a time window: the same wherever it would go. */
export function judgeMove(compiled: MoveRule, carried: Carried): Judge | null {
  const { snapshot, domains } = carried
  const held = domains.filter((domain) => compiled.members[domain] === 1)
  if (held.length === 0) return null
  const said = saidOf(compiled, carried, listedDomains(held, snapshot))
  if (said === null) return null
  const arriving = arrivals(held, snapshot)
  return (host) => ({ said: arriving(host).length > 0 ? [said] : [] })
}

function saidOf(
  { rule }: MoveRule,
  { purpose, minuteOfWeek }: Carried,
  names: string,
): Said | null {
  switch (rule.kind) {
    case 'never-move': {
      const message =
        purpose === 'automatic'
          ? `${quotedFirst(rule)} never moves ${names} automatically.`
          : `${quotedFirst(rule)} never moves ${names} automatically; this move is by hand.`
      return { reason: reasonOf(rule, 'policy-never-move', message), isOfDomains: true }
    }
    case 'move-window': {
      const minute = minuteOfWeek(rule.timeZone)
      const wait = minutesUntilOpen(rule.windows, minute)
      if (wait === 0) return null
      const message = `${quotedFirst(rule)} moves ${names} on ${describeWindows(rule.windows)} (${rule.timeZone}) only; next on ${describeMinute(minute + wait)}.`
      return { reason: reasonOf(rule, 'policy-move-window', message), isOfDomains: true }
    }
    default:
      return assertNever(rule)
  }
}
