import { type PolicyDraft, policyDraftSchema, policyKinds } from '@drover/api-schema/policy.ts'
import { maxPolicyRules, type TextProblem } from '@drover/api-schema/policy-set.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { toText } from '@drover/api-schema/scalars.ts'
import { type Document, isCollection, isScalar, LineCounter, parseDocument } from 'yaml'
import { wanted } from '../../http/invalid-request.ts'
import { isSameName } from '../draft.ts'
import { unreadableSelectors } from '../selectors.ts'
import { isTextField, minuteOf, textPath } from './fields.ts'

const maxProblems = 100
/** An alias in a text of rules is a convenience; thousands of them are an attack. */
const maxAliases = 100

type Path = readonly PropertyKey[]

/** Rules out of YAML, or everything in it that cannot be read, each with its line and column. */
export function readPolicies(yaml: string): Result<PolicyDraft[], TextProblem[]> {
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false })
  const problems: TextProblem[] = []
  const add = (offset: number, message: string): void => {
    const { line, col } = lines.linePos(offset)
    problems.push({
      line: Math.max(1, line),
      column: Math.max(1, col),
      message: toText(message, 1000),
    })
  }
  const at = (path: Path, message: string): void => add(offsetOf(document, path), message)

  for (const { pos, message } of document.errors) add(pos[0], message)
  if (problems.length > 0) return err(problems.slice(0, maxProblems))
  const items = itemsOf(document, at)
  const drafts = (items ?? []).flatMap((item, index) => {
    const draft = readRule(item, (path, message) => at(['rules', index, ...path], message))
    if (draft === null) return []
    for (const { field, diagnostic } of unreadableSelectors(draft)) {
      const path = ['rules', index, field]
      add(
        offsetOf(document, path) + inScalar(document, path, diagnostic.span.start),
        diagnostic.message,
      )
    }
    return [{ index, draft }]
  })
  for (const [number, { index, draft }] of drafts.entries()) {
    const first = drafts.slice(0, number).find((other) => isSameName(other.draft.name, draft.name))
    if (first !== undefined) {
      at(['rules', index, 'name'], `Another rule above is named ${first.draft.name} already.`)
    }
  }
  if (problems.length > 0) return err(problems.slice(0, maxProblems))
  return ok(drafts.map(({ draft }) => draft))
}

function itemsOf(document: Document, at: (path: Path, message: string) => void): unknown[] | null {
  let whole: unknown
  try {
    whole = document.toJS({ maxAliasCount: maxAliases })
  } catch (error) {
    at([], error instanceof Error ? error.message : 'The text refers to itself too often.')
    return null
  }
  if (!isRecord(whole)) {
    at([], 'The text must have “version: 1” and a list “rules”.')
    return null
  }
  for (const key of Object.keys(whole)) {
    if (key !== 'version' && key !== 'rules') at([key], `There is no “${key}” here.`)
  }
  if (whole.version !== 1) at(['version'], 'The version must be 1.')
  if (!Array.isArray(whole.rules)) {
    at(['rules'], 'The rules must be a list; an empty one is [].')
    return null
  }
  if (whole.rules.length > maxPolicyRules) {
    at(['rules', maxPolicyRules], `There may be at most ${maxPolicyRules} rules.`)
    return null
  }
  return whole.rules
}

/** Null when something in it cannot be read; then it has been said. */
function readRule(item: unknown, at: (path: Path, message: string) => void): PolicyDraft | null {
  if (!isRecord(item)) {
    at([], 'A rule must have fields: name, kind and others.')
    return null
  }
  const kind = policyKinds.find((one) => one === item.kind)
  if (kind === undefined) {
    at(['kind'], `The kind must be one of ${policyKinds.join(', ')}.`)
    return null
  }
  const unknown = Object.keys(item).filter((key) => !isTextField(kind, key))
  for (const key of unknown) at([key], `A rule of the kind ${kind} has no “${key}”.`)
  const read = policyDraftSchema.safeParse(contractOf(item))
  if (read.success) return unknown.length === 0 ? read.data : null
  for (const issue of read.error.issues) {
    const path = textPath(issue.path)
    at(path, `${path.join('.') || 'The rule'} ${wanted(issue)}.`)
  }
  return null
}

/** As the contract names and shapes it; whether it is right is for the contract to say. */
function contractOf(item: Record<string, unknown>): Record<string, unknown> {
  const { enabled = true, strength, weight, ...same } = item
  return {
    description: '',
    owner: '',
    ...same,
    isEnabled: enabled,
    strength: weight === undefined ? { kind: strength } : { kind: strength, weight },
    ...('groupBy' in item ? { groupBy: groupByOf(item.groupBy) } : {}),
    ...(Array.isArray(item.windows) ? { windows: item.windows.map(windowOf) } : {}),
  }
}

function groupByOf(text: unknown): unknown {
  if (text === 'application') return { by: 'application' }
  const key = typeof text === 'string' ? /^label (\S+)$/.exec(text)?.[1] : undefined
  return key === undefined ? text : { by: 'label', key }
}

function windowOf(window: unknown): unknown {
  if (!isRecord(window)) return window
  const { from, until, ...same } = window
  return { ...same, fromMinute: minuteIn(from), untilMinute: minuteIn(until) }
}

function minuteIn(clock: unknown): unknown {
  return typeof clock === 'string' ? (minuteOf(clock) ?? clock) : clock
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where the value stands; of one that is missing, where its nearest surroundings do. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true)
    if ((isScalar(node) || isCollection(node)) && node.range != null) return node.range[0]
  }
  return document.contents?.range?.[0] ?? 0
}

/** How far into a text of one line the character is; of a text over several lines only the beginning is known. */
function inScalar(document: Document, path: Path, character: number): number {
  const node: unknown = document.getIn(path, true)
  if (!isScalar(node) || node.range == null || typeof node.value !== 'string') return 0
  const written = node.range[1] - node.range[0]
  if (node.type === 'PLAIN' && written === node.value.length) return character
  const isQuoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE'
  return isQuoted && written === node.value.length + 2 ? character + 1 : 0
}
