import { z } from 'zod'
import { domainActionSchema } from './agent-protocol.ts'
import { domainSchema } from './domain.ts'
import type { ErrorCode } from './errors.ts'
import { refusalSchema } from './errors.ts'
import { hostSchema } from './host.ts'
import {
  domainIdSchema,
  enrolmentTokenIdSchema,
  hostIdSchema,
  migrationIdSchema,
  userIdSchema,
} from './ids.ts'
import { fleetSchema } from './live-protocol.ts'
import {
  migrationProfileSchema,
  migrationSchema,
  overrideSchema,
  steeringSchema,
} from './migration.ts'
import {
  migrationLimitsSchema,
  migrationSettingsSchema,
  poolMigrationSettingsSchema,
} from './migration-settings.ts'
import {
  bandwidthLimitSchema,
  migrationPrioritySchema,
  retryPolicySchema,
} from './migration-terms.ts'
import { planEndpoints } from './plan-endpoints.ts'
import {
  labelEndpoints,
  policyEndpoints,
  policyTextEndpoints,
  savedFilterEndpoints,
} from './policy-endpoints.ts'
import { displayNameSchema, momentSchema, textSchema } from './scalars.ts'
import { metricSchema } from './telemetry.ts'
import {
  auditEntrySchema,
  emailSchema,
  enrolmentTokenSchema,
  passwordSchema,
  type Role,
  roleSchema,
  userSchema,
} from './user.ts'

/**
 * Every HTTP endpoint: the server's handlers and the browser's client are total maps over this table, and the
 * OpenAPI document is made from it. Paths are below `apiPrefix`; `:name` is a path parameter.
 */
export const apiPrefix = '/api/v1'

type EndpointShape = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: `/${string}`
  /** The least role that may call it; `anonymous` needs no session. */
  readonly access: Role | 'anonymous'
  readonly summary: string
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  /** Null: no body. */
  readonly body: z.ZodType | null
  /** Null: answers 204. */
  readonly response: z.ZodType | null
  /** Refusals particular to it, beside those every endpoint may give. */
  readonly errors: readonly ErrorCode[]
}

const none = z.object({})

/** Refusals that any endpoint may answer with. */
export const commonErrors = [
  'invalid-request',
  'not-signed-in',
  'forbidden',
  'cross-origin',
  'method-not-allowed',
  'too-large',
  'unsupported-media-type',
  'too-many-attempts',
  'internal',
  'unavailable',
] as const satisfies readonly ErrorCode[]

/** One series over a window: `at` is shared, `values` per metric; null is unknown. */
export const samplesSchema = z.object({
  metrics: z.array(metricSchema),
  at: z.array(momentSchema),
  values: z.array(z.array(z.number().nullable())),
})
export type Samples = z.infer<typeof samplesSchema>

const windowQuery = z.object({
  windowMs: z.coerce.number().int().min(1000).max(600_000).default(600_000),
})

/** A moment in an address, where everything is text. */
const momentQuery = z.coerce.number().min(0).max(7_258_118_400_000)

const session = z.object({ user: userSchema })

export const moveSchema = z.object({ domainId: domainIdSchema, destinationHostId: hostIdSchema })
export type Move = z.infer<typeof moveSchema>

export const moveOutcomeSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('accepted'),
    domainId: domainIdSchema,
    migration: migrationSchema,
    /** Rules that are preferred and will not hold. */
    warnings: z.array(refusalSchema).optional(),
  }),
  z.object({
    outcome: z.literal('refused'),
    domainId: domainIdSchema,
    refusals: z.array(refusalSchema).min(1),
    /** What has changed of it since `seen`, in sentences, oldest first. */
    changes: z.array(textSchema.max(500)).optional(),
  }),
])
export type MoveOutcome = z.infer<typeof moveOutcomeSchema>

