import { refusal } from '@drover/api-schema/errors.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import type { PolicyLint } from '@drover/api-schema/policy-set.ts'
import {
  aDomain,
  aFleet,
  aHost,
  aRule,
  aUser,
  domainId,
  hostId,
  ruleId,
} from '@drover/api-schema/testing/builders.ts'
import type { Role } from '@drover/api-schema/user.ts'
import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { queries } from '../../client/queries.ts'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { stubFetch } from '../../testing/stub-fetch.ts'
import { NewRulePage, RulePage } from './rule-page.tsx'

const went = vi.hoisted(() => vi.fn())
vi.mock('next/navigation', () => ({
  usePathname: () => '/policies/new',
  useSearchParams: () => new URLSearchParams(window.location.search),
  useRouter: () => ({ push: went }),
}))

class NoLayout {
  observe() {}
  unobserve() {}
  disconnect() {}
}
const fetched = stubFetch()
beforeEach(() => {
  vi.stubGlobal('ResizeObserver', NoLayout)
  sessionStorage.clear()
  went.mockReset()
  window.history.replaceState(null, '', '/policies/new')
})

const meaning: PolicyLint = {
  problems: [],
  matchedDomainIds: [domainId(1), domainId(2)],
  matchedHostIds: [],
  violations: [],
  violationCount: 1,
  fix: {
    outcome: 'moves',
    moves: [{ domainId: domainId(2), destinationHostId: hostId(2) }],
    sentence: '',
  },
  conflicts: [
    {
      ruleIds: [ruleId(9)],
      ruleNames: ['Web together'],
      hasDraft: true,
      sentence: 'Both want web-1 and web-2.',
    },
  ],
  satisfiability: { verdict: 'satisfiable', sentence: 'All required rules can hold at once.' },
  tookMs: 3,
}
const saved: PolicyRule = {
  ...aRule(1, {
    kind: 'keep-apart',
    name: 'Web apart',
    domains: 'name ~ web',
    level: 'host',
    atMost: 1,
  }),
  revision: 3,
  updatedBy: 'ada',
}
const fleetWith = (rules: PolicyRule[], revision = 3) =>
  aFleet({
    hosts: [aHost({ name: 'xen-01' }), aHost({ hostId: hostId(2), name: 'xen-02' })],
    domains: [
      aDomain({ name: 'web-1' }),
      aDomain({ domainId: domainId(2), name: 'web-2', labels: { tier: 'web' } }),
    ],
    policies: { revision, rules },
  })

/** Answers of the server by the end of the path; a lookup is answered with `lint`. */
function answer(lint: Partial<PolicyLint> = {}, save: () => Response = () => Response.json({})) {
  fetched.mockImplementation(async (address) =>
    String(address).endsWith('/policies/lint') ? Response.json({ ...meaning, ...lint }) : save(),
  )
}
const bodies = (method: string, path: RegExp) =>
  fetched.mock.calls
    .filter(([address, init]) => init?.method === method && path.test(String(address)))
    .map(([, init]) => JSON.parse(String(init?.body)))

const showNew = (role: Role = 'admin') =>
  renderInConsole(<NewRulePage />, { user: aUser({ role }), fleet: fleetWith([]) })
const showSaved = (role: Role = 'admin') =>
  renderInConsole(<RulePage ruleId={saved.ruleId} />, {
    user: aUser({ role }),
    fleet: fleetWith([saved]),
  })
const domains = () => screen.getByRole<HTMLInputElement>('combobox', { name: 'Which domains' })

