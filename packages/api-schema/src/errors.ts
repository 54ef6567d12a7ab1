import { z } from 'zod'
import { policyRuleIdSchema } from './ids.ts'
import { textSchema, toText } from './scalars.ts'

/**
 * Every refusal has a code from this one table: HTTP status and the sentence used when nothing more exact is
 * known. People read the message; programs decide by the code only.
 */
export const errorTable = {
  // Requests
  'invalid-request': { status: 400, sentence: 'The request is not valid.' },
  'not-signed-in': { status: 401, sentence: 'Sign in first.' },
  'wrong-credentials': { status: 401, sentence: 'The e-mail address or the password is wrong.' },
  'wrong-password': { status: 403, sentence: 'The current password is wrong.' },
  forbidden: { status: 403, sentence: 'Your role does not allow this.' },
  'cross-origin': { status: 403, sentence: 'The request came from another site.' },
  'not-found': { status: 404, sentence: 'There is no such thing.' },
  'method-not-allowed': { status: 405, sentence: 'This address does not take that method.' },
  'too-large': { status: 413, sentence: 'The request is too large.' },
  'unsupported-media-type': { status: 415, sentence: 'Send JSON.' },
  'too-many-attempts': { status: 429, sentence: 'Too many attempts. Wait a minute and try again.' },
  internal: { status: 500, sentence: 'Something broke in the console. It has been logged.' },
  unavailable: { status: 503, sentence: 'The console cannot do this at the moment.' },
  'setup-link-invalid': {
    status: 410,
    sentence: 'This link was used already or is not valid any more.',
  },
  'email-taken': { status: 409, sentence: 'A user with this e-mail address exists already.' },
  'last-admin': {
    status: 409,
    sentence: 'This is the last administrator; make another one first.',
  },
  // Things
  'host-not-found': { status: 404, sentence: 'There is no such host.' },
  'domain-not-found': { status: 404, sentence: 'There is no such domain.' },
  'migration-not-found': { status: 404, sentence: 'There is no such migration.' },
  // Hosts
  'host-not-online': { status: 409, sentence: 'The host is not connected.' },
  'host-in-maintenance': {
    status: 409,
    sentence: 'The host is in maintenance and takes no new domains.',
  },
  'command-timeout': { status: 504, sentence: 'The host did not answer in time.' },
  // Domains
  'wrong-state': { status: 409, sentence: 'The domain is not in a state for this.' },
  'confirmation-mismatch': {
    status: 400,
    sentence: 'The name that was typed is not the name of the domain.',
  },
  'domain-migrating': { status: 409, sentence: 'The domain is being migrated.' },
  // Placement
  'same-host': { status: 409, sentence: 'The domain is on this host already.' },
  'other-pool': { status: 409, sentence: 'The hosts are in different pools.' },
  'not-migratable': { status: 409, sentence: 'The domain is marked as not migratable.' },
  'not-enough-memory': { status: 409, sentence: 'The host has not enough free memory.' },
  'no-hardware-virtualisation': {
    status: 409,
    sentence: 'The host has no hardware virtualisation.',
  },
  'architecture-mismatch': { status: 409, sentence: 'The host cannot run this architecture.' },
  'missing-cpu-features': { status: 409, sentence: 'The host lacks CPU features the domain uses.' },
  'too-many-vcpus': { status: 409, sentence: 'The host cannot run that many vCPUs.' },
  'older-hypervisor': { status: 409, sentence: 'The host runs an older hypervisor.' },
  'hvm-migration-unsupported': {
    status: 409,
    sentence: 'This Xen version cannot migrate HVM domains live.',
  },
  'no-peer-address': { status: 409, sentence: 'The host takes no migrations.' },
  'cpu-overcommit': { status: 409, sentence: 'The host would be short of CPU.' },
  // Policies, said of a move
  'policy-run-on': { status: 409, sentence: 'A rule runs the domain on other hosts.' },
  'policy-keep-off': { status: 409, sentence: 'A rule keeps the domain off this host.' },
  'policy-keep-together': { status: 409, sentence: 'A rule keeps the domain with others.' },
  'policy-keep-apart': { status: 409, sentence: 'A rule keeps the domain apart from others.' },
  'policy-hardware': { status: 409, sentence: 'The host lacks hardware that a rule asks for.' },
  'policy-headroom': { status: 409, sentence: 'A rule keeps this much of the host free.' },
  'policy-reserved': {
    status: 409,
    sentence: 'A rule reserves the host for another application.',
  },
  'policy-licence': { status: 409, sentence: 'The licences of a rule would not suffice.' },
  'policy-never-move': { status: 409, sentence: 'A rule never moves the domain automatically.' },
  'policy-move-window': {
    status: 409,
    sentence: 'A rule moves the domain in certain hours only.',
  },
  // Policies, said of themselves
  'policy-not-found': { status: 404, sentence: 'There is no such rule.' },
  'policy-name-taken': { status: 409, sentence: 'Another rule has this name.' },
  'policy-unsatisfiable': {
    status: 409,
    sentence: 'This rule and others cannot all hold; save it as preferred or disabled.',
  },
  'policies-changed': {
    status: 409,
    sentence: 'The rules have changed since; look at the difference again.',
  },
  'selector-invalid': { status: 400, sentence: 'The selector cannot be read.' },
  'policies-unreadable': { status: 400, sentence: 'The text cannot be read as rules.' },
  'violation-not-found': { status: 404, sentence: 'The rule holds there again.' },
  superseded: { status: 409, sentence: 'A newer request has taken the place of this one.' },
  // Filters
  'saved-filter-not-found': { status: 404, sentence: 'There is no such filter.' },
  'saved-filter-name-taken': { status: 409, sentence: 'Another filter has this name.' },
  'too-many': { status: 409, sentence: 'There are as many of them as there may be.' },
  // Drafts and plans
  'draft-not-found': { status: 404, sentence: 'There is no such draft.' },
  'draft-changed': {
    status: 409,
    sentence: 'The draft has changed since you read it; look at it again.',
  },
  'draft-not-yours': {
    status: 403,
    sentence: 'The draft belongs to somebody else; ask for it to be handed over.',
  },
  'draft-empty': { status: 409, sentence: 'The draft has no moves.' },
  'draft-outdated': {
    status: 409,
    sentence: 'The fleet has changed under the draft; rebase it and look at it again.',
  },
  'no-order': { status: 409, sentence: 'There is no order in which these moves can be made.' },
  'nothing-to-undo': { status: 409, sentence: 'There is nothing to put back.' },
  'plan-not-found': { status: 404, sentence: 'There is no such plan.' },
  'plan-ended': { status: 409, sentence: 'The plan has ended already.' },
  'step-skipped': { status: 409, sentence: 'The step was left out.' },
  // Migrations
  'past-point-of-no-return': {
    status: 409,
    sentence: 'Too late to cancel: the hand-over has begun.',
  },
  'migration-ended': { status: 409, sentence: 'The migration has ended already.' },
  'stale-generation': { status: 409, sentence: 'A newer attempt exists.' },
  'unknown-migration': { status: 404, sentence: 'The agent does not know this migration.' },
  'ticket-invalid': { status: 403, sentence: 'The migration ticket is not valid.' },
  'peer-unreachable': { status: 502, sentence: 'The other host could not be reached.' },
  'peer-lost': { status: 502, sentence: 'The connection between the hosts was lost.' },
  'peer-refused': { status: 502, sentence: 'The other host refused.' },
  'digest-mismatch': {
    status: 502,
    sentence: 'The memory that arrived is not the memory that was sent.',
  },
  'agent-restarted': { status: 502, sentence: 'The agent was restarted during the migration.' },
  'host-rebooted': { status: 502, sentence: 'The host was restarted during the migration.' },
  'domain-stopped': { status: 409, sentence: 'The domain stopped during the migration.' },
  'not-converging': {
    status: 409,
    sentence: 'The domain writes memory faster than it can be copied.',
  },
  'post-copy-unsupported': {
    status: 409,
    sentence: 'One of the hosts cannot run a domain before its memory is there.',
  },
  'domain-lost': { status: 502, sentence: 'The domain was lost before all its memory had moved.' },
  'cancelled-by-administrator': { status: 409, sentence: 'Cancelled.' },
  'hypervisor-refused': { status: 502, sentence: 'The hypervisor refused.' },
  // Agents
  'token-invalid': { status: 401, sentence: 'The enrolment token is not valid or was revoked.' },
  'agent-too-old': {
    status: 426,
    sentence: 'The agent speaks no protocol version this console knows.',
  },
  'host-name-taken': { status: 409, sentence: 'Another host has this name.' },
  'host-claimed': { status: 403, sentence: 'This host was enrolled with another key.' },
  'host-already-connected': { status: 409, sentence: 'Another agent is connected for this host.' },
} as const satisfies Record<string, { status: number; sentence: string }>

