import { liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { uuid } from '@drover/api-schema/testing/builders.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ConsoleBed, openConsoleBed } from './testing/console-bed.ts'
import { connectSocket } from './testing/socket-client.ts'

let bed: ConsoleBed
beforeAll(async () => {
  bed = await openConsoleBed()
})
afterAll(() => bed.close())

const call = (method: string, path: string, body?: unknown) => bed.call(method, path, body)
const apart = {
  kind: 'keep-apart',
  name: 'sql apart',
  description: 'One host may burn.',
  owner: 'database team',
  isEnabled: true,
  strength: { kind: 'required' },
  domains: 'app = sql',
  level: 'host',
  atMost: 1,
}

it('a rule is made, changed and removed; browsers hold it at once, and it stays over a restart', async () => {
  const browser = await connectSocket(`${bed.console.wsUrl}${liveSocketPath}`, {
    origin: bed.console.url,
    cookie: bed.cookie,
  })
  browser.send({ type: 'hello', versions: [1] })
  expect(await browser.next('snapshot')).toMatchObject({
    fleet: { policies: { revision: 0, rules: [] } },
  })

  const made = await call('POST', '/policies', { draft: apart })
  expect(made.body).toMatchObject({
    revision: 1,
    rule: { ...apart, updatedBy: 'Ada', revision: 1 },
  })
  const { ruleId } = made.body.rule
  expect(await browser.next('patch')).toMatchObject({
    changes: [
      {
        kind: 'policies-changed',
        policies: { revision: 1, rules: [{ ruleId, name: apart.name }] },
      },
    ],
  })

  const softer = { ...apart, name: 'sql nodes apart', strength: { kind: 'preferred', weight: 40 } }
  const changed = await call('PATCH', `/policies/${ruleId}`, { draft: softer, revision: 1 })
  expect(changed.body).toMatchObject({ revision: 2, rule: { ruleId, ...softer, revision: 2 } })
  const asBefore = await call('PATCH', `/policies/${ruleId}`, { draft: softer, revision: 2 })
  expect(asBefore.body.revision).toBe(2)
  const other = await call('POST', '/policies', {
    draft: { kind: 'never-move', ...headOf('dongle stays'), domains: 'name = licence-dongle' },
  })
  expect(other.body.revision).toBe(3)

  await bed.restart()
  expect((await call('GET', '/policies')).body).toEqual({
    revision: 3,
    rules: [other.body.rule, changed.body.rule],
  })
  expect((await call('GET', '/fleet')).body.policies.revision).toBe(3)

  const gone = await call('DELETE', `/policies/${other.body.rule.ruleId}?revision=3`)
  expect(gone.body).toEqual({ revision: 4 })
  await bed.restart()
  expect((await call('GET', '/policies')).body).toMatchObject({ revision: 4, rules: [{ ruleId }] })

  const { entries } = (await call('GET', '/audit')).body
  expect(
    entries
      .filter(({ action }: { action: string }) => action.startsWith('policy'))
      .map(({ action, subject, detail }: Record<string, string>) => [action, subject, detail])
      .reverse(),
  ).toEqual([
    [
      'policy-created',
      'sql apart',
      'Required, enabled: at most 1 of the domains with app = sql on one host. Owner: database team. Description: One host may burn.',
    ],
    [
      'policy-changed',
      'sql nodes apart',
      'Renamed from sql apart. Before: Required, enabled: at most 1 of the domains with app = sql on one host. Owner: database team. Description: One host may burn. After: Preferred with weight 40, enabled: at most 1 of the domains with app = sql on one host. Owner: database team. Description: One host may burn.',
    ],
    [
      'policy-created',
      'dongle stays',
      'Required, enabled: domains with name = licence-dongle are never moved automatically.',
    ],
    [
      'policy-removed',
      'dongle stays',
      'Required, enabled: domains with name = licence-dongle are never moved automatically.',
    ],
  ])
})

it('refuses what somebody else has changed since, and lets two change different rules', async () => {
  const [rule] = (await call('GET', '/policies')).body.rules
  const second = await call('POST', '/policies', {
    draft: { kind: 'never-move', ...headOf('second'), domains: 'all' },
  })
  const seen = second.body.revision
  const mine = { ...apart, name: 'mine' }
  // Somebody who has seen the same makes a change to the other rule: nothing is in the way.
  const theirs = await call('PATCH', `/policies/${second.body.rule.ruleId}`, {
    draft: { kind: 'never-move', ...headOf('second'), domains: 'migratable = no' },
    revision: seen,
  })
  expect(theirs.status).toBe(200)
  const changed = await call('PATCH', `/policies/${rule.ruleId}`, { draft: mine, revision: seen })
  expect(changed.body.rule.name).toBe('mine')
  for (const late of [
    await call('PATCH', `/policies/${rule.ruleId}`, { draft: apart, revision: seen }),
    await call('DELETE', `/policies/${rule.ruleId}?revision=${seen}`),
  ]) {
    expect(late.status).toBe(409)
    expect(late.body.error).toMatchObject({
      code: 'policies-changed',
      message: 'mine was changed by Ada while you looked at it; look at it again.',
    })
  }
  const nowhere = await call('PATCH', `/policies/${uuid(4)}`, { draft: apart, revision: 99 })
  expect(nowhere.body.error.code).toBe('policy-not-found')
})

it('two changes at once are made one after the other', async () => {
  const names = ['one', 'two', 'three', 'four']
  const answers = await Promise.all(
    [...names, 'ONE'].map((name) => call('POST', '/policies', { draft: { ...apart, name } })),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 409])
  expect(answers.at(-1)?.body.error).toMatchObject({
    code: 'policy-name-taken',
    message: 'Another rule is named one.',
  })
  const revisions = answers.slice(0, 4).map(({ body }) => body.revision)
  expect(revisions.map((revision) => revision - revisions[0])).toEqual([0, 1, 2, 3])
})

