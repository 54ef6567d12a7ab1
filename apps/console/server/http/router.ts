import { apiPrefix, type EndpointName, endpoints } from '@drover/api-schema/endpoints.ts'

export type Match =
  | {
      readonly kind: 'endpoint'
      readonly name: EndpointName
      readonly params: Record<string, string>
    }
  /** The path is known, the method is not among `allowed`. */
  | { readonly kind: 'other-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'unknown' }

type Route = {
  readonly name: EndpointName
  readonly method: string
  readonly segments: readonly string[]
}

// Object.keys forgets that the table's keys are its keys.
export const endpointNames = Object.keys(endpoints) as EndpointName[]
const routes: readonly Route[] = endpointNames.map((name) => ({
  name,
  method: endpoints[name].method,
  segments: endpoints[name].path.slice(1).split('/'),
}))

/** Finds the endpoint for a path below the API's prefix. HEAD is GET without its body. */
export function matchRoute(method: string, pathname: string): Match {
  if (!pathname.startsWith(`${apiPrefix}/`)) return { kind: 'unknown' }
  const segments = pathname.slice(apiPrefix.length + 1).split('/')
  const allowed = new Set<string>()
  for (const route of routes) {
    const params = matchSegments(route.segments, segments)
    if (params === null) continue
    if (route.method === method || (route.method === 'GET' && method === 'HEAD')) {
      return { kind: 'endpoint', name: route.name, params }
    }
    allowed.add(route.method)
    if (route.method === 'GET') allowed.add('HEAD')
  }
  return allowed.size === 0
    ? { kind: 'unknown' }
    : { kind: 'other-method', allowed: [...allowed, 'OPTIONS'] }
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | null {
  if (pattern.length !== segments.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (!part.startsWith(':')) {
      if (part !== segment) return null
      continue
    }
    const value = decode(segment)
    if (value === null || value === '') return null
    params[part.slice(1)] = value
  }
  return params
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}
