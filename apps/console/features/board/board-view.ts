/** How the board is looked at. All of it lives in the address, so that a view can be sent to a colleague. */
export const sortKeys = ['name', 'cpu', 'memory', 'network'] as const
export type SortKey = (typeof sortKeys)[number]
export const heatKeys = ['cpu', 'memory', 'network'] as const
export type HeatKey = (typeof heatKeys)[number]
export const densities = ['rows', 'tiles', 'heat'] as const
export type Density = (typeof densities)[number]
/** `label:zone` groups by the hosts' label "zone". */
export type GroupKey = 'none' | 'pool' | `label:${string}`

export type BoardView = {
  readonly query: string
  readonly sort: SortKey
  readonly group: GroupKey
  readonly heat: HeatKey
  readonly density: Density
  readonly inspected: Inspected | null
}
export type Inspected = { readonly kind: 'host' | 'domain'; readonly id: string }

export const defaultView: BoardView = {
  query: '',
  sort: 'name',
  group: 'pool',
  heat: 'cpu',
  density: 'rows',
  inspected: null,
}

/** What the address does not say, or says in words we do not know, is the default. */
export function parseView(params: URLSearchParams): BoardView {
  return {
    query: params.get('q') ?? defaultView.query,
    sort: oneOf(sortKeys, params.get('sort'), defaultView.sort),
    group: parseGroup(params.get('group')),
    heat: oneOf(heatKeys, params.get('heat'), defaultView.heat),
    density: oneOf(densities, params.get('density'), defaultView.density),
    inspected: parseInspected(params.get('inspect')),
  }
}

/** The address's search part for a view, without what is default: '' or '?…'. */
export function viewSearch(view: BoardView): string {
  const params = new URLSearchParams()
  if (view.query !== '') params.set('q', view.query)
  if (view.sort !== defaultView.sort) params.set('sort', view.sort)
  if (view.group !== defaultView.group) params.set('group', view.group)
  if (view.heat !== defaultView.heat) params.set('heat', view.heat)
  if (view.density !== defaultView.density) params.set('density', view.density)
  if (view.inspected !== null) params.set('inspect', `${view.inspected.kind}:${view.inspected.id}`)
  return params.size === 0 ? '' : `?${params}`
}

function oneOf<T extends string>(values: readonly T[], value: string | null, otherwise: T): T {
  return values.find((known) => known === value) ?? otherwise
}

function parseGroup(value: string | null): GroupKey {
  if (value === 'none' || value === 'pool') return value
  if (value?.startsWith('label:') === true && value.length > 6) return `label:${value.slice(6)}`
  return defaultView.group
}

function parseInspected(value: string | null): Inspected | null {
  const [kind, id] = (value ?? '').split(':')
  if ((kind !== 'host' && kind !== 'domain') || id === undefined || id === '') return null
  return { kind, id }
}
