import { z } from 'zod'

/** The plain values the nouns are made of, with the bounds no real host exceeds. */

/** Bytes as an integer; up to 2^53-1, far above the 16 TiB a Xen guest may have. */
export const bytesSchema = z.int().min(0)

/** Rates may be fractional; never negative, never NaN or infinite. */
export const bytesPerSecSchema = z.number().min(0)

/** A duration in milliseconds. */
export const durationMsSchema = z.number().min(0)

/** A moment: epoch ms, UTC. The year 2000 to 2200: what lies outside is a broken clock, not data. */
export const momentSchema = z.number().min(946_684_800_000).max(7_258_118_400_000)

export const pagesSchema = z.int().min(0)

/**
 * Every free string of the contracts: one line without control characters and without halves of surrogate pairs.
 * PostgreSQL takes neither U+0000 nor a lone surrogate in a document, and one of them in one fact must not stop a store.
 */
export const textSchema = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not hold control characters or broken ones')

/** Finds all that `toText` replaces, and whole pairs too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const mayBeBroken = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/

/** The nearest thing that `textSchema` takes, at most `maxLength` long: for what others have worded. */
export function toText(text: string, maxLength: number): string {
  // Almost every text is plain, and to look is much quicker than to replace: a card in hand makes thousands of sentences.
  if (text.length <= maxLength && !mayBeBroken.test(text)) return text
  return text.slice(0, maxLength).replace(/[\p{Cc}\p{Cs}]/gu, ' ')
}

/** How often a domain has been handed over; a database keeps it in 31 bits. */
export const generationSchema = z.int().min(0).max(2_147_483_647)

/** Names people give: printable, trimmed, no control characters. */
export const displayNameSchema = z
  .string()
  .min(1)
  .max(120)
  .regex(
    /^[^\p{C}\s](?:[^\p{C}]*[^\p{C}\s])?$/u,
    'must be printable and must not begin or end with a space',
  )

/** Host and domain names: what a DNS label or a Xen configuration allows, plus dots and underscores. */
export const machineNameSchema = z
  .string()
  .min(1)
  .max(80)
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/,
    'may hold letters, digits, dots, dashes and underscores',
  )

export const labelKeySchema = z.string().regex(/^[a-z0-9](?:[a-z0-9._/-]{0,61}[a-z0-9])?$/)
export const labelValueSchema = textSchema.max(120)

/** Labels: `key=value`, at most 64 of them. */
export const labelsSchema = z
  .record(labelKeySchema, labelValueSchema)
  .refine((labels) => Object.keys(labels).length <= 64, 'at most 64 labels')
export type Labels = z.infer<typeof labelsSchema>

/** Dotted numbers, as Xen prints its version: "4.17.2", "3.0.4". */
export const versionNumberSchema = z
  .string()
  .regex(/^\d{1,4}(\.\d{1,6}){1,3}$/, 'must look like 4.17.2')

/** Negative when `a` is older than `b`; compares number by number, missing parts are 0. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