describe('a new rule', () => {
  test('is made from words, a selector and a name', async () => {
    answer({}, () => Response.json({ revision: 4, rule: saved }))
    showNew()
    await userEvent.click(screen.getByRole('radio', { name: 'Keep apart' }))
    await userEvent.type(domains(), 'tie{Tab}= web')
    await userEvent.type(screen.getByLabelText('Name'), 'Web apart')
    await userEvent.click(screen.getByRole('button', { name: 'Make rule' }))
    await waitFor(() => expect(went).toHaveBeenCalledWith('/policies'))
    expect(bodies('POST', /\/policies$/)).toEqual([
      {
        draft: {
          kind: 'keep-apart',
          name: 'Web apart',
          description: '',
          owner: '',
          isEnabled: true,
          strength: { kind: 'required' },
          domains: 'tier = web',
          level: 'host',
          atMost: 1,
        },
      },
    ])
    expect(sessionStorage).toHaveLength(0)
  })

  test('without a name or a selector is not sent, and each field says what it wants', async () => {
    answer()
    showNew()
    await userEvent.click(screen.getByRole('button', { name: 'Make rule' }))
    expect(screen.getByText('Give the rule a name.')).toBeTruthy()
    expect(screen.getByText('Say which domains, or write all.')).toBeTruthy()
    expect(fetched).not.toHaveBeenCalled()
  })

  test('begins with an example when one was chosen', async () => {
    answer()
    window.history.replaceState(null, '', '/policies/new?example=headroom')
    showNew()
    expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('Room on every host')
    expect(screen.getByLabelText<HTMLInputElement>('Memory kept free, GiB').value).toBe('4')
  })

  test('a name that is taken is said at the name', async () => {
    answer({}, () =>
      Response.json({ error: refusal('policy-name-taken'), requestId: 'r1' }, { status: 409 }),
    )
    showNew()
    await userEvent.type(domains(), 'all')
    await userEvent.type(screen.getByLabelText('Name'), 'Web apart')
    await userEvent.click(screen.getByRole('button', { name: 'Make rule' }))
    expect(await screen.findByText('Another rule has this name.')).toBeTruthy()
    expect(went).not.toHaveBeenCalled()
  })
})

describe('what it would mean', () => {
  test('is shown beside the form as soon as there is a selector, name or not', async () => {
    answer()
    showNew()
    const panel = within(screen.getByRole('region', { name: 'What it would mean now' }))
    expect(panel.getByText(/Fill in what is missing/)).toBeTruthy()
    await userEvent.type(domains(), 'name ~ web')
    expect(await panel.findByText('2 domains')).toBeTruthy()
    expect(panel.getByText('web-1, web-2')).toBeTruthy()
    expect(panel.getByText('Domains with name ~ web must run on different hosts.')).toBeTruthy()
    expect(panel.getByText('It does not hold in 1 place.')).toBeTruthy()
    expect(panel.getByText('Both want web-1 and web-2.')).toBeTruthy()
    expect(panel.getByRole('link', { name: 'Web together' }).getAttribute('href')).toBe(
      `/policies/${ruleId(9)}`,
    )
    const keys = bodies('POST', /lint$/).map(({ lintKey }) => lintKey)
    expect(new Set(keys).size).toBe(1)
  })

  test('when it cannot hold, it can only be saved as preferred or off', async () => {
    answer({
      satisfiability: { verdict: 'unsatisfiable', sentence: 'Three domains, two hosts.' },
    })
    showNew()
    await userEvent.type(screen.getByLabelText('Name'), 'Web apart')
    await userEvent.type(domains(), 'all')
    expect(await screen.findByText('Three domains, two hosts.')).toBeTruthy()
    const save = () => screen.getByRole('button', { name: 'Make rule' })
    await waitFor(() => expect(save().getAttribute('aria-disabled')).toBe('true'))
    expect(screen.getByRole('alert').textContent).toMatch(/only be saved as preferred or off/)
    await userEvent.click(screen.getByRole('button', { name: 'Make it preferred' }))
    expect(save().getAttribute('aria-disabled')).toBeNull()
    expect(screen.getByLabelText('Weight')).toBeTruthy()
  })
})

