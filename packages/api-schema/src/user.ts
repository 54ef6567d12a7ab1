import { z } from 'zod'
import { enrolmentTokenIdSchema, userIdSchema } from './ids.ts'
import { displayNameSchema, momentSchema, textSchema } from './scalars.ts'

/** Each role may do everything the one before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const
export const roleSchema = z.enum(roles)
export type Role = z.infer<typeof roleSchema>

export function roleAllows(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}

export const emailSchema = z.email().max(254).toLowerCase()
/** Length is what makes a password strong; 12 is NIST SP 800-63B-4's middle ground, 200 bounds the hashing cost. */
export const passwordSchema = z.string().min(12).max(200)

export const userSchema = z.object({
  userId: userIdSchema,
  email: emailSchema,
  name: displayNameSchema,
  role: roleSchema,
  createdAt: momentSchema,
})
export type User = z.infer<typeof userSchema>

/** An agent presents one of these to enrol and at every connection. The secret is shown once, at creation. */
export const enrolmentTokenSchema = z.object({
  enrolmentTokenId: enrolmentTokenIdSchema,
  name: displayNameSchema,
  createdAt: momentSchema,
  createdBy: displayNameSchema,
  lastUsedAt: momentSchema.nullable(),
  revokedAt: momentSchema.nullable(),
})
export type EnrolmentToken = z.infer<typeof enrolmentTokenSchema>

export const auditEntrySchema = z.object({
  auditEntryId: z.int(),
  at: momentSchema,
  actor: displayNameSchema,
  action: textSchema.max(80),
  subject: textSchema.max(200),
  detail: textSchema.max(2000),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>
