/** What a selector says, with the place of every part in its text. */

/** From `start` up to and not including `end`, in UTF-16 units, as text boxes count. */
export type Span = { readonly start: number; readonly end: number }

/** What is selected. A domain selector can also speak of the domain's host, with `host.` before the name. */
export type SelectorSubject = 'domain' | 'host'

/** Whose property it is: of what is selected, or of the host of the selected domain. */
export type RefScope = 'own' | 'host'

/** A field every host or domain has (fields.ts), or a label some have. */
export type Ref =
  | { readonly kind: 'field'; readonly scope: RefScope; readonly name: string; readonly span: Span }
  | { readonly kind: 'label'; readonly scope: RefScope; readonly key: string; readonly span: Span }

export const comparisonOperators = ['=', '!=', '~', '!~', '<', '<=', '>', '>='] as const
export type ComparisonOperator = (typeof comparisonOperators)[number]

/**
 * `number` has its value in base units (bytes, bytes per second, or a plain count) beside what was written. `text` is what was written, without quotes; versions
 * are texts compared number by number.
 */
export type Literal =
  | { readonly kind: 'text'; readonly text: string; readonly span: Span }
  | {
      readonly kind: 'number'
      readonly value: number
      readonly amount: number
      readonly unit: string
      readonly span: Span
    }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly span: Span }

export type Selector =
  | { readonly kind: 'all'; readonly span: Span }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Selector[]; readonly span: Span }
  | { readonly kind: 'not'; readonly part: Selector; readonly span: Span }
  | { readonly kind: 'has'; readonly ref: Ref; readonly span: Span }
  | {
      readonly kind: 'compare'
      readonly ref: Ref
      readonly operator: ComparisonOperator
      readonly value: Literal
      readonly span: Span
    }
  | {
      readonly kind: 'in'
      readonly ref: Ref
      readonly isNegated: boolean
      readonly values: readonly Literal[]
      readonly span: Span
    }

/**
 * What is wrong, where, in a sentence, and what could stand there instead. An error: it cannot be read. A warning: it can, and
 * nothing in the fleet is like that.
 */
export type Diagnostic = {
  readonly severity: 'error' | 'warning'
  readonly span: Span
  readonly message: string
  /** Put in the place of `span`, it would be right; null when there is no good guess. */
  readonly suggestion: string | null
}
