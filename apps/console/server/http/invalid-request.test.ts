import { endpoints } from '@drover/api-schema/endpoints.ts'
import { uuid } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { invalidRequest } from './invalid-request.ts'

type Place = Parameters<typeof invalidRequest>[0]

function refused(place: Place, schema: z.ZodType, value: unknown) {
  const parsed = schema.safeParse(value, { reportInput: true })
  if (parsed.success) throw new Error('It was taken.')
  return invalidRequest(place, parsed.error.issues)
}

const move = { domainId: uuid(1), destinationHostId: uuid(2) }
const person = { email: 'a@example.org', name: 'A', role: 'viewer', password: 'long enough, yes' }

describe('what is wrong with a request is said in a sentence', () => {
  const bodyOf = (name: 'createUser' | 'createMigrations' | 'updateHost') => endpoints[name].body
  it.each<[string, Place, z.ZodType, unknown]>([
    [
      'hostId in the address must be an id, such as 018f2b6c-5d0e-4c4b-9f0a-3f1c6a7d2e10.',
      'path',
      endpoints.getHost.params,
      { hostId: 'x' },
    ],
    ['moves must have at least 1 item.', 'body', bodyOf('createMigrations'), { moves: [] }],
    [
      'moves must have at most 200 items.',
      'body',
      bodyOf('createMigrations'),
      { moves: Array.from({ length: 201 }, () => move) },
    ],
    [
      'moves.1.destinationHostId is missing.',
      'body',
      bodyOf('createMigrations'),
      { moves: [move, { domainId: uuid(1) }] },
    ],
    [
      'profile.kind is none of the kinds there are.',
      'body',
      bodyOf('createMigrations'),
      { moves: [move], profile: { kind: 'xen-9' } },
    ],
    ['the body must be an object.', 'body', bodyOf('updateHost'), []],
    [
      'isInMaintenance must be true or false.',
      'body',
      bodyOf('updateHost'),
      { isInMaintenance: 'yes' },
    ],
    [
      'role must be one of viewer, operator, admin.',
      'body',
      bodyOf('createUser'),
      { ...person, role: 'king' },
    ],
    ['role is missing.', 'body', bodyOf('createUser'), { ...person, role: undefined }],
    [
      'password must have at least 12 characters.',
      'body',
      bodyOf('createUser'),
      { ...person, password: 'short' },
    ],
    [
      'email must be an e-mail address, such as ada@example.org.',
      'body',
      bodyOf('createUser'),
      { ...person, email: 'ada' },
    ],
    [
      'name must be printable and must not begin or end with a space.',
      'body',
      bodyOf('createUser'),
      { ...person, name: ' A' },
    ],
    ['limit in the query must be a number.', 'query', endpoints.listAudit.query, { limit: 'x' }],
    [
      'limit in the query must be at most 200.',
      'query',
      endpoints.listAudit.query,
      { limit: '201' },
    ],
    [
      'before in the query must be a whole number.',
      'query',
      endpoints.listAudit.query,
      { before: '1.5' },
    ],
    [
      'one must not have other.',
      'body',
      z.object({ one: z.strictObject({}) }),
      { one: { other: 1 } },
    ],
    ['one must be more than 0.', 'body', z.object({ one: z.number().positive() }), { one: 0 }],
    [
      'one must be a multiple of 4.',
      'body',
      z.object({ one: z.number().multipleOf(4) }),
      { one: 3 },
    ],
    ['one must be text.', 'body', z.object({ one: z.string() }), { one: 3 }],
    [
      'one is not even.',
      'body',
      z.object({ one: z.number().refine(() => false, 'is not even') }),
      { one: 1 },
    ],
  ])('%s', (sentence, place, schema, value) => {
    const { code, message, fields } = refused(place, schema, value)
    expect(code).toBe('invalid-request')
    expect(message).toBe(`The request is not valid: ${sentence}`)
    expect(fields).toHaveLength(1)
    // The same words at the field itself, where its name stands already.
    const [field] = fields ?? []
    expect(field?.message).toMatch(/^[A-Z].*\.$/)
    expect(sentence.toLowerCase()).toContain(field?.message.toLowerCase())
  })

  it('says how many other fields are wrong, and names them all', () => {
    const { message, fields } = refused('body', endpoints.createUser.body, {
      email: 'x',
      name: 'X',
      role: 'king',
      password: 'short',
    })
    expect(message).toMatch(/^The request is not valid: email .*\. So are 2 other fields\.$/)
    expect(fields?.map(({ path }) => path)).toEqual(['email', 'role', 'password'])
  })

  it('never repeats what was sent', () => {
    const secret = 'hunter2'
    const answer = refused('body', endpoints.createUser.body, { ...person, password: secret })
    expect(JSON.stringify(answer)).not.toContain(secret)
  })
})

describe('no endpoint answers in the words of the library', () => {
  const rubbish = [undefined, null, 1, 'x', [], {}, { moves: 1 }, { moves: [{}] }, { email: 3 }]
  it.each(Object.entries(endpoints))('%s', (_name, { body, params, query }) => {
    const schemas: [Place, z.ZodType][] = [
      ['path', params],
      ['query', query],
    ]
    if (body !== null) schemas.push(['body', body])
    for (const [place, schema] of schemas) {
      for (const value of rubbish) {
        const parsed = schema.safeParse(value, { reportInput: true })
        if (parsed.success) continue
        const { message, fields } = invalidRequest(place, parsed.error.issues)
        for (const text of [message, ...(fields ?? []).map((field) => field.message)]) {
          expect(text).not.toMatch(/Invalid|expected|received|Too (small|big)|>=|<=| {2}|\.\.$/)
        }
      }
    }
  })
})