export type ErrorCode = keyof typeof errorTable
const codes = Object.keys(errorTable)
export const errorCodeSchema = z.custom<ErrorCode>(
  (value) => typeof value === 'string' && codes.includes(value),
  'unknown error code',
)

/** A refusal: the code, the sentence for people (thing, number, way out) and, for forms, the fields. */
export const refusalSchema = z.object({
  code: errorCodeSchema,
  message: textSchema.min(1).max(1000),
  /** The rule that refuses, when it is one of the policies. */
  ruleId: policyRuleIdSchema.optional(),
  fields: z
    .array(
      z.object({
        path: textSchema.max(200),
        message: textSchema.max(300),
        /** The part of the field's text that is meant: from `start` up to and not including `end`, in UTF-16 units. */
        span: z.object({ start: z.int().min(0), end: z.int().min(0) }).optional(),
        /** Put in the place of `span`, it would be right. */
        suggestion: textSchema.max(300).optional(),
      }),
    )
    .max(50)
    .optional(),
})
export type Refusal = z.infer<typeof refusalSchema>

/** A refusal with the exact sentence, or with the table's own when none is given. */
export function refusal(code: ErrorCode, message: string = errorTable[code].sentence): Refusal {
  return { code, message: toText(message, 1000) }
}

export function statusOf(code: ErrorCode): number {
  return errorTable[code].status
}

/** The body of every answer that is not 2xx. `requestId` finds it in the log. */
export const errorBodySchema = z.object({ error: refusalSchema, requestId: textSchema.max(60) })
export type ErrorBody = z.infer<typeof errorBodySchema>
