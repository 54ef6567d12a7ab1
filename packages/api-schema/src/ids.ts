import { z } from 'zod'

/** Ids are ours, global and lower-case UUIDs; `domid` (local to one host, changes on migration) is not an id. */
export const hostIdSchema = z.uuid().brand<'HostId'>()
export type HostId = z.infer<typeof hostIdSchema>

export const domainIdSchema = z.uuid().brand<'DomainId'>()
export type DomainId = z.infer<typeof domainIdSchema>

export const migrationIdSchema = z.uuid().brand<'MigrationId'>()
export type MigrationId = z.infer<typeof migrationIdSchema>

/** Made by whoever sends a command; the same id twice has the effect of once. */
export const commandIdSchema = z.string().min(1).max(100).brand<'CommandId'>()
export type CommandId = z.infer<typeof commandIdSchema>

/** One boot of a hypervisor: a new value says that everything that ran there before is gone. */
export const bootIdSchema = z.uuid().brand<'BootId'>()
export type BootId = z.infer<typeof bootIdSchema>

/** One run of an agent process; tells a restarted agent from a reconnected one. */
export const instanceIdSchema = z.uuid().brand<'InstanceId'>()
export type InstanceId = z.infer<typeof instanceIdSchema>

export const userIdSchema = z.string().min(1).max(64).brand<'UserId'>()
export type UserId = z.infer<typeof userIdSchema>

export const enrolmentTokenIdSchema = z.uuid().brand<'EnrolmentTokenId'>()
export type EnrolmentTokenId = z.infer<typeof enrolmentTokenIdSchema>

export const savedFilterIdSchema = z.uuid().brand<'SavedFilterId'>()
export type SavedFilterId = z.infer<typeof savedFilterIdSchema>

export const policyRuleIdSchema = z.uuid().brand<'PolicyRuleId'>()
export type PolicyRuleId = z.infer<typeof policyRuleIdSchema>

/** A draft that is committed becomes a plan of the same id: its link stays good. */
export const draftIdSchema = z.uuid().brand<'DraftId'>()
export type DraftId = z.infer<typeof draftIdSchema>

export const planIdSchema = z.uuid().brand<'PlanId'>()
export type PlanId = z.infer<typeof planIdSchema>
