import {
  aDomain,
  aFleet,
  aHost,
  aUser,
  domainId,
  hostId,
} from '@drover/api-schema/testing/builders.ts'
import type { Role } from '@drover/api-schema/user.ts'
import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import type { ReactNode } from 'react'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { stubFetch } from '../../testing/stub-fetch.ts'
import { Toaster } from '../../ui/toast.tsx'
import { LabelsOfDomain, LabelsOfHost } from './labels-section.tsx'
import { LabelSelectionBar } from './selection-bar.tsx'

class NoLayout {
  observe() {}
  unobserve() {}
  disconnect() {}
}
const fetched = stubFetch()
beforeEach(() => {
  vi.stubGlobal('ResizeObserver', NoLayout)
})

const web = aDomain({
  name: 'web-1',
  labels: { tier: 'web', team: 'a' },
  consoleLabels: { team: 'b', shard: '1' },
  application: 'shop',
})
const db = aDomain({ domainId: domainId(2), name: 'db-1', labels: {}, application: null })
const host = aHost({ name: 'xen-01', labels: { rack: 'r1' } })

function show(part: ReactNode, role: Role = 'operator') {
  renderInConsole(
    <>
      {part}
      <Toaster />
    </>,
    {
      user: aUser({ role }),
      fleet: aFleet({ hosts: [host], domains: [web, db] }),
    },
  )
}
function answer(outcome: object) {
  fetched.mockImplementation(async () =>
    Response.json({ changedCount: 1, unchangedCount: 0, refused: [], ...outcome }),
  )
}
const sent = () => fetched.mock.calls.map(([, init]) => JSON.parse(String(init?.body)))

describe('the labels of one thing', () => {
  test('are shown with who set them, and what they stand over', () => {
    show(<LabelsOfDomain domainId={web.domainId} />)
    expect(screen.getByText('shop')).toBeTruthy()
    const rows = screen.getAllByRole('row').slice(1)
    expect(rows.map((row) => within(row).getAllByRole('cell')[1]?.textContent)).toEqual([
      'Console',
      'Console over “a” of the agent',
      'Agent',
    ])
  })

  test('an agent’s cannot be taken away here, an overridden one can be given back', async () => {
    show(<LabelsOfDomain domainId={web.domainId} />)
    expect(screen.queryByRole('button', { name: 'Remove label tier' })).toBeNull()
    expect(screen.getByRole('button', { name: 'Remove label shard' })).toBeTruthy()
    answer({})
    await userEvent.click(screen.getByRole('button', { name: 'Use the agent’s value of team' }))
    await waitFor(() => expect(sent()).toHaveLength(1))
    expect(sent()[0]).toEqual({ hostIds: [], domainIds: [web.domainId], edit: { team: null } })
    expect(await screen.findByText('1 domain changed')).toBeTruthy()
  })

  test('a new one is set after its key is looked at', async () => {
    show(<LabelsOfHost hostId={hostId(1)} />)
    await userEvent.click(screen.getByRole('button', { name: 'Set a label…' }))
    const form = within(await screen.findByRole('dialog', { name: 'Labels of xen-01' }))
    await userEvent.type(form.getByLabelText('Label'), 'Not A Key')
    await userEvent.click(form.getByRole('button', { name: 'Set label' }))
    expect(form.getByText(/Give a key such as/)).toBeTruthy()
    expect(fetched).not.toHaveBeenCalled()
    answer({})
    await userEvent.clear(form.getByLabelText('Label'))
    await userEvent.type(form.getByLabelText('Label'), 'zone')
    await userEvent.type(form.getByLabelText('Value'), 'north')
    await userEvent.click(form.getByRole('button', { name: 'Set label' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(sent()).toEqual([{ hostIds: [hostId(1)], domainIds: [], edit: { zone: 'north' } }])
  })

  test('a viewer sees them and why they cannot be changed', async () => {
    show(<LabelsOfHost hostId={hostId(1)} />, 'viewer')
    const button = screen.getByRole('button', { name: 'Change label rack' })
    expect(button.getAttribute('aria-disabled')).toBe('true')
  })
})

describe('many at once', () => {
  const bar = (
    <LabelSelectionBar things={{ kind: 'domains', domains: [web, db] }} onClear={() => {}} />
  )

  test('a label is taken away from all, and what was refused is said by name', async () => {
    show(bar)
    expect(screen.getByText('2 domains selected')).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: 'Labels…' }))
    const form = within(await screen.findByRole('dialog', { name: 'Labels of 2 domains' }))
    await userEvent.click(form.getByRole('radio', { name: 'Take a label away' }))
    await userEvent.type(form.getByLabelText('Label'), 'shard')
    answer({
      refused: [{ id: db.domainId, refusal: { code: 'domain-not-found', message: 'It is gone.' } }],
    })
    await userEvent.click(form.getByRole('button', { name: 'Take label away' }))
    expect(await screen.findByText('1 domain not changed')).toBeTruthy()
    expect(screen.getByText('db-1: It is gone.')).toBeTruthy()
    expect(sent()[0]).toMatchObject({
      edit: { shard: null },
      domainIds: [web.domainId, db.domainId],
    })
  })

  test('an application is set for all', async () => {
    show(bar)
    await userEvent.click(screen.getByRole('button', { name: 'Application…' }))
    const form = within(await screen.findByRole('dialog', { name: 'Application of 2 domains' }))
    await userEvent.click(form.getByRole('button', { name: 'Save' }))
    expect(form.getByText(/Give a name/)).toBeTruthy()
    answer({ changedCount: 2 })
    await userEvent.type(form.getByLabelText('Name of the application'), 'shop')
    await userEvent.click(form.getByRole('button', { name: 'Save' }))
    expect(await screen.findByText('2 domains changed')).toBeTruthy()
    expect(sent()[0]).toEqual({
      domainIds: [web.domainId, db.domainId],
      set: { to: 'application', application: 'shop' },
    })
  })
})