describe('a rule that is there', () => {
  test('is changed with the revision that was seen', async () => {
    answer({}, () => Response.json({ revision: 4, rule: saved }))
    showSaved()
    await userEvent.type(screen.getByLabelText('At most'), '{Backspace}2')
    await userEvent.click(screen.getByRole('button', { name: 'Save rule' }))
    await waitFor(() => expect(went).toHaveBeenCalled())
    expect(bodies('PATCH', new RegExp(saved.ruleId))).toMatchObject([
      { revision: 3, draft: { atMost: 2 } },
    ])
  })

  test('what is not saved is there again after leaving, and can be discarded', async () => {
    answer()
    showSaved()
    await userEvent.type(screen.getByLabelText('Owner'), ' B')
    document.body.replaceChildren()
    showSaved()
    expect(screen.getByLabelText<HTMLInputElement>('Owner').value).toBe('Platform team B')
    expect(screen.getByText(/not saved yet, are here again/)).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: 'Discard them' }))
    expect(screen.getByLabelText<HTMLInputElement>('Owner').value).toBe('Platform team')
  })

  test('changed by somebody else meanwhile: both are shown, and one is chosen', async () => {
    answer({}, () => Response.json({ revision: 5, rule: saved }))
    const { client } = showSaved()
    await userEvent.type(screen.getByLabelText('Owner'), ' B')
    const theirs = { ...saved, owner: 'Web team', revision: 4, updatedBy: 'bob' }
    act(() => {
      client.queryClient.setQueryData(queries.fleet().queryKey, fleetWith([theirs], 4))
    })
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toMatch(/bob has changed this rule/)
    expect(within(alert).getByRole('row', { name: 'Owner Web team Platform team B' })).toBeTruthy()
    const save = () => screen.getByRole('button', { name: 'Save rule' })
    expect(save().getAttribute('aria-disabled')).toBe('true')
    await userEvent.click(screen.getByRole('button', { name: 'Go on with mine' }))
    await userEvent.click(save())
    await waitFor(() => expect(went).toHaveBeenCalled())
    expect(bodies('PATCH', /policies/)).toMatchObject([
      { revision: 4, draft: { owner: 'Platform team B' } },
    ])
  })

  test('a change by somebody else to a rule one only reads is simply shown', async () => {
    answer()
    const { client } = showSaved()
    const theirs = { ...saved, owner: 'Web team', revision: 4 }
    act(() => {
      client.queryClient.setQueryData(queries.fleet().queryKey, fleetWith([theirs], 4))
    })
    await waitFor(() =>
      expect(screen.getByLabelText<HTMLInputElement>('Owner').value).toBe('Web team'),
    )
    expect(screen.queryByRole('alert')).toBeNull()
  })

  test('is removed after a question that says what ends', async () => {
    answer({}, () => Response.json({ revision: 4 }))
    showSaved()
    await userEvent.click(screen.getByRole('button', { name: 'Remove rule…' }))
    const question = within(await screen.findByRole('alertdialog'))
    expect(question.getByText(/Domains with name ~ web must run on different hosts/)).toBeTruthy()
    await userEvent.click(question.getByRole('button', { name: 'Remove rule' }))
    await waitFor(() => expect(went).toHaveBeenCalledWith('/policies'))
    const [gone] = fetched.mock.calls.filter(([, init]) => init?.method === 'DELETE')
    expect(String(gone?.[0])).toMatch(/revision=3$/)
  })

  for (const role of ['viewer', 'operator'] as const) {
    test(`a ${role} reads it, is told why it cannot be changed, and sees what it means`, async () => {
      answer()
      showSaved(role)
      expect(screen.getByText(/Only administrators change rules/)).toBeTruthy()
      expect(screen.getByLabelText('Name').matches(':disabled')).toBe(true)
      expect(domains().matches(':disabled')).toBe(true)
      expect(screen.queryByRole('button', { name: 'Save rule' })).toBeNull()
      expect(screen.queryByRole('button', { name: 'Remove rule…' })).toBeNull()
      expect(await screen.findByText('2 domains')).toBeTruthy()
    })
  }

  test('that is gone says so and leads back', () => {
    renderInConsole(<RulePage ruleId={ruleId(7)} />, { user: aUser(), fleet: fleetWith([saved]) })
    expect(screen.getByText('There is no such rule')).toBeTruthy()
  })
})