it('a selector that cannot be read is refused with the character where it stops', async () => {
  const wrong = await call('POST', '/policies', {
    draft: { ...apart, name: 'wrong', domains: 'app = sql and and rack = r1' },
  })
  expect(wrong.status).toBe(400)
  expect(wrong.body.error).toMatchObject({
    code: 'selector-invalid',
    fields: [{ path: 'draft.domains', span: { start: 14, end: 17 } }],
  })
  expect(wrong.body.error.message).toMatch(/^The selector cannot be read at character 15: /)
  const both = await call('POST', '/policies', {
    draft: { kind: 'run-on', ...headOf('both wrong'), domains: 'app =', hosts: 'cores > many' },
  })
  expect(both.body.error.fields.map(({ path }: { path: string }) => path)).toEqual([
    'draft.domains',
    'draft.hosts',
  ])
})

it('rules go out and come back as text, with the difference first and all or nothing', async () => {
  const out = (await call('GET', '/policies/text')).body
  const count = (await call('GET', '/policies')).body.rules.length
  expect(out.yaml).toContain('- name: mine\n')
  const same = await call('POST', '/policies/text/preview', { yaml: out.yaml })
  expect(same.body).toEqual({
    revision: out.revision,
    problems: [],
    added: [],
    changed: [],
    removed: [],
    unchangedCount: count,
  })

  const yaml = `version: 1
rules:
  - name: mine
    kind: keep-apart
    strength: preferred
    weight: 7
    domains: app = sql
    level: rack
    atMost: 1
  - name: fresh
    kind: never-move
    strength: required
    domains: name = dongle
`
  const preview = (await call('POST', '/policies/text/preview', { yaml })).body
  expect(preview).toMatchObject({
    revision: out.revision,
    added: [{ name: 'fresh' }],
    changed: [
      {
        before: { name: 'mine', level: 'host' },
        after: { level: 'rack' },
        fields: ['description', 'owner', 'strength', 'weight', 'level'],
      },
    ],
    unchangedCount: 0,
  })
  expect(preview.removed).toHaveLength(count - 1)
  expect((await call('GET', '/policies')).body.revision).toBe(out.revision)

  const broken = await call('POST', '/policies/text', {
    yaml: yaml.replace('domains: app = sql', 'domains: app == sql'),
    revision: out.revision,
  })
  expect(broken.body.error).toMatchObject({ code: 'policies-unreadable' })
  expect(broken.body.error.message).toMatch(/^The text cannot be read as rules\. Line 7: /)
  const late = await call('POST', '/policies/text', { yaml, revision: out.revision - 1 })
  expect(late.body.error.code).toBe('policies-changed')

  const before = (await call('GET', '/policies')).body.rules
  const done = await call('POST', '/policies/text', { yaml, revision: out.revision })
  expect(done.body).toMatchObject({
    revision: out.revision + 1,
    rules: [{ name: 'fresh' }, { name: 'mine', level: 'rack' }],
  })
  const idOf = (rules: { name: string; ruleId: string }[]) =>
    rules.find(({ name }) => name === 'mine')?.ruleId
  expect(idOf(done.body.rules)).toBe(idOf(before))
  await bed.restart()
  expect((await call('GET', '/policies')).body).toEqual(done.body)
  const { entries } = (await call('GET', '/audit')).body
  expect(
    entries.find(({ action }: { action: string }) => action === 'policies-imported'),
  ).toMatchObject({
    detail: `1 made, 1 changed, ${count - 1} removed.`,
  })
})

function headOf(name: string) {
  return { name, description: '', owner: '', isEnabled: true, strength: { kind: 'required' } }
}
