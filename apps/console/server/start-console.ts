/**
 * The console without Next and without a process: everything that main.ts starts except the port, the database server and
 * the pages. Tests start exactly this. Like main.ts it only builds and connects; it decides nothing. It is long
 * because it is one thing: the list of what is connected to what.
 */

import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { agentSocketPath } from '@drover/api-schema/agent-protocol.ts'
import type { DomainId } from '@drover/api-schema/ids.ts'
import { liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { invariant } from '@drover/api-schema/result.ts'
import { loadAnnotations } from './annotations.ts'
import { createAudit } from './audit.ts'
import { createAuth } from './auth.ts'
import { type Clock, every, systemClock } from './clock.ts'
import { createEnrolment } from './enrolment.ts'
import { commandTimeoutMs, startFleetCore } from './fleet-core.ts'
import { createHealth } from './health.ts'
import { createClientAddress, parseTrustedProxies } from './http/client-address.ts'
import { setTransportSecurity } from './http/headers.ts'
import { createPageGate, type ServePage } from './http/page-gate.ts'
import { createOriginCheck } from './http/same-origin.ts'
import { createApi } from './http.ts'
import { bearsOnRules } from './inventory/bears-on-rules.ts'
import { createDoubleRunWatch } from './inventory/double-runs.ts'
import { createLiveHub } from './live-hub.ts'
import type { Log } from './log.ts'
import { loadMigrationSettings } from './migration-settings.ts'
import { migrationCodec } from './migrations/record.ts'
import { startPlans } from './plans/plans.ts'
import { createLinter } from './policies/linter/linter.ts'
import { loadPolicies } from './policies/policies.ts'
import { refuseUnsatisfiable, refuseUnsatisfiableSet } from './policies/refuse-unsatisfiable.ts'
import { loadViolations } from './policies/violations.ts'
import { createRateLimit } from './rate-limit.ts'
import { createRequestKeys } from './request-keys.ts'
import { allRoutes } from './routes/all.ts'
import { createSavedFilters } from './saved-filters.ts'
import { loadCookieSecret } from './secrets.ts'
import { createSetup } from './setup.ts'
import { createAnnotationStore } from './store/annotations.ts'
import { createAuditStore } from './store/audit.ts'
import { createEnrolmentTokenStore } from './store/enrolment-tokens.ts'
import { createFleetStore } from './store/fleet.ts'
import { createMigrationStore } from './store/migrations.ts'
import { createPlanStore } from './store/plans.ts'
import { createPolicyStore } from './store/policies.ts'
import { isDatabaseGone, openPrisma, type Prisma, pingDatabase } from './store/prisma.ts'
import { createRequestKeyStore } from './store/request-keys.ts'
import { createSavedFilterStore } from './store/saved-filters.ts'
import { createSettingStore } from './store/settings.ts'
import { createSetupLinkStore } from './store/setup-links.ts'
import { createUserStore } from './store/users.ts'
import { createViolationStore } from './store/violations.ts'
import { backlogOf } from './telemetry/backlog.ts'
import { createCpuLoads } from './telemetry/cpu-loads.ts'
import { createIngest } from './telemetry/ingest.ts'
import { createTelemetryReader } from './telemetry/read.ts'

export type ConsoleOptions = {
  readonly databaseUrl: string
  readonly dataDir: string
  /** Scheme, host and port under which browsers reach the console. */
  readonly publicUrl: string
  readonly consoleVersion: string
  readonly log: Log
  /** Null: there are no pages (tests). */
  readonly servePage: ServePage | null
  readonly enrolmentToken?: string | undefined
  /** Whose X-Forwarded-For is believed, as in DROVER_TRUSTED_PROXY. */
  readonly trustedProxy?: string | undefined
  readonly agentProgressMs?: number
  readonly clock?: Clock
  /** Tests check every answer against the contract. */
  readonly checkAnswers?: boolean
}

export type RunningConsole = {
  readonly firstAdminLink: string | null
  serve(request: IncomingMessage, response: ServerResponse): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** In reverse: sockets, migrations, what is unwritten, the database client. */
  stop(): Promise<void>
}

const sampleIntervalMs = 1_000
const housekeepingMs = 60_000
const doubleRunLookMs = 5_000
const attemptWindowMs = 60_000

export async function startConsole(options: ConsoleOptions): Promise<RunningConsole> {
  const { log, clock = systemClock } = options
  const prisma = openPrisma(options.databaseUrl, (error) =>
    log.debug('A database connection failed.', { error: error.message }),
  )
  try {
    return await build(options, prisma, clock)
  } catch (error) {
    await prisma.$disconnect()
    throw error
  }
}

async function build(
  options: ConsoleOptions,
  prisma: Prisma,
  clock: Clock,
): Promise<RunningConsole> {
  const { log, publicUrl } = options
  const users = createUserStore(prisma)
  const fleetStore = createFleetStore(prisma)
  const migrationStore = createMigrationStore(prisma, migrationCodec)
  const auth = createAuth({
    database: prisma,
    endSession: users.endSession,
    secret: loadCookieSecret(options.dataDir),
    publicUrl,
    clock,
    log,
  })
  const audit = createAudit(createAuditStore(prisma), clock, log)
  const enrolment = await createEnrolment(createEnrolmentTokenStore(prisma), clock)
  const setup = createSetup({
    links: createSetupLinkStore(prisma),
    users,
    hashPassword: auth.hashPassword,
  })
  await registerGivenToken(options, enrolment)

  const migrationSettings = await loadMigrationSettings({
    store: createSettingStore(prisma),
    now: () => clock.now(),
    audit: audit.record,
    log,
  })

  const annotations = await loadAnnotations({
    store: createAnnotationStore(prisma),
    now: () => clock.now(),
    audit: audit.record,
    log,
  })

  const policies = await loadPolicies({
    store: createPolicyStore(prisma),
    now: () => clock.now(),
    newId: randomUUID,
    audit: audit.record,
    log,
    refuseUnsatisfiable: (rules, changed) => refuseUnsatisfiable(linter, rules, changed),
    refuseUnsatisfiableSet: (rules, before) => refuseUnsatisfiableSet(linter, rules, before),
  })

  const ingest = createIngest((readings) => hub.sampled(readings))
  const core = await startFleetCore({
    clock,
    log,
    fleetStore,
    migrationStore,
    isDatabaseGone,
    audit: audit.record,
    migrationSettings: migrationSettings.current,
    annotations: annotations.current(),
    policies: policies.current,
    loads: (fleet) => createCpuLoads(ingest, fleet, () => clock.now()),
    verifyToken: enrolment.verify,
    openRoster: ingest.openRoster,
    progressed: (migrationId, progress) => hub.progressed(migrationId, progress),
    sampleIntervalMs,
    progressIntervalMs: options.agentProgressMs ?? 250,
  })
  const { gateway, inventory, orchestrator, writer, forgetHost } = core
  migrationSettings.onChange(core.settingsChanged)
  annotations.onChange(inventory.annotate)
  policies.onChange(core.policiesChanged)
  const violations = await loadViolations({
    compiled: core.rules.compiled,
    store: createViolationStore(prisma),
    clock,
    log,
    show: inventory.setViolations,
  })
  violations.changed()
  const linter = createLinter({
    inventory,
    policies: policies.current,
    loads: core.loads,
    clock,
    log,
  })
  inventory.onPatch(({ changes }) => {
    if (changes.some(({ kind }) => bearsOnRules(kind))) violations.changed()
  })
  const plans = await startPlans({
    clock,
    log,
    store: createPlanStore(prisma),
    audit: audit.record,
    fleet: inventory,
    rules: () => policies.current().rules,
    compiled: core.rules.compiled,
    migrationSettings: migrationSettings.current,
    migrations: { ...orchestrator, listRecent: migrationStore.listRecent },
    users,
    newId: randomUUID,
  })
  policies.onChange(plans.driver.rulesChanged)
  inventory.onPatch(({ changes }) => plans.driver.fleetChanged(changes))
  const origins = createOriginCheck(() => publicUrl)
  const hub = createLiveHub({
    clock,
    log,
    consoleVersion: options.consoleVersion,
    isSameOrigin: origins.isSameOrigin,
    async authenticate(request) {
      const session = await auth.session(request.headers.cookie)
      if (session === null) return null
      return {
        sessionId: session.sessionId,
        userId: session.user.userId,
        expiresAt: session.expiresAt,
      }
    },
    snapshot: inventory.snapshot,
    latestBatch: ingest.latest,
    backlog: (hostId) => {
      const readings = ingest.latest(hostId)
      return readings === null ? [] : backlogOf(readings)
    },
  })
  auth.onEnded(hub.sessionsEnded)
  enrolment.onRevoked(gateway.closeSessionsOf)

  inventory.onPatch(hub.publish)

  const stopHousekeeping = every(clock, housekeepingMs, () => {
    ingest.tidy()
    enrolment
      .saveUse()
      .catch((error: unknown) => log.warn('The use of tokens cannot be written.', { error }))
  })

  const doubleRuns = createDoubleRunWatch({
    losingCopies: inventory.losingCopies,
    onlineHostName: (hostId) => {
      const host = inventory.host(hostId)
      return host?.connection.status === 'online' ? host.name : null
    },
    hostName: (hostId) => inventory.host(hostId)?.name ?? hostId,
    alarm: (subject, sentence) => {
      log.error(sentence)
      audit.record('Drover', 'domain-alarm', subject, sentence)
    },
  })
  const stopWatch = every(clock, doubleRunLookMs, doubleRuns.look)

  const trusted = parseTrustedProxies(options.trustedProxy ?? '')
  invariant(trusted.ok, 'the trusted proxies were checked when the settings were read')
  const serveApi = createApi({
    handlers: allRoutes({
      auth,
      setup,
      users,
      enrolment,
      audit,
      inventory,
      clock,
      telemetry: createTelemetryReader(ingest),
      limits: {
        perAddress: createRateLimit({ clock, limit: 30, windowMs: attemptWindowMs }),
        perAccountAndAddress: createRateLimit({ clock, limit: 10, windowMs: attemptWindowMs }),
        perAccount: createRateLimit({ clock, limit: 100, windowMs: attemptWindowMs }),
      },
      unsettledMigrationsOf: orchestrator.unsettledOf,
      isConnected: gateway.isConnected,
      linkLimitChanged: orchestrator.settingsChanged,
      forgetHost(hostId) {
        const gone = [hostId, ...inventory.domainsOn(hostId).map(({ domainId }) => domainId)]
        forgetHost(hostId)
        ingest.removeHost(hostId)
        annotations
          .forget(
            // Other hosts may have some of the domains.
            gone.filter((id) => inventory.domain(id as DomainId) === null),
            'Drover',
          )
          .catch((error: unknown) => log.warn('Labels of a removed host stay stored.', { error }))
      },
      sendCommand: (hostId, commandId, command) =>
        gateway.sendCommand(hostId, commandId, command, commandTimeoutMs),
      newId: randomUUID,
      migrations: {
        request: orchestrator.request,
        cancel: (migrationId, by) => orchestrator.cancel(migrationId, by.name),
        cancelGroup: (groupId, by) => orchestrator.cancelGroup(groupId, by.name),
        setPriority: (migrationId, priority, by) =>
          orchestrator.setPriority(migrationId, priority, by.name),
        steer: (migrationId, steering, by) => orchestrator.steer(migrationId, steering, by.name),
        resolve: (migrationId, resolution, by) =>
          orchestrator.resolve(migrationId, resolution, by.name),
        find: orchestrator.find,
        listOpen: orchestrator.listOpen,
        listEnded: orchestrator.listEnded,
      },
      migrationSettings,
      plans,
      annotations,
      policies,
      violations,
      linter,
      savedFilters: createSavedFilters({
        store: createSavedFilterStore(prisma),
        now: () => clock.now(),
        newId: randomUUID,
        audit: audit.record,
      }),
      requestKeys: createRequestKeys(createRequestKeyStore(prisma), clock, log),
      health: createHealth(clock, () => pingDatabase(prisma)),
      consoleVersion: options.consoleVersion,
      publicUrl: () => publicUrl,
    }),
    session: auth.session,
    origins,
    clientAddress: createClientAddress(trusted.value),
    isDatabaseGone,
    log,
    checkAnswers: options.checkAnswers ?? false,
  })
  const servePage = createPageGate({
    session: auth.session,
    servePage: options.servePage ?? noPages,
    log,
  })

  return {
    firstAdminLink: await setup.newLink(publicUrl),

    serve(request, response) {
      setTransportSecurity(response, publicUrl)
      const isApi = (request.url ?? '/').startsWith('/api/')
      Promise.resolve(isApi ? serveApi(request, response) : servePage(request, response)).catch(
        (error: unknown) => {
          log.error('A page failed.', { path: request.url?.split('?')[0], error })
          if (response.headersSent) response.destroy()
          else response.writeHead(500).end('Something broke in the console. It has been logged.\n')
        },
      )
    },

    upgrade(request, socket, head) {
      const pathname = request.url?.split('?', 1)[0]
      if (pathname === agentSocketPath) gateway.upgrade(request, socket, head)
      else if (pathname === liveSocketPath) void hub.upgrade(request, socket, head)
      else socket.destroy()
    },

    async stop() {
      stopHousekeeping()
      stopWatch()
      hub.stop()
      gateway.stop()
      await plans.stop()
      await orchestrator.stop()
      await violations.stop()
      await linter.stop()
      await audit.stop()
      await writer.stop()
      await enrolment
        .saveUse()
        .catch((error: unknown) => log.warn('The use of tokens cannot be written.', { error }))
      await prisma.$disconnect()
    },
  }
}

async function registerGivenToken(
  options: ConsoleOptions,
  enrolment: Awaited<ReturnType<typeof createEnrolment>>,
): Promise<void> {
  if (options.enrolmentToken === undefined) return
  const outcome = await enrolment.registerGiven(options.enrolmentToken)
  if (outcome === 'revoked') {
    options.log.warn(
      'DROVER_ENROLMENT_TOKEN was revoked; agents that use it are refused. Make a new token.',
    )
  }
}

const noPages: ServePage = (_request, response) => {
  response
    .writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
    .end('The pages of the console are not built. Run npm start, which builds them.\n')
}