/** Whether one migration of a group is being cancelled, and if not, why. */
export const cancelOutcomeSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('asked'), migration: migrationSchema }),
  z.object({
    outcome: z.literal('refused'),
    migrationId: migrationIdSchema,
    refusal: refusalSchema,
  }),
])
export type CancelOutcome = z.infer<typeof cancelOutcomeSchema>

const atLeastOne = 'must change at least one thing'
const isAnythingSet = (body: object) => Object.values(body).some((value) => value !== undefined)

export const endpoints = {
  getHealth: {
    method: 'GET',
    path: '/health',
    access: 'anonymous',
    summary: 'Whether the console runs and reaches its database',
    params: none,
    query: none,
    body: null,
    response: z.object({ status: z.enum(['ok', 'degraded']) }),
    errors: [],
  },
  getOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    access: 'viewer',
    summary: 'This interface as OpenAPI 3.1',
    params: none,
    query: none,
    body: null,
    response: z.looseObject({ openapi: z.string() }),
    errors: [],
  },
  // ── Session ──
  getSetup: {
    method: 'GET',
    path: '/setup',
    access: 'anonymous',
    summary: 'Whether a first-administrator link is still good',
    params: none,
    query: z.object({ token: textSchema.min(1).max(200) }),
    body: null,
    response: z.object({ isValid: z.boolean() }),
    errors: [],
  },
  createFirstAdmin: {
    method: 'POST',
    path: '/setup',
    access: 'anonymous',
    summary: 'Make the first administrator with a single-use link, and sign in',
    params: none,
    query: none,
    body: z.object({
      token: textSchema.min(1).max(200),
      name: displayNameSchema,
      email: emailSchema,
      password: passwordSchema,
    }),
    response: session,
    errors: ['setup-link-invalid'],
  },
  signIn: {
    method: 'POST',
    path: '/session',
    access: 'anonymous',
    summary: 'Sign in',
    params: none,
    query: none,
    body: z.object({ email: emailSchema, password: z.string().min(1).max(200) }),
    response: session,
    errors: ['wrong-credentials'],
  },
  getSession: {
    method: 'GET',
    path: '/session',
    access: 'viewer',
    summary: 'Who is signed in',
    params: none,
    query: none,
    body: null,
    response: session,
    errors: [],
  },
  signOut: {
    method: 'DELETE',
    path: '/session',
    access: 'viewer',
    summary: 'Sign out',
    params: none,
    query: none,
    body: null,
    response: null,
    errors: [],
  },
  changePassword: {
    method: 'POST',
    path: '/session/password',
    access: 'viewer',
    summary:
      'Change your own password; all your other sessions end, and attempts are limited as at sign-in',
    params: none,
    query: none,
    body: z.object({ currentPassword: z.string().min(1).max(200), newPassword: passwordSchema }),
    response: null,
    errors: ['wrong-password'],
  },
  // ── Fleet ──
  getFleet: {
    method: 'GET',
    path: '/fleet',
    access: 'viewer',
    summary: 'All hosts and domains, open and recently ended migrations',
    params: none,
    query: none,
    body: null,
    response: fleetSchema,
    errors: [],
  },
  getHost: {
    method: 'GET',
    path: '/hosts/:hostId',
    access: 'viewer',
    summary: 'One host',
    params: z.object({ hostId: hostIdSchema }),
    query: none,
    body: null,
    response: hostSchema,
    errors: ['host-not-found'],
  },
  getHostSamples: {
    method: 'GET',
    path: '/hosts/:hostId/samples',
    access: 'viewer',
    summary: 'Readings of a host over the last minutes',
    params: z.object({ hostId: hostIdSchema }),
    query: windowQuery,
    body: null,
    response: samplesSchema,
    errors: ['host-not-found'],
  },
  updateHost: {
    method: 'PATCH',
    path: '/hosts/:hostId',
    access: 'operator',
    summary:
      'Put a host into maintenance or take it out; limit what migrations may send from and to it',
    params: z.object({ hostId: hostIdSchema }),
    query: none,
    body: z
      .object({
        isInMaintenance: z.boolean().optional(),
        /** Bytes a second, each way; null: no limit but its NIC. */
        migrationBytesPerSec: bandwidthLimitSchema.optional(),
      })
      .refine(isAnythingSet, atLeastOne),
    response: hostSchema,
    errors: ['host-not-found'],
  },
  removeHost: {
    method: 'DELETE',
    path: '/hosts/:hostId',
    access: 'admin',
    summary: 'Forget a host that is gone for good, with its domains',
    params: z.object({ hostId: hostIdSchema }),
    query: none,
    body: null,
    response: null,
    errors: ['host-not-found', 'host-already-connected', 'domain-migrating'],
  },
  getDomain: {
    method: 'GET',
    path: '/domains/:domainId',
    access: 'viewer',
    summary: 'One domain',
    params: z.object({ domainId: domainIdSchema }),
    query: none,
    body: null,
    response: domainSchema,
    errors: ['domain-not-found'],
  },
  getDomainSamples: {
    method: 'GET',
    path: '/domains/:domainId/samples',
    access: 'viewer',
    summary: 'Readings of a domain over the last minutes',
    params: z.object({ domainId: domainIdSchema }),
    query: windowQuery,
    body: null,
    response: samplesSchema,
    errors: ['domain-not-found'],
  },
  actOnDomain: {
    method: 'POST',
    path: '/domains/:domainId/actions',
    access: 'operator',
    summary: 'Start, pause, unpause, shut down, reboot or destroy a domain',
    params: z.object({ domainId: domainIdSchema }),
    query: none,
    body: z.object({ action: domainActionSchema }),
    response: z.object({ outcome: z.enum(['done', 'already-so']) }),
    errors: [
      'domain-not-found',
      'wrong-state',
      'domain-migrating',
      'host-not-online',
      'command-timeout',
      'hypervisor-refused',
      'not-enough-memory',
    ],
  },
  // ── Migrations ──
  listMigrations: {
    method: 'GET',
    path: '/migrations',
    access: 'viewer',
    summary:
      'Migrations: the open ones, oldest request first, then the ended ones, newest end first',
    params: none,
    query: z.object({
      state: z
        .enum(['open', 'ended', 'all'])
        .default('all')
        .describe(
          'Which ones. Open ones come all at once on the first page, in front of the ended ones, so that none is missed or ' +
            'shown twice when it ends while you read on.',
        ),
      limit: z.coerce
        .number()
        .int()
        .min(1)
        .max(200)
        .default(50)
        .describe('How many ended ones a page has; those that ended together stay together.'),
      before: momentQuery
        .optional()
        .describe(
          'For the next page: `nextBefore` of the last one. Such a page has ended ones only.',
        ),
      domainId: domainIdSchema.optional().describe('Only those of this domain.'),
      groupId: z.uuid().optional().describe('Only those that were asked for together.'),
    }),
    body: null,
    response: z.object({
      migrations: z.array(migrationSchema),
      nextBefore: momentSchema.nullable(),
    }),
    errors: [],
  },
  getMigration: {
    method: 'GET',
    path: '/migrations/:migrationId',
    access: 'viewer',
    summary: 'One migration',
    params: z.object({ migrationId: migrationIdSchema }),
    query: none,
    body: null,
    response: migrationSchema,
    errors: ['migration-not-found'],
  },
  createMigrations: {
    method: 'POST',
    path: '/migrations',
    access: 'operator',
    summary: 'Migrate one or more domains; each is accepted or refused by itself',
    params: none,
    query: none,
    body: z.object({
      moves: z.array(moveSchema).min(1).max(200),
      /** Left out: as set for the pool of the destination. */
      profile: migrationProfileSchema.optional(),
      priority: migrationPrioritySchema.optional(),
      /** For each one of them; null or left out: no limit of its own. */
      bandwidthBytesPerSec: bandwidthLimitSchema.optional(),
      /** Left out: as set for the pool of the destination. */
      retry: retryPolicySchema.optional(),
      /** Administrators only: moves that required rules are against. What the hypervisor cannot do stays refused. */
      override: overrideSchema.optional(),
      /** The fleet as it was when this was decided: a refusal then says what has changed since. */
      seen: z.object({ epoch: z.uuid(), generation: z.int().min(0) }).optional(),
      /** The same key again within a day answers as the first time and starts nothing. */
      requestKey: z.uuid().optional(),
    }),
    response: z.object({ outcomes: z.array(moveOutcomeSchema) }),
    errors: [],
  },
  updateMigration: {
    method: 'PATCH',
    path: '/migrations/:migrationId',
    access: 'operator',
    summary: 'Give an open migration another priority',
    params: z.object({ migrationId: migrationIdSchema }),
    query: none,
    body: z.object({ priority: migrationPrioritySchema }),
    response: migrationSchema,
    errors: ['migration-not-found', 'migration-ended'],
  },
  cancelMigrationGroup: {
    method: 'POST',
    path: '/migration-groups/:groupId/cancel',
    access: 'operator',
    summary:
      'Stop every migration of a group that can still be stopped, retries that wait included',
    params: z.object({ groupId: z.uuid() }),
    query: none,
    body: null,
    response: z.object({ outcomes: z.array(cancelOutcomeSchema) }),
    errors: ['migration-ended'],
  },
  getMigrationSettings: {
    method: 'GET',
    path: '/migration-settings',
    access: 'viewer',
    summary: 'How many migrations may run at once, and what is set for pools',
    params: none,
    query: none,
    body: null,
    response: migrationSettingsSchema,
    errors: [],
  },
  updateMigrationLimits: {
    method: 'PATCH',
    path: '/migration-settings/limits',
    access: 'admin',
    summary: 'Change how many migrations may run at once; those that run go on',
    params: none,
    query: none,
    body: migrationLimitsSchema.partial().refine(isAnythingSet, atLeastOne),
    response: migrationLimitsSchema,
    errors: [],
  },
  updatePoolMigrationSettings: {
    method: 'PATCH',
    path: '/pools/:pool/migration-settings',
    access: 'admin',
    summary: 'Change the profile, the retries or the limit of migrations within a pool',
    params: z.object({ pool: displayNameSchema }),
    query: none,
    body: poolMigrationSettingsSchema
      .omit({ pool: true })
      .partial()
      .refine(isAnythingSet, atLeastOne),
    response: poolMigrationSettingsSchema,
    errors: ['not-found'],
  },
  cancelMigration: {
    method: 'POST',
    path: '/migrations/:migrationId/cancel',
    access: 'operator',
    summary: 'Stop a migration before its point of no return',
    params: z.object({ migrationId: migrationIdSchema }),
    query: none,
    body: null,
    response: migrationSchema,
    errors: ['migration-not-found', 'past-point-of-no-return', 'migration-ended'],
  },
  steerMigration: {
    method: 'POST',
    path: '/migrations/:migrationId/steer',
    access: 'operator',
    summary: 'Give a running copy more or less bandwidth, or let it pause the domain and finish',
    params: z.object({ migrationId: migrationIdSchema }),
    query: none,
    body: steeringSchema,
    response: migrationSchema,
    errors: [
      'migration-not-found',
      'migration-ended',
      'wrong-state',
      'host-not-online',
      'command-timeout',
    ],
  },
  resolveMigration: {
    method: 'POST',
    path: '/migrations/:migrationId/resolve',
    access: 'admin',
    summary: 'Decide a migration in doubt whose destination cannot be heard',
    params: z.object({ migrationId: migrationIdSchema }),
    query: none,
    body: z.object({
      /**
       * `resume`: the source runs its copy again; two copies run if the destination has activated. `release`: the source
       * destroys its copy; the domain is lost if the destination has not.
       */
      resolution: z.enum(['resume', 'release']),
      /** The domain's name, typed by whoever takes the risk. */
      confirmation: z.string().max(200),
    }),
    response: migrationSchema,
    errors: ['migration-not-found', 'migration-ended', 'wrong-state', 'confirmation-mismatch'],
  },
  // ── Labels and applications ──
  ...labelEndpoints,
  // ── Rules ──
  ...policyEndpoints,
  ...policyTextEndpoints,
  // ── Drafts and plans ──
  ...planEndpoints,
  // ── Saved filters ──
  ...savedFilterEndpoints,
  // ── Administration ──
  listUsers: {
    method: 'GET',
    path: '/users',
    access: 'admin',
    summary: 'All users',
    params: none,
    query: none,
    body: null,
    response: z.object({ users: z.array(userSchema) }),
    errors: [],
  },
  createUser: {
    method: 'POST',
    path: '/users',
    access: 'admin',
    summary: 'Make a user',
    params: none,
    query: none,
    body: z.object({
      email: emailSchema,
      name: displayNameSchema,
      role: roleSchema,
      password: passwordSchema,
    }),
    response: userSchema,
    errors: ['email-taken'],
  },
  updateUser: {
    method: 'PATCH',
    path: '/users/:userId',
    access: 'admin',
    summary:
      "Change a user's name, role or password; a changed role or password ends the user's sessions",
    params: z.object({ userId: userIdSchema }),
    query: none,
    body: z.object({
      name: displayNameSchema.optional(),
      role: roleSchema.optional(),
      password: passwordSchema.optional(),
    }),
    response: userSchema,
    errors: ['not-found', 'last-admin'],
  },
  removeUser: {
    method: 'DELETE',
    path: '/users/:userId',
    access: 'admin',
    summary: 'Remove a user and end their sessions',
    params: z.object({ userId: userIdSchema }),
    query: none,
    body: null,
    response: null,
    errors: ['not-found', 'last-admin'],
  },
  listEnrolmentTokens: {
    method: 'GET',
    path: '/enrolment-tokens',
    access: 'admin',
    summary: 'Tokens that let agents connect',
    params: none,
    query: none,
    body: null,
    response: z.object({ tokens: z.array(enrolmentTokenSchema) }),
    errors: [],
  },
  createEnrolmentToken: {
    method: 'POST',
    path: '/enrolment-tokens',
    access: 'admin',
    summary: 'Make an enrolment token; the secret is in this answer and nowhere else',
    params: none,
    query: none,
    body: z.object({ name: displayNameSchema }),
    response: z.object({ token: enrolmentTokenSchema, secret: z.string() }),
    errors: [],
  },
  revokeEnrolmentToken: {
    method: 'DELETE',
    path: '/enrolment-tokens/:enrolmentTokenId',
    access: 'admin',
    summary: 'Revoke an enrolment token and disconnect the agents that use it',
    params: z.object({ enrolmentTokenId: enrolmentTokenIdSchema }),
    query: none,
    body: null,
    response: null,
    errors: ['not-found'],
  },
  listAudit: {
    method: 'GET',
    path: '/audit',
    access: 'admin',
    summary: 'Who did what, newest first',
    params: none,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(200).default(100),
      before: z.coerce.number().int().optional(),
    }),
    body: null,
    response: z.object({ entries: z.array(auditEntrySchema), nextBefore: z.int().nullable() }),
    errors: [],
  },
} as const satisfies Record<string, EndpointShape>

export type Endpoints = typeof endpoints
export type EndpointName = keyof Endpoints
export type EndpointParams<N extends EndpointName> = z.output<Endpoints[N]['params']>
export type EndpointQuery<N extends EndpointName> = z.output<Endpoints[N]['query']>
export type EndpointQueryInput<N extends EndpointName> = z.input<Endpoints[N]['query']>
export type EndpointBody<N extends EndpointName> = Endpoints[N]['body'] extends z.ZodType
  ? z.output<Endpoints[N]['body']>
  : undefined
export type EndpointResponse<N extends EndpointName> = Endpoints[N]['response'] extends z.ZodType
  ? z.output<Endpoints[N]['response']>
  : undefined
