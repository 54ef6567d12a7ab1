/** A value or an expected refusal. Same shape as `api-schema/result.ts`, which this package may not import. */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

export function refuse<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error }
}

/** Ends a switch over a closed union; reaching it is a bug. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`)
}

/** Throws with a sentence when something that must be true is not: a bug, never a refusal. */
export function invariant(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence)
}
