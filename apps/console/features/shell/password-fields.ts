import type { Refusal } from '@drover/api-schema/errors.ts'
import { passwordProblem } from '../../lib/password.ts'
import { sessionText } from '../../lib/text/session.ts'

export type PasswordFields = { readonly currentPassword: string; readonly newPassword: string }
export type PasswordTrouble = {
  readonly currentPassword: string | null
  readonly newPassword: string | null
  /** What belongs to neither field. */
  readonly head: string | null
}

export const noTrouble: PasswordTrouble = { currentPassword: null, newPassword: null, head: null }

/** By the rules the server has; null where nothing is wrong. */
export function checkPasswordFields(fields: PasswordFields): PasswordTrouble {
  return {
    currentPassword: fields.currentPassword === '' ? sessionText.currentMissing : null,
    newPassword: passwordProblem(fields.newPassword),
    head: null,
  }
}

export function isGood(trouble: PasswordTrouble): boolean {
  return Object.values(trouble).every((sentence) => sentence === null)
}

/** Where the sentence of a refusal belongs: at the field it is about, else at the head, never both. */
export function troubleOf(refusal: Refusal): PasswordTrouble {
  if (refusal.code === 'wrong-password') return { ...noTrouble, currentPassword: refusal.message }
  const atNew = refusal.fields?.find(({ path }) => path === 'newPassword')
  return atNew === undefined
    ? { ...noTrouble, head: refusal.message }
    : { ...noTrouble, newPassword: atNew.message }
}
