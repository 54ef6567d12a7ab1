import type { Fleet } from '@drover/api-schema/live-protocol.ts'
import type { MigrationState } from '@drover/api-schema/migration.ts'
import {
  aCompletedState,
  aDomain,
  aFleet,
  aHost,
  aMigration,
  aUser,
  domainId,
  hostId,
  ruleId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import type { Role } from '@drover/api-schema/user.ts'
import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { queries } from '../../client/queries.ts'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { stubFetch } from '../../testing/stub-fetch.ts'
import { Announcer } from '../../ui/announcer.tsx'
import { Toaster } from '../../ui/toast.tsx'
import { Board } from './board.tsx'

// jsdom has no pointer events on its window, and no layout: a window of 1000 by 900 is what everything measures. The drag library looks when it is imported.
vi.hoisted(() => {
  window.PointerEvent ??= class extends MouseEvent {} as typeof PointerEvent
  globalThis.ResizeObserver = class {
    readonly #notify: ResizeObserverCallback
    constructor(notify: ResizeObserverCallback) {
      this.#notify = notify
    }
    observe(target: Element) {
      const size = [{ inlineSize: 1000, blockSize: 900 }]
      const entry = { target, contentRect: { width: 1000, height: 900 }, borderBoxSize: size }
      this.#notify([entry as unknown as ResizeObserverEntry], this)
    }
    unobserve() {}
    disconnect() {}
  }
})

vi.mock('next/navigation', async () => {
  const { useSyncExternalStore } = await import('react')
  const listeners = new Set<() => void>()
  const replaceState = window.history.replaceState.bind(window.history)
  window.history.replaceState = (...args) => {
    replaceState(...args)
    for (const listener of listeners) listener()
  }
  return {
    useRouter: () => ({ push: () => {} }),
    useSearchParams: () =>
      new URLSearchParams(
        useSyncExternalStore(
          (listener) => {
            listeners.add(listener)
            return () => listeners.delete(listener)
          },
          () => window.location.search,
        ),
      ),
  }
})

const hosts = [
  aHost({ hostId: hostId(1), name: 'xen-01' }),
  aHost({ hostId: hostId(2), name: 'xen-02', memFreeBytes: GIB }),
  aHost({ hostId: hostId(3), name: 'xen-03' }),
]
const domains = [
  aDomain({ domainId: domainId(1), name: 'web-7' }),
  aDomain({ domainId: domainId(2), name: 'mail-2', hostId: hostId(3) }),
]

/** What the console would answer to a request; requests are kept to be looked at. */
const requests: { method: string; path: string; body: unknown }[] = []
let answer: (path: string) => unknown = () => ({})
const fetched = stubFetch()

beforeEach(() => {
  requests.length = 0
  answer = () => ({})
  window.history.replaceState(null, '', '/')
  fetched.mockImplementation(async (address, init) => {
    const path = String(address)
    requests.push({
      method: init?.method ?? 'GET',
      path,
      body: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined,
    })
    return Response.json(answer(path))
  })
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900)
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(1000)
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null)
  vi.stubGlobal('matchMedia', () => ({
    matches: false,
    addEventListener() {},
    removeEventListener() {},
  }))
  Element.prototype.scrollIntoView = () => {}
  Element.prototype.hasPointerCapture = () => false
  Element.prototype.scrollTo = () => {}
})

afterEach(() => vi.restoreAllMocks())

function showBoard({
  role = 'operator',
  ...known
}: Partial<Pick<Fleet, 'hosts' | 'domains' | 'migrations' | 'violations'>> & { role?: Role } = {}) {
  const fleet = aFleet({ hosts, domains, ...known })
  const { client } = renderInConsole(
    <>
      <Board />
      <Toaster />
      <Announcer />
    </>,
    { user: aUser({ role }), fleet },
  )
  return { client, fleet, user: userEvent.setup() }
}

const row = (name: string) => screen.getByRole('button', { name: new RegExp(`^${name},`) })

