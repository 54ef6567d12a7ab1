import type { PolicyRule, Violation } from '@drover/api-schema/policy.ts'
import {
  aDomain,
  aFleet,
  aHost,
  aMigration,
  aRule,
  aUser,
  domainId,
  hostId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import type { Role } from '@drover/api-schema/user.ts'
import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { stubFetch } from '../../testing/stub-fetch.ts'
import { Toaster } from '../../ui/toast.tsx'
import { PoliciesPage } from './policies-page.tsx'

vi.mock('next/navigation', () => ({
  usePathname: () => '/policies',
  useSearchParams: () => new URLSearchParams(window.location.search),
}))

class NoLayout {
  observe() {}
  unobserve() {}
  disconnect() {}
}
const fetched = stubFetch()
beforeEach(() => {
  vi.stubGlobal('ResizeObserver', NoLayout)
  window.history.replaceState(null, '', '/policies')
})

const apart = aRule(1, {
  kind: 'keep-apart',
  name: 'Web apart',
  domains: 'name ~ web',
  level: 'host',
  atMost: 1,
})
const room = aRule(2, {
  kind: 'headroom',
  name: 'Room',
  hosts: 'all',
  keep: { cpuRatio: 0.2, memBytes: 0 },
  strength: { kind: 'preferred', weight: 30 },
})
const broken: Violation = {
  violationKey: 'apart:xen-01',
  ruleId: apart.ruleId,
  ruleName: apart.name,
  strength: apart.strength,
  domainIds: [domainId(1), domainId(2)],
  hostIds: [hostId(1)],
  sentence: 'web-1 and web-2 both run on xen-01; rule “Web apart” keeps them on different hosts.',
  sinceAt: testMoment,
}
const short: Violation = {
  ...broken,
  violationKey: 'room:xen-01',
  ruleId: room.ruleId,
  ruleName: room.name,
  strength: room.strength,
  domainIds: [],
  sentence: 'xen-01 has 10 % of its CPU free.',
}

function show({
  rules = [apart, room],
  violations = [],
  role = 'admin',
}: {
  rules?: readonly PolicyRule[]
  violations?: readonly Violation[]
  role?: Role
} = {}) {
  const required = violations.filter(({ strength }) => strength.kind === 'required').length
  renderInConsole(
    <>
      <PoliciesPage />
      <Toaster />
    </>,
    {
      user: aUser({ role }),
      fleet: aFleet({
        hosts: [aHost({ name: 'xen-01' }), aHost({ hostId: hostId(2), name: 'xen-02' })],
        domains: [
          aDomain({ name: 'web-1' }),
          aDomain({ domainId: domainId(2), name: 'web-2' }),
          aDomain({ domainId: domainId(3), name: 'db-1' }),
        ],
        policies: { revision: 3, rules: [...rules] },
        violations: [...violations],
        violationCounts: { required, preferred: violations.length - required },
      }),
    },
  )
}

describe('the rules', () => {
  test('stand in a table with what they say and how much they match now', () => {
    show({ violations: [broken] })
    const row = within(screen.getByRole('row', { name: /Web apart/ }))
    expect(row.getByRole('link', { name: 'Web apart' }).getAttribute('href')).toBe(
      `/policies/${apart.ruleId}`,
    )
    expect(row.getByText('Domains with name ~ web must run on different hosts.')).toBeTruthy()
    expect(row.getByText('2 domains')).toBeTruthy()
    expect(row.getByText('Required')).toBeTruthy()
    expect(row.getByText('in 1 place')).toBeTruthy()
    const other = within(screen.getByRole('row', { name: /^Room/ }))
    expect(other.getByText('2 hosts')).toBeTruthy()
    expect(other.getByText('Preferred, 30')).toBeTruthy()
    expect(other.getByText('holds')).toBeTruthy()
  })

  test('say that they hold when they do, and what wins over what', () => {
    show()
    expect(screen.getByText('Every rule holds.')).toBeTruthy()
    const names = within(screen.getByRole('region', { name: 'What wins over what' }))
      .getAllByRole('listitem')
      .map((item) => item.textContent)
    expect(names.map((name) => name?.slice(1, 12))).toEqual([
      'Built-in ch',
      'Maintenance',
      'Required ru',
      'Preferred r',
    ])
  })

  test('without any, administrators get some to start from and others whom to ask', () => {
    show({ rules: [] })
    const example = screen.getByRole('link', { name: /Members of an application/ })
    expect(example.getAttribute('href')).toBe('/policies/new?example=apart')
  })

  test('are made by administrators; others see the button and why it is off', async () => {
    show({ role: 'operator' })
    const button = screen.getByRole('button', { name: 'New rule' })
    expect(button.getAttribute('aria-disabled')).toBe('true')
    await userEvent.hover(button)
    expect((await screen.findByRole('tooltip')).textContent).toMatch(/Only administrators/)
  })
})

describe('where rules do not hold', () => {
  test('required ones stand first, with links to what they concern', () => {
    show({ violations: [short, broken] })
    const items = within(
      screen.getByRole('list', { name: 'Where rules do not hold' }),
    ).getAllByRole('listitem')
    expect(items.map((item) => item.textContent?.slice(0, 8))).toEqual(['Required', 'Preferre'])
    const first = within(items[0] ?? document.body)
    expect(first.getByRole('link', { name: 'web-2' }).getAttribute('href')).toBe(
      `/domains/${domainId(2)}`,
    )
    expect(first.getByRole('link', { name: 'xen-01' })).toBeTruthy()
  })

  const fix = {
    outcome: 'moves',
    moves: [{ domainId: domainId(2), destinationHostId: hostId(2) }],
    sentence: 'One move mends it.',
  }
  const openFix = async () =>
    userEvent.click(screen.getByRole('button', { name: /^Show the fix: web-1 and web-2/ }))

  test('a fix is shown as moves and sent with one press', async () => {
    show({ violations: [broken] })
    fetched.mockImplementation(async (address) =>
      String(address).endsWith('/violations/fix')
        ? Response.json(fix)
        : Response.json({
            outcomes: [{ outcome: 'accepted', domainId: domainId(2), migration: aMigration() }],
          }),
    )
    await openFix()
    const dialog = within(await screen.findByRole('dialog'))
    const move = await dialog.findByRole('listitem')
    expect(move.textContent).toBe('web-2xen-01xen-02')
    await userEvent.click(dialog.getByRole('button', { name: 'Migrate 1 domain' }))
    expect(await screen.findByText('1 domain is on its way')).toBeTruthy()
    expect(screen.queryByRole('dialog')).toBeNull()
    const [, sent] = fetched.mock.calls
    expect(JSON.parse(String(sent?.[1]?.body))).toMatchObject({ moves: fix.moves })
  })

  test('when nothing mends it, that is said and nothing can be sent', async () => {
    show({ violations: [broken] })
    fetched.mockResolvedValue(
      Response.json({ outcome: 'none', sentence: 'No host has room for web-2.' }),
    )
    await openFix()
    expect(await screen.findByText('No host has room for web-2.')).toBeTruthy()
    expect(screen.queryByRole('button', { name: /^Migrate/ })).toBeNull()
  })

  test('a viewer sees the fix and cannot send it', async () => {
    show({ violations: [broken], role: 'viewer' })
    fetched.mockResolvedValue(Response.json(fix))
    await openFix()
    const migrate = await screen.findByRole('button', { name: 'Migrate 1 domain' })
    expect(migrate.getAttribute('aria-disabled')).toBe('true')
  })
})
