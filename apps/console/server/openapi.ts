import {
  apiPrefix,
  commonErrors,
  type EndpointName,
  endpoints,
} from '@drover/api-schema/endpoints.ts'
import { type ErrorCode, errorBodySchema, errorTable } from '@drover/api-schema/errors.ts'
import { z } from 'zod'
import { endpointNames } from './http/router.ts'
import { ourHeader } from './http/same-origin.ts'

type Json = Record<string, unknown>

/** OpenAPI 3.1 of the endpoint table. JSON Schema 2020-12 is 3.1's own dialect, so zod's output goes in as it is. */
export function openApiDocument(about: { readonly version: string; readonly serverUrl: string }) {
  const paths: Record<string, Json> = {}
  for (const name of endpointNames) {
    const { method, path } = endpoints[name]
    const template = path.replace(/:(\w+)/g, '{$1}')
    paths[template] = { ...paths[template], [method.toLowerCase()]: operation(name) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Drover',
      version: about.version,
      description:
        'The console of Drover. Unsafe methods from a program that is no browser need the header `x-drover: 1`: it shows ' +
        'that no page of another site has sent the request. ' +
        'Every answer that is not 2xx has the body of `Error`; decide by its code.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${about.serverUrl}${apiPrefix}` }],
    paths,
    components: {
      schemas: { Error: schemaOf(errorBodySchema, 'output') },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'drover.session_token',
          description: 'Set by signIn.',
        },
      },
    },
  }
}

function operation(name: EndpointName): Json {
  const endpoint = endpoints[name]
  const access =
    endpoint.access === 'anonymous' ? 'Anybody may call it.' : `Needs the role ${endpoint.access}.`
  return {
    operationId: name,
    summary: endpoint.summary,
    description: access,
    security: endpoint.access === 'anonymous' ? [] : [{ session: [] }],
    parameters: [
      ...parameters(endpoint.params, 'path'),
      ...parameters(endpoint.query, 'query'),
      ...(endpoint.method === 'GET' ? [] : [headerParameter]),
    ],
    ...(endpoint.body === null
      ? {}
      : { requestBody: { required: true, content: json(schemaOf(endpoint.body, 'input')) } }),
    responses: {
      ...(endpoint.response === null
        ? { 204: { description: 'Done.' } }
        : { 200: { description: 'Done.', content: json(schemaOf(endpoint.response, 'output')) } }),
      ...refusals([...endpoint.errors, ...commonErrors]),
    },
  }
}

const headerParameter: Json = {
  name: ourHeader.name,
  in: 'header',
  required: false,
  description:
    'Needed from every program that is no browser; without it the answer is `cross-origin`. Pages of this console may ' +
    'leave it out when they send JSON.',
  schema: { type: 'string', const: ourHeader.value },
}

function parameters(schema: z.ZodObject, place: 'path' | 'query'): Json[] {
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !z.safeParse(field, undefined).success,
    ...described(schemaOf(field, 'input')),
  }))
}

/** OpenAPI shows the description of the parameter, not of its schema. */
function described({ description, ...schema }: Json): Json {
  return description === undefined ? { schema } : { description, schema }
}

/** One entry a status, naming the codes it stands for. */
function refusals(codes: readonly ErrorCode[]): Json {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of new Set(codes)) {
    const { status } = errorTable[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const entries = [...byStatus].map(([status, list]) => [
    String(status),
    { description: list.join(', '), content: json({ $ref: '#/components/schemas/Error' }) },
  ])
  return Object.fromEntries(entries)
}

function json(schema: unknown): Json {
  return { 'application/json': { schema } }
}

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output'): Json {
  // Error codes are a custom type (any string of the table); everything else has a schema of its own.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