test('each host is a region with its name, and lists its domains', () => {
  showBoard()
  const card = screen.getByRole('region', { name: 'xen-01' })
  expect(within(card).getByRole('list', { name: 'Domains on xen-01' })).toBeDefined()
  expect(
    within(card).getByRole('button', { name: /^web-7, PV, Debian 12, 2 vCPUs, 4.GiB, Running$/ }),
  ).toBeDefined()
  expect(
    within(card).getByRole('meter', { name: 'Memory of xen-01' }).getAttribute('aria-valuetext'),
  ).toContain('24.0')
})

test('without a host the board says how one comes', () => {
  showBoard({ hosts: [], domains: [], role: 'admin' })
  expect(screen.getByText('No hosts yet')).toBeDefined()
  expect(screen.getByRole('link', { name: 'Enrolment tokens' })).toBeDefined()
})

test('the filter leaves what matches and stands in the address', async () => {
  const { user } = showBoard()
  await user.type(screen.getByRole('combobox', { name: 'Filter the board' }), 'mail')
  expect(screen.queryByRole('button', { name: /^web-7,/ })).toBeNull()
  expect(row('mail-2')).toBeDefined()
  expect(screen.getByText('1 domain on 1 host')).toBeDefined()
  expect(window.location.search).toBe('?q=mail')
})

test('the filter takes a selector, and says what is wrong with one', async () => {
  const { user } = showBoard()
  const filter = screen.getByRole('combobox', { name: 'Filter the board' })
  await user.type(filter, 'name = mail-2')
  expect(screen.queryByRole('button', { name: /^web-7,/ })).toBeNull()
  expect(row('mail-2')).toBeDefined()
  await user.type(filter, ' and')
  expect(await screen.findByText(/At character \d+/)).toBeDefined()
})

test('where a rule does not hold a mark stands at the domain, with the sentence', () => {
  showBoard({
    violations: [
      {
        violationKey: 'apart',
        ruleId: ruleId(1),
        ruleName: 'apart',
        strength: { kind: 'required' },
        domainIds: [domainId(1)],
        hostIds: [hostId(1)],
        sentence: 'web-7 is not alone.',
        sinceAt: testMoment,
      },
    ],
  })
  const mark = screen.getByTitle('web-7 is not alone.')
  expect(mark.closest('[data-domain]')?.contains(row('web-7'))).toBe(true)
  expect(
    screen.getAllByRole('img', { name: 'One rule does not hold here', hidden: true }),
  ).toHaveLength(1)
})

test('a host that is not heard says since when', () => {
  showBoard({
    hosts: [
      aHost({ name: 'xen-01', connection: { status: 'stale', lastSeenAt: Date.now() - 12_000 } }),
    ],
    domains: [],
  })
  expect(
    within(screen.getByRole('region', { name: 'xen-01' })).getByText(/stale for 12/),
  ).toBeDefined()
})

test('a click selects and covers nothing; a double click inspects', async () => {
  const { user } = showBoard()
  await user.click(row('web-7'))
  expect(row('web-7').getAttribute('aria-pressed')).toBe('true')
  expect(screen.queryByRole('complementary', { name: 'Inspector' })).toBeNull()
  await user.dblClick(row('mail-2'))
  const inspector = screen.getByRole('complementary', { name: 'Inspector' })
  expect(within(inspector).getByRole('heading', { name: 'mail-2' })).toBeDefined()
  // Open, it follows the clicks.
  await user.click(row('web-7'))
  expect(within(inspector).getByRole('heading', { name: 'web-7' })).toBeDefined()
})

test('with room beside the board a click inspects too; with Ctrl it adds, and the sum is shown', async () => {
  vi.stubGlobal('matchMedia', (query: string) => ({
    matches: query.includes('min-width'),
    addEventListener() {},
    removeEventListener() {},
  }))
  const { user } = showBoard()
  await user.click(row('web-7'))
  expect(row('web-7').getAttribute('aria-pressed')).toBe('true')
  const inspector = screen.getByRole('complementary', { name: 'Inspector' })
  expect(within(inspector).getByRole('heading', { name: 'web-7' })).toBeDefined()
  await user.keyboard('{Control>}')
  await user.click(row('mail-2'))
  expect(within(inspector).getByRole('heading', { name: '2 domains selected' })).toBeDefined()
})

