import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { z } from 'zod'

type Place = 'path' | 'query' | 'body'
type Issue = z.core.$ZodIssue

const maxFields = 50

/**
 * A refusal that says in sentences which field wants what. The one place that words what a schema found: a field's own
 * sentence stands below it in a form, the message of the whole names the first field for everybody else.
 */
export function invalidRequest(place: Place, issues: readonly Issue[]): Refusal {
  const fields = issues.slice(0, maxFields).map((issue) => ({
    path: (place === 'body' ? issue.path : [place, ...issue.path]).join('.').slice(0, 200),
    message: sentence(wanted(issue)).slice(0, 300),
  }))
  const [first] = issues
  const named = first === undefined ? '' : `: ${nameOf(place, first.path)} ${wanted(first)}`
  const more = issues.length - 1
  const others =
    more > 0 ? ` So ${more === 1 ? 'is 1 other field' : `are ${more} other fields`}.` : ''
  return {
    ...refusal('invalid-request', `The request is not valid${named.slice(0, 900)}.${others}`),
    fields,
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** "moves.0.domainId", "limit in the query", "the body". */
function nameOf(place: Place, path: Issue['path']): string {
  const name = path.join('.')
  switch (place) {
    case 'body':
      return name === '' ? 'the body' : name
    case 'path':
      return name === '' ? 'the address' : `${name} in the address`
    case 'query':
      return name === '' ? 'the query' : `${name} in the query`
  }
}

/** What would be right, as the rest of a sentence about the field. The value itself is never repeated. */
export function wanted(issue: Issue): string {
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') {
    if (issue.code === 'invalid_type' || issue.code === 'invalid_value') return 'is missing'
  }
  switch (issue.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? `must be of the type ${issue.expected}`
    case 'too_small':
      return tooSmall(issue)
    case 'too_big':
      return tooBig(issue)
    case 'invalid_format':
      return formatWords[issue.format] ?? own(issue.message) ?? 'does not have the right form'
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`
    case 'invalid_union':
      return issue.discriminator === undefined
        ? 'does not have the right form'
        : 'is none of the kinds there are'
    case 'unrecognized_keys':
      return `must not have ${issue.keys.join(', ')}`
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'custom':
      return own(issue.message) ?? 'does not have the right form'
    case 'invalid_key':
    case 'invalid_element':
      return 'does not have the right form'
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
}

const formatWords: Readonly<Record<string, string>> = {
  email: 'must be an e-mail address, such as ada@example.org',
  uuid: 'must be an id, such as 018f2b6c-5d0e-4c4b-9f0a-3f1c6a7d2e10',
}

/** A schema's own words; the library's all begin with "Invalid". */
function own(message: string): string | null {
  return /^Invalid/.test(message) ? null : message
}

function tooSmall({ origin, minimum, inclusive }: Extract<Issue, { code: 'too_small' }>): string {
  switch (origin) {
    case 'string':
      return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} characters`
    case 'array':
      return `must have at least ${counted(minimum, 'item')}`
    default:
      return inclusive === false ? `must be more than ${minimum}` : `must be at least ${minimum}`
  }
}

function tooBig({ origin, maximum, inclusive }: Extract<Issue, { code: 'too_big' }>): string {
  switch (origin) {
    case 'string':
      return `must have at most ${counted(maximum, 'character')}`
    case 'array':
      return `must have at most ${counted(maximum, 'item')}`
    default:
      return inclusive === false ? `must be less than ${maximum}` : `must be at most ${maximum}`
  }
}

function counted(count: number | bigint, noun: string): string {
  return `${count} ${noun}${Number(count) === 1 ? '' : 's'}`
}
