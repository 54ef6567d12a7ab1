import { isDeepStrictEqual } from 'node:util'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import { type PolicyRuleId, policyRuleIdSchema } from '@drover/api-schema/ids.ts'
import { type PolicyDraft, type PolicyRule, policyRuleSchema } from '@drover/api-schema/policy.ts'
import { maxPolicyRules, type PolicySet } from '@drover/api-schema/policy-set.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import type { PolicyStore } from '../store/policies.ts'
import { draftOf, isSameName } from './draft.ts'
import { describeChange, describeRule } from './policy-text.ts'
import { refuseDraft } from './selectors.ts'
import { comparePolicies } from './text/compare.ts'

export type Policies = Awaited<ReturnType<typeof loadPolicies>>
type Changed = { readonly revision: number; readonly rule: PolicyRule }

export type PolicyPorts = {
  readonly store: PolicyStore
  readonly now: () => number
  readonly newId: () => string
  readonly audit: (actor: string, action: string, subject: string, detail: string) => void
  readonly log: { warn(sentence: string, details?: Record<string, unknown>): void }
  /** Null when the required rules among them can all hold, or nobody can tell in time. */
  readonly refuseUnsatisfiable: (
    rules: readonly PolicyRule[],
    changed: PolicyRule,
  ) => Promise<Refusal | null>
  /** The same of all rules at once: null also when those before could not hold either. */
  readonly refuseUnsatisfiableSet: (
    rules: readonly PolicyRule[],
    before: readonly PolicyRule[],
  ) => Promise<Refusal | null>
}

/**
 * The rules: read once, kept in memory, written before they count. Changes are made one after the other, each against the
 * rules as they are then. Whoever changes a rule says which revision he has seen; a rule that was changed since is refused.
 */
