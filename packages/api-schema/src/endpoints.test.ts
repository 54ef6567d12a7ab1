import { describe, expect, it } from 'vitest'
import { closeCodes } from './agent-protocol.ts'
import { commonErrors, type EndpointName, endpoints } from './endpoints.ts'
import { errorBodySchema, errorTable, refusal, statusOf } from './errors.ts'
import { roleAllows, roles } from './user.ts'

const table = Object.entries(endpoints)

describe('the table of endpoints', () => {
  it('has one entry for each method and path', () => {
    const keys = table.map(([, { method, path }]) => `${method} ${path.replaceAll(/:\w+/g, ':')}`)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it.each(table)('%s: names its path parameters as in the path', (_name, { path, params }) => {
    const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
    expect(Object.keys(params.shape).sort()).toEqual(inPath.sort())
  })

  it.each(table)(
    '%s: reads change nothing, writes are for operators',
    (name, { method, access, body }) => {
      if (method === 'GET') expect(body).toBeNull()
      const anybodyMay: EndpointName[] = [
        'createFirstAdmin',
        'signIn',
        'signOut',
        'changePassword',
        // Questions with a body.
        'lintPolicy',
        'fixViolation',
        'previewPolicyImport',
        // Everybody's own.
        'createSavedFilter',
        'updateSavedFilter',
        'removeSavedFilter',
      ]
      const isOpen = anybodyMay.some((open) => open === name)
      if (method !== 'GET' && !isOpen)
        expect(roleAllows('viewer', access === 'anonymous' ? 'viewer' : access)).toBe(false)
    },
  )

  it('lets nobody see data without signing in', () => {
    const open = table.filter(([, { access }]) => access === 'anonymous').map(([name]) => name)
    expect(open.sort()).toEqual(['createFirstAdmin', 'getHealth', 'getSetup', 'signIn'])
  })

  it.each(table)(
    '%s: names known errors, each once and none of the common ones',
    (_name, { errors }) => {
      expect(new Set(errors).size).toBe(errors.length)
      for (const code of errors) {
        expect(errorTable[code]).toBeDefined()
        expect<readonly string[]>(commonErrors).not.toContain(code)
      }
    },
  )

  it.each(table)('%s: has a summary in words', (_name, { summary }) => {
    expect(summary).toMatch(/^[A-Z].{5,}[^.]$/)
  })

  it('takes the queries it documents and gives defaults', () => {
    expect(endpoints.listMigrations.query.parse({})).toEqual({ state: 'all', limit: 50 })
    expect(endpoints.listMigrations.query.parse({ limit: '7', before: '5' })).toEqual({
      state: 'all',
      limit: 7,
      before: 5,
    })
    expect(endpoints.listMigrations.query.safeParse({ limit: '0' }).success).toBe(false)
    expect(endpoints.listMigrations.query.safeParse({ state: 'running' }).success).toBe(false)
    expect(endpoints.listMigrations.query.safeParse({ before: '1e300' }).success).toBe(false)
    expect(endpoints.getHostSamples.query.parse({})).toEqual({ windowMs: 600_000 })
  })

  it('refuses an empty or an endless list of moves', () => {
    const move = { domainId: crypto.randomUUID(), destinationHostId: crypto.randomUUID() }
    const { body } = endpoints.createMigrations
    expect(body.safeParse({ moves: [] }).success).toBe(false)
    expect(body.safeParse({ moves: [move] }).success).toBe(true)
    expect(body.safeParse({ moves: Array.from({ length: 201 }, () => move) }).success).toBe(false)
  })
})

describe('the table of errors', () => {
  it.each(Object.entries(errorTable))(
    '%s: has a status and a sentence',
    (_code, { status, sentence }) => {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(600)
      expect(sentence).toMatch(/^[A-Z].*\.$/)
    },
  )

  it('makes a refusal of its own sentence or of a better one', () => {
    expect(refusal('other-pool').message).toBe(errorTable['other-pool'].sentence)
    expect(refusal('other-pool', 'xen-02 is in pool-b.').message).toBe('xen-02 is in pool-b.')
    expect(statusOf('internal')).toBe(500)
  })

  it('takes no code it does not know', () => {
    const body = (code: string) => ({ error: { code, message: 'x' }, requestId: 'r' })
    expect(errorBodySchema.safeParse(body('not-found')).success).toBe(true)
    expect(errorBodySchema.safeParse(body('toString')).success).toBe(false)
  })
})

it('keeps the close codes as published: private ones by meaning of their HTTP namesakes', () => {
  expect(closeCodes).toEqual({
    malformed: 4400,
    'not-authenticated': 4401,
    forbidden: 4403,
    'no-common-version': 4406,
    'silent-too-long': 4408,
    'replaced-by-newer-session': 4409,
    'host-already-connected': 4423,
    'slow-consumer': 4429,
    'going-away': 1001,
  })
})

it('lets each role do what the one before may', () => {
  for (const [index, role] of roles.entries()) {
    expect(roles.filter((needed) => roleAllows(role, needed))).toEqual(roles.slice(0, index + 1))
  }
})
