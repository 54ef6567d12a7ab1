import { apiPrefix, endpoints } from '@drover/api-schema/endpoints.ts'
import { describe, expect, it } from 'vitest'
import { endpointNames } from './http/router.ts'
import { openApiDocument } from './openapi.ts'

// A tree of plain JSON is what is looked at here, as a reader of the document would.
const document = JSON.parse(
  JSON.stringify(openApiDocument({ version: '1.2.3', serverUrl: 'https://drover.example.org' })),
)

type Operation = {
  operationId: string
  parameters: { name: string; in: string; required: boolean; schema: object }[]
  requestBody?: { required: boolean; content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
  security: object[]
}
const operations: [string, string, Operation][] = Object.entries(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(
      ([method, operation]): [string, string, Operation] => [path, method, operation],
    ),
)

describe('the OpenAPI document', () => {
  it('is version 3.1 and has the fields its specification requires', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document.info).toMatchObject({
      title: 'Drover',
      version: '1.2.3',
      license: { identifier: 'Apache-2.0' },
    })
    expect(document.servers).toEqual([{ url: `https://drover.example.org${apiPrefix}` }])
  })

  it('has every endpoint once, with a unique id', () => {
    expect(operations.map(([, , operation]) => operation.operationId).sort()).toEqual(
      [...endpointNames].sort(),
    )
    for (const name of endpointNames) {
      const { method, path } = endpoints[name]
      const template = path.replace(/:(\w+)/g, '{$1}')
      expect(document.paths[template][method.toLowerCase()].operationId).toBe(name)
    }
  })

  it.each(operations)(
    '%s %s names its parameters, bodies and answers',
    (path, method, operation) => {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path')
      expect(declared.map((parameter) => parameter.name)).toEqual(inPath)
      expect(declared.every((parameter) => parameter.required)).toBe(true)
      if (method === 'get') expect(operation.requestBody).toBeUndefined()
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[2-5]\d\d$/)
        expect(response.description).not.toBe('')
        if (status !== '204') expect(response.content?.['application/json']?.schema).toBeDefined()
      }
      expect(
        Object.keys(operation.responses).filter((status) => status.startsWith('2')),
      ).toHaveLength(1)
      expect(Object.keys(operation.responses)).toContain('401')
    },
  )

  it('refers only to what it contains, and uses JSON Schema words only', () => {
    const references: string[] = []
    const words = new Set<string>()
    visit(document, (value, inSchema) => {
      if (typeof value.$ref === 'string') references.push(value.$ref)
      if (inSchema) for (const word of Object.keys(value)) words.add(word)
    })
    expect(references.length).toBeGreaterThan(0)
    for (const reference of references) {
      const found = reference
        .replace(/^#\//, '')
        .split('/')
        .reduce((at, step) => at?.[step], document)
      expect(found, reference).toBeDefined()
    }
    const known = [
      '$ref',
      'type',
      'enum',
      'const',
      'format',
      'pattern',
      'minLength',
      'maxLength',
      'minimum',
      'maximum',
      'exclusiveMinimum',
      'exclusiveMaximum',
      'multipleOf',
      'items',
      'minItems',
      'maxItems',
      'properties',
      'required',
      'additionalProperties',
      'propertyNames',
      'anyOf',
      'oneOf',
      'allOf',
      'not',
      'default',
      'description',
    ]
    expect([...words].filter((word) => !known.includes(word))).toEqual([])
  })

  it('marks what needs a session, and bodies as required', () => {
    for (const [, , operation] of operations) {
      const name = endpointNames.find((candidate) => candidate === operation.operationId)
      expect(name).toBeDefined()
      const endpoint = endpoints[name!]
      expect(operation.security).toEqual(endpoint.access === 'anonymous' ? [] : [{ session: [] }])
      expect(operation.requestBody?.required ?? null).toBe(endpoint.body === null ? null : true)
    }
  })
})

type Node = Record<string, unknown>
/** Visits every object; says whether it is a schema (below `schema` or `schemas`, but not the maps of names in it). */
function visit(
  value: unknown,
  look: (node: Node, isSchema: boolean) => void,
  isSchema = false,
  isMap = false,
): void {
  if (Array.isArray(value)) for (const item of value) visit(item, look, isSchema)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const node = value as Node // an object by the line above
  look(node, isSchema && !isMap)
  for (const [key, child] of Object.entries(node)) {
    if (isSchema && !isMap && ['default', 'const', 'enum', 'required'].includes(key)) continue
    const opensSchema = key === 'schema' || isSchema
    const opensMap =
      key === 'schemas' || (isSchema && !isMap && (key === 'properties' || key === '$defs'))
    visit(child, look, opensSchema || key === 'schemas', opensMap)
  }
}