export async function loadPolicies(ports: PolicyPorts) {
  const { store, now, audit } = ports
  let current = readAll(await store.load(), ports.log)
  const listeners: ((policies: PolicySet, before: PolicySet) => void)[] = []
  let changes: Promise<unknown> = Promise.resolve()

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = changes.then(run)
    changes = done.catch(() => {})
    return done
  }

  /** Rejects when the database refuses; then nothing has changed. */
  async function write(
    written: readonly PolicyRule[],
    removedIds: readonly PolicyRuleId[],
    by: string,
  ): Promise<void> {
    const before = current
    const revision = before.revision + 1
    await store.save({ revision, written, removedIds, at: now(), by })
    const isGone = new Set([...removedIds, ...written.map(({ ruleId }) => ruleId)])
    const kept = before.rules.filter(({ ruleId }) => !isGone.has(ruleId))
    current = { revision, rules: byName([...kept, ...written]) }
    for (const listener of listeners) listener(current, before)
  }

  function ruleOf(draft: PolicyDraft, ruleId: PolicyRuleId, by: string): PolicyRule {
    // Parsed once more: a draft may carry fields of other kinds that its own schema leaves out.
    return policyRuleSchema.parse({
      ...draft,
      ruleId,
      updatedAt: now(),
      updatedBy: by,
      revision: current.revision + 1,
    })
  }

  /** Why this rule cannot take its place among the others; null when it can. */
  async function refuse(rule: PolicyRule, others: readonly PolicyRule[]): Promise<Refusal | null> {
    const named = others.find(({ name }) => isSameName(name, rule.name))
    if (named !== undefined) {
      return refusal('policy-name-taken', `Another rule is named ${named.name}.`)
    }
    return refuseDraft(rule) ?? (await ports.refuseUnsatisfiable([...others, rule], rule))
  }

  /** The rule, if it is still as whoever asks has seen it. */
  function seen(ruleId: PolicyRuleId, revision: number): Result<PolicyRule, Refusal> {
    const rule = current.rules.find((one) => one.ruleId === ruleId)
    if (rule === undefined) return err(refusal('policy-not-found'))
    if ((rule.revision ?? 0) <= revision) return ok(rule)
    const who = rule.updatedBy === undefined ? '' : ` by ${rule.updatedBy}`
    return err(
      refusal(
        'policies-changed',
        `${rule.name} was changed${who} while you looked at it; look at it again.`,
      ),
    )
  }

  return {
    current: (): PolicySet => current,

    onChange(listener: (policies: PolicySet, before: PolicySet) => void): void {
      listeners.push(listener)
    },

    create: (draft: PolicyDraft, by: string): Promise<Result<Changed, Refusal>> =>
      inTurn(async () => {
        if (current.rules.length >= maxPolicyRules) {
          return err(
            refusal('too-many', `There are ${maxPolicyRules} rules, the most there may be.`),
          )
        }
        const rule = ruleOf(draft, policyRuleIdSchema.parse(ports.newId()), by)
        const refused = await refuse(rule, current.rules)
        if (refused !== null) return err(refused)
        await write([rule], [], by)
        audit(by, 'policy-created', rule.name, describeRule(rule))
        return ok({ revision: current.revision, rule })
      }),

    update: (
      ruleId: PolicyRuleId,
      { draft, revision }: { draft: PolicyDraft; revision: number },
      by: string,
    ): Promise<Result<Changed, Refusal>> =>
      inTurn(async () => {
        const before = seen(ruleId, revision)
        if (!before.ok) return before
        if (isDeepStrictEqual(draftOf(before.value), draftOf(draft))) {
          return ok({ revision: current.revision, rule: before.value })
        }
        const rule = ruleOf(draft, ruleId, by)
        const others = current.rules.filter((one) => one.ruleId !== ruleId)
        const refused = await refuse(rule, others)
        if (refused !== null) return err(refused)
        await write([rule], [], by)
        audit(by, 'policy-changed', rule.name, describeChange(before.value, rule))
        return ok({ revision: current.revision, rule })
      }),

    remove: (
      ruleId: PolicyRuleId,
      revision: number,
      by: string,
    ): Promise<Result<{ revision: number }, Refusal>> =>
      inTurn(async () => {
        const before = seen(ruleId, revision)
        if (!before.ok) return before
        await write([], [ruleId], by)
        audit(by, 'policy-removed', before.value.name, describeRule(before.value))
        return ok({ revision: current.revision })
      }),

    /** Makes the rules these ones, all or nothing; `revision`: of the rules that they were compared with. */
    replace: (
      wanted: readonly PolicyDraft[],
      revision: number,
      by: string,
    ): Promise<Result<PolicySet, Refusal>> =>
      inTurn(async () => {
        if (revision !== current.revision) {
          const sentence = `The rules are at revision ${current.revision}, not ${revision}; look at the difference again.`
          return err(refusal('policies-changed', sentence))
        }
        const { added, changed, removed } = comparePolicies(current, wanted)
        const made = added.map((draft) =>
          ruleOf(draft, policyRuleIdSchema.parse(ports.newId()), by),
        )
        const remade = changed.map(({ before, after }) => ruleOf(after, before.ruleId, by))
        const written = [...made, ...remade]
        if (written.length + removed.length === 0) return ok(current)
        const isGone = new Set([...removed, ...remade].map(({ ruleId }) => ruleId))
        const kept = current.rules.filter(({ ruleId }) => !isGone.has(ruleId))
        const refused = await ports.refuseUnsatisfiableSet([...kept, ...written], current.rules)
        if (refused !== null) return err(refused)
        await write(
          written,
          removed.map(({ ruleId }) => ruleId),
          by,
        )
        const counts = `${added.length} made, ${changed.length} changed, ${removed.length} removed.`
        audit(by, 'policies-imported', 'all rules', counts)
        for (const rule of made) audit(by, 'policy-created', rule.name, describeRule(rule))
        for (const { before, after } of changed) {
          audit(by, 'policy-changed', after.name, describeChange(before, after))
        }
        for (const rule of removed) audit(by, 'policy-removed', rule.name, describeRule(rule))
        return ok(current)
      }),
  }
}

function byName(rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
}

/** One that no longer parses must not keep the console from starting, nor spoil the others. */
function readAll(
  stored: Awaited<ReturnType<PolicyStore['load']>>,
  log: PolicyPorts['log'],
): PolicySet {
  const rules = stored.rules.flatMap(({ ruleId, document }) => {
    const read = policyRuleSchema.safeParse(document)
    if (read.success && read.data.ruleId === ruleId) return [read.data]
    log.warn('A stored rule cannot be read and does not hold.', { ruleId })
    return []
  })
  return { revision: stored.revision, rules: byName(rules) }
}