test('m opens all hosts, best first, those that cannot take it with every reason and not to be chosen', async () => {
  const { user } = showBoard()
  row('web-7').focus()
  await user.keyboard('m')
  const dialog = screen.getByRole('dialog', { name: 'Migrate web-7' })
  const options = within(dialog).getAllByRole('option')
  expect(options.map((option) => option.textContent?.slice(0, 6))).toEqual([
    'xen-03',
    'xen-01',
    'xen-02',
  ])
  expect(options[2]?.getAttribute('aria-disabled')).toBe('true')
  expect(options[2]?.textContent).toContain('xen-02 has 1 GiB free; web-7 needs 4 GiB.')
})

test('choosing a host sends one request, moves nothing by itself and gives the focus back', async () => {
  answer = () => ({
    outcomes: [
      {
        outcome: 'accepted',
        domainId: domainId(1),
        migration: aMigration({ destinationHostId: hostId(3) }),
      },
    ],
  })
  const { user } = showBoard()
  row('web-7').focus()
  await user.keyboard('m')
  await user.click(screen.getByRole('option', { name: /^xen-03/ }))
  const [request] = requests.filter(({ method }) => method === 'POST')
  expect(request).toMatchObject({
    path: '/api/v1/migrations',
    body: {
      moves: [{ domainId: domainId(1), destinationHostId: hostId(3) }],
      requestKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  })
  expect(
    within(screen.getByRole('region', { name: 'xen-01' })).getByRole('button', { name: /^web-7,/ }),
  ).toBeDefined()
  await waitFor(() => expect(screen.getByText(/Moving web-7 to xen-03/)).toBeDefined())
  await waitFor(() => expect(document.activeElement).toBe(row('web-7')))
})

test('what the console refuses stays on the card until it is dismissed', async () => {
  answer = () => ({
    outcomes: [
      {
        outcome: 'refused',
        domainId: domainId(1),
        refusals: [{ code: 'host-not-online', message: 'xen-03 has just gone.' }],
      },
    ],
  })
  const { user } = showBoard()
  row('web-7').focus()
  await user.keyboard('m')
  await user.click(screen.getByRole('option', { name: /^xen-03/ }))
  const dismiss = await screen.findByRole('button', { name: 'Dismiss the refusal' })
  expect(dismiss.getAttribute('title')).toBe('xen-03 has just gone.')
  await user.click(dismiss)
  expect(screen.queryByRole('button', { name: 'Dismiss the refusal' })).toBeNull()
})

test('a migrating domain stays on its source and says where to; its place waits on the destination', () => {
  const migration = aMigration({
    destinationHostId: hostId(3),
    destinationHostName: 'xen-03',
    state: { phase: 'preparing', startedAt: testMoment },
  })
  showBoard({ domains: [aDomain({ migrationId: migration.migrationId })], migrations: [migration] })
  expect(
    within(screen.getByRole('region', { name: 'xen-01' })).getByText('migrating to xen-03'),
  ).toBeDefined()
  const destination = screen.getByRole('region', { name: 'xen-03' })
  expect(within(destination).getByTitle('web-7 is on its way from xen-01')).toBeDefined()
})

test.each([
  ['waits to go to xen-02', 'Queued', { phase: 'queued' }],
  [
    'in doubt, paused',
    'in doubt, paused',
    {
      phase: 'activating',
      startedAt: testMoment,
      pausedAt: testMoment,
      inDoubt: { sinceAt: testMoment, waitingFor: 'destination' },
      rounds: [],
      totalBytes: 0,
    },
  ],
] satisfies [string, string, MigrationState][])(
  'one that is "%s" is not shown to be on its way',
  (words, mark, state) => {
    const migration = aMigration({ state })
    showBoard({
      domains: [aDomain({ migrationId: migration.migrationId })],
      migrations: [migration],
    })
    const source = within(screen.getByRole('region', { name: 'xen-01' }))
    expect(source.getByText(words)).toBeDefined()
    expect(source.getByLabelText(mark)).toBeDefined()
    expect(source.queryByLabelText('Migration of web-7')).toBeNull()
  },
)

test('Home and End go to the first and the last domain of a host', async () => {
  const names = ['app-1', 'app-2', 'app-3']
  const { user } = showBoard({
    domains: names.map((name, index) => aDomain({ domainId: domainId(index), name })),
  })
  row('app-2').focus()
  await user.keyboard('{End}')
  await waitFor(() => expect(document.activeElement).toBe(row('app-3')))
  await user.keyboard('{Home}')
  await waitFor(() => expect(document.activeElement).toBe(row('app-1')))
})

/** Sends web-7 from xen-01 to xen-03 and waits for the toast that says so. */
async function sendAway() {
  const migration = aMigration({ destinationHostId: hostId(3), destinationHostName: 'xen-03' })
  answer = () => ({ outcomes: [{ outcome: 'accepted', domainId: domainId(1), migration }] })
  const { client, fleet, user } = showBoard()
  row('web-7').focus()
  await user.keyboard('m')
  await user.click(screen.getByRole('option', { name: /^xen-03/ }))
  await screen.findByText('Migrating web-7 to xen-03')
  const hear = (changes: Partial<Fleet>) =>
    act(() => {
      client.queryClient.setQueryData(queries.fleet().queryKey, { ...fleet, ...changes })
    })
  return { migration, hear, user }
}

test('what was sent can be undone: the toast cancels it, and is gone with it', async () => {
  const { migration, hear, user } = await sendAway()
  hear({ migrations: [migration] })
  await user.click(screen.getByRole('button', { name: 'Undo' }))
  expect(requests.at(-1)).toMatchObject({
    method: 'POST',
    path: `/api/v1/migrations/${migration.migrationId}/cancel`,
  })
  expect(screen.queryByText('Migrating web-7 to xen-03')).toBeNull()
})

test('what has arrived can be sent back', async () => {
  const { migration, hear, user } = await sendAway()
  hear({
    domains: [{ ...domains[0]!, hostId: hostId(3) }, domains[1]!],
    migrations: [{ ...migration, state: aCompletedState() }],
  })
  await screen.findByText('web-7 is on xen-03')
  expect(screen.queryByText('Migrating web-7 to xen-03')).toBeNull()
  await user.click(screen.getByRole('button', { name: 'Undo' }))
  expect(requests.at(-1)).toMatchObject({
    method: 'POST',
    path: '/api/v1/migrations',
    body: { moves: [{ domainId: domainId(1), destinationHostId: hostId(1) }] },
  })
})

test('a viewer is told why nothing can be moved', async () => {
  const { user } = showBoard({ role: 'viewer' })
  await user.click(screen.getByRole('button', { name: 'Actions for web-7' }))
  const item = await screen.findByRole('menuitem', { name: /Migrate to…/ })
  expect(item.getAttribute('aria-disabled')).toBe('true')
  expect(item.textContent).toContain('Your role does not allow this.')
  await user.keyboard('{Escape}')
  row('web-7').focus()
  await user.keyboard('m')
  expect(screen.queryByRole('dialog')).toBeNull()
})

test('destroying asks first and names what is lost', async () => {
  const { user } = showBoard()
  await user.click(screen.getByRole('button', { name: 'Actions for web-7' }))
  await user.click(await screen.findByRole('menuitem', { name: 'Destroy…' }))
  const question = await screen.findByRole('alertdialog', { name: 'Destroy web-7?' })
  expect(question.textContent).toMatch(/loses the 4.GiB it holds/)
  expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(0)
  await user.click(within(question).getByRole('button', { name: 'Destroy web-7' }))
  expect(requests).toContainEqual({
    method: 'POST',
    path: `/api/v1/domains/${domainId(1)}/actions`,
    body: { action: 'destroy' },
  })
})

test('arrow keys and j and k go from domain to domain, also to the next host', async () => {
  const { user } = showBoard()
  row('web-7').focus()
  await user.keyboard('j')
  await waitFor(() => expect(document.activeElement).toBe(row('mail-2')))
  await user.keyboard('{ArrowUp}')
  await waitFor(() => expect(document.activeElement).toBe(row('web-7')))
})
