import type { DomainAction } from '@drover/api-schema/agent-protocol.ts'
import type { Domain } from '@drover/api-schema/domain.ts'
import {
  apiPrefix,
  type EndpointName,
  endpoints,
  type MoveOutcome,
} from '@drover/api-schema/endpoints.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { Fleet } from '@drover/api-schema/live-protocol.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import type { Role } from '@drover/api-schema/user.ts'
import type { z } from 'zod'
import { waitUntil } from './wait-until.ts'

export interface Person {
  readonly name: string
  readonly email: string
  readonly password: string
}

interface Call {
  readonly params?: Readonly<Record<string, string>>
  readonly body?: unknown
}

type Answer<N extends EndpointName> = (typeof endpoints)[N]['response'] extends z.ZodType
  ? z.output<(typeof endpoints)[N]['response']>
  : undefined

/** The HTTP interface as somebody who is signed in uses it, beside the browser: the truth a page is compared with. */
export class Api {
  readonly #url: string
  #cookie = ''

  constructor(url: string) {
    this.#url = url
  }

  /** The session's cookie, as the browser would send it. */
  get cookie(): string {
    return this.#cookie
  }

  /** Anything goes through here; the answer as it is. */
  async fetch(name: EndpointName, { params = {}, body }: Call = {}): Promise<Response> {
    const { method, path } = endpoints[name]
    const filled = path.replace(/:(\w+)/g, (_, key: string) =>
      encodeURIComponent(params[key] ?? ''),
    )
    return fetch(`${this.#url}${apiPrefix}${filled}`, {
      method,
      headers: {
        'x-drover': '1',
        ...(this.#cookie === '' ? {} : { cookie: this.#cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  async call<N extends EndpointName>(name: N, call: Call = {}): Promise<Answer<N>> {
    const response = await this.fetch(name, call)
    const text = await response.text()
    if (!response.ok) throw new Error(`${name}: ${response.status} ${text}`)
    const schema = endpoints[name].response
    // Parsed with the schema of this very endpoint.
    return (schema === null ? undefined : schema.parse(JSON.parse(text))) as Answer<N>
  }

  async #keepSession(response: Response): Promise<void> {
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    const [cookie] = response.headers.getSetCookie()
    this.#cookie = cookie?.split(';', 1)[0] ?? ''
  }

  async createFirstAdmin(link: string, person: Person): Promise<void> {
    const token = new URL(link).searchParams.get('token')
    await this.#keepSession(await this.fetch('createFirstAdmin', { body: { token, ...person } }))
  }

  async signIn({ email, password }: Person): Promise<void> {
    await this.#keepSession(await this.fetch('signIn', { body: { email, password } }))
  }

  createUser(person: Person, role: Role) {
    return this.call('createUser', { body: { ...person, role } })
  }

  fleet(): Promise<Fleet> {
    return this.call('getFleet')
  }

  async host(name: string): Promise<Host> {
    return found(
      (await this.fleet()).hosts.find((host) => host.name === name),
      name,
    )
  }

  async domain(name: string): Promise<Domain> {
    return found(
      (await this.fleet()).domains.find((domain) => domain.name === name),
      name,
    )
  }

  /** Every host that says it has the domain; exactly one, at any moment. */
  async hostsOf(name: string): Promise<string[]> {
    const { domains, hosts } = await this.fleet()
    return domains
      .filter((domain) => domain.name === name)
      .map(({ hostId }) => hosts.find((host) => host.hostId === hostId)?.name ?? hostId)
  }

  async move(domainName: string, hostName: string): Promise<MoveOutcome> {
    const [domain, host] = [await this.domain(domainName), await this.host(hostName)]
    const moves = [{ domainId: domain.domainId, destinationHostId: host.hostId }]
    const { outcomes } = await this.call('createMigrations', { body: { moves } })
    return found(outcomes[0], 'outcome')
  }

  async startMove(domainName: string, hostName: string): Promise<Migration> {
    const outcome = await this.move(domainName, hostName)
    if (outcome.outcome === 'accepted') return outcome.migration
    throw new Error(outcome.refusals.map(({ message }) => message).join(' '))
  }

  migration(migrationId: string): Promise<Migration> {
    return this.call('getMigration', { params: { migrationId } })
  }

  async act(domainName: string, action: DomainAction): Promise<void> {
    const { domainId } = await this.domain(domainName)
    await this.call('actOnDomain', { params: { domainId }, body: { action } })
  }

  /** Waits until the migration is in one of the phases, and returns it. */
  waitForPhase(
    migrationId: string,
    phases: readonly Migration['state']['phase'][],
    withinMs = 30_000,
  ): Promise<Migration> {
    return waitUntil(
      `migration is ${phases.join(' or ')}`,
      async () => {
        const migration = await this.migration(migrationId)
        return phases.includes(migration.state.phase) ? migration : null
      },
      withinMs,
    )
  }
}

function found<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new Error(`There is no ${name}`)
  return thing
}
