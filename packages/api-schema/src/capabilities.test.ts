import { describe, expect, it } from 'vitest'
import { domainActions } from './agent-protocol.ts'
import { refuseCancel, refuseDomainAction, refuseHostCommand } from './capabilities.ts'
import type { DomainState } from './domain.ts'
import { refusal } from './errors.ts'
import type { MigrationState } from './migration.ts'
import { aDomain, aHost, aMigration, testMoment as at, migrationId } from './testing/builders.ts'

const online = aHost()
const states: DomainState[] = [
  { status: 'running' },
  { status: 'paused', by: 'administrator' },
  { status: 'shutting-down' },
  { status: 'shut-off' },
  { status: 'crashed' },
]
const allowed: Record<DomainState['status'], readonly string[]> = {
  running: ['pause', 'shut-down', 'reboot', 'destroy'],
  paused: ['unpause', 'destroy'],
  'shutting-down': ['destroy'],
  'shut-off': ['start'],
  crashed: ['start', 'destroy'],
}

describe('actions on a domain', () => {
  it.each(states)('from $status', (state) => {
    const possible = domainActions.filter(
      (action) => refuseDomainAction(aDomain({ state }), online, action) === null,
    )
    expect(possible.sort()).toEqual([...allowed[state.status]].sort())
  })

  it.each(domainActions)('%s is refused while the domain migrates', (action) => {
    const migrating = aDomain({ migrationId: migrationId(1) })
    expect(refuseDomainAction(migrating, online, action)?.code).toBe('domain-migrating')
  })

  it.each(domainActions)('%s is refused while a migration holds the domain paused', (action) => {
    const held = aDomain({ state: { status: 'paused', by: 'migration' } })
    expect(refuseDomainAction(held, online, action)?.code).toBe('domain-migrating')
  })

  it('are refused on a host that is away, whatever the domain', () => {
    for (const status of ['stale', 'lost'] as const) {
      const away = aHost({ connection: { status, lastSeenAt: at } })
      expect(refuseHostCommand(away)?.message).toBe(
        'xen-01 is not connected; wait until its agent is back.',
      )
      expect(refuseDomainAction(aDomain(), away, 'pause')?.code).toBe('host-not-online')
    }
  })

  it('say the state in the sentence', () => {
    const stopped = aDomain({ state: { status: 'shut-off' } })
    expect(refuseDomainAction(stopped, online, 'pause')).toEqual({
      code: 'wrong-state',
      message: 'web-7 is shut off.',
    })
  })
})

describe('cancelling a migration', () => {
  const copied = { rounds: [], totalBytes: 0 }
  const rows: [MigrationState, string | null][] = [
    [{ phase: 'queued' }, null],
    [{ phase: 'preflight' }, null],
    [{ phase: 'preparing', startedAt: at }, null],
    [{ phase: 'pre-copy', startedAt: at, ...copied }, null],
    [{ phase: 'stop-and-copy', startedAt: at, pausedAt: at, ...copied }, null],
    [
      { phase: 'activating', startedAt: at, pausedAt: at, inDoubt: null, ...copied },
      'past-point-of-no-return',
    ],
    [
      { phase: 'cancelled', startedAt: at, endedAt: at, cancelledIn: 'queued', ...copied },
      'migration-ended',
    ],
    [
      {
        phase: 'failed',
        startedAt: at,
        endedAt: at,
        failedIn: 'queued',
        refusal: refusal('peer-lost'),
        ...copied,
      },
      'migration-ended',
    ],
  ]
  it.each(rows)('in $phase: %s', (state, code) => {
    expect(refuseCancel(aMigration({ state }))?.code ?? null).toBe(code)
  })

  it('is refused the second time, with the name of who was first', () => {
    expect(refuseCancel(aMigration({ cancelRequestedBy: 'Grace' }))?.message).toBe(
      'Grace has asked to cancel it already.',
    )
  })
})
