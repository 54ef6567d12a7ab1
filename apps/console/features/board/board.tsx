'use client'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { useQuery } from '@tanstack/react-query'
import { SearchX, Server } from 'lucide-react'
import Link from 'next/link'
import { useSearchParams } from 'next/navigation'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { type FleetIndex, noMigrations } from '../../client/fleet-index.ts'
import { useLiveState } from '../../client/hooks.ts'
import { queries, useFleet, useSession } from '../../client/queries.ts'
import { classNames } from '../../lib/class-names.ts'
import { paths } from '../../lib/paths.ts'
import { boardText } from '../../lib/text/board.ts'
import { commonText } from '../../lib/text/common.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useElementWidth } from '../../ui/use-element-width.ts'
import { useIsNarrow } from '../../ui/use-is-narrow.ts'
import { BoardContext, createStores } from './board-context.ts'
import { BoardDrag } from './board-drag.tsx'
import { BoardGrid, type GridHandle } from './board-grid.tsx'
import { type Direction, hostInDirection, layoutBoard } from './board-layout.ts'
import { BoardOverlays } from './board-overlays.tsx'
import { BoardSkeleton } from './board-skeleton.tsx'
import { type BoardView, parseView, viewSearch } from './board-view.ts'
import { DragInstructions } from './drag-instructions.tsx'
import { setHop } from './host-keyboard-sensor.ts'
import { InspectorPanel } from './inspector-panel.tsx'
import { changeSelection } from './selection.ts'
import { Toolbar } from './toolbar.tsx'
import { useArranged } from './use-arranged.ts'
import { useBrokenRules } from './use-broken-rules.ts'
import { useCarry } from './use-carry.ts'
import { useHasRoom } from './use-has-room.ts'
import { useReadings } from './use-readings.ts'
import { useRowActions } from './use-row-actions.ts'

/** The first page: all hosts and domains, alive, and the drag between them. */
export function Board() {
  const fleet = useFleet()
  const read = useQuery(queries.fleet())
  if (fleet === undefined) {
    if (!read.isError) return <BoardSkeleton />
    return (
      <ErrorState
        title={boardText.errorTitle}
        message={refusalFrom(read.error).message}
        onRetry={() => void read.refetch()}
      />
    )
  }
  if (fleet.fleet.hosts.length === 0) return <NoHosts />
  return <LoadedBoard fleet={fleet} />
}

function NoHosts() {
  const user = useSession()
  return (
    <EmptyState
      icon={<Server size={28} strokeWidth={1.5} />}
      title={boardText.emptyTitle}
      body={boardText.emptyBody}
      action={
        user?.role === 'admin' && (
          <Link href={paths.settingsTokens()} className={buttonClass('primary')}>
            {boardText.emptyAction}
          </Link>
        )
      }
    />
  )
}

/** The view is the address; a change replaces it without a page load. */
function useBoardView() {
  const params = useSearchParams()
  const view = useMemo(() => parseView(new URLSearchParams(params.toString())), [params])
  const latest = useRef(view)
  latest.current = view
  const change = useCallback((changes: Partial<BoardView>) => {
    const next = { ...latest.current, ...changes }
    latest.current = next
    window.history.replaceState(null, '', `${paths.board()}${viewSearch(next)}`)
  }, [])
  return { view, change }
}

/** The bar above all pages and the board's own. */
const chromeHeight = 92

function LoadedBoard({ fleet }: { fleet: FleetIndex }) {
  const { view, change } = useBoardView()
  const [stores] = useState(createStores)
  useBrokenRules(fleet, stores)
  const readings = useReadings()
  const user = useSession()
  const isNarrow = useIsNarrow()
  const hasRoom = useHasRoom()
  const canMove = user !== undefined && roleAllows(user.role, 'operator')
  const groups = useArranged(fleet, view, readings, stores)
  const [content, width] = useElementWidth<HTMLDivElement>(0)
  const [foldChanges, setFoldChanges] = useState<ReadonlySet<HostId>>(new Set())
  const isFolded = useCallback(
    (hostId: HostId) => isNarrow !== foldChanges.has(hostId),
    [isNarrow, foldChanges],
  )
  const layout = useMemo(
    () =>
      layoutBoard({
        groups,
        width,
        density: view.density,
        isFolded,
        arrivalCount: (hostId) => (fleet.arrivalsOfHost.get(hostId) ?? noMigrations).length,
        isTouch: isNarrow,
        viewHeight: window.innerHeight - chromeHeight,
      }),
    [groups, width, view.density, isFolded, fleet.arrivalsOfHost, isNarrow],
  )
  const scroller = useRef<HTMLDivElement>(null)
  const grid = useRef<GridHandle>(null)
  const carry = useCarry({ fleet, readings, stores })
  const [isPanelOpen, setPanelOpen] = useState(false)
  const isInspectorOpen = isPanelOpen || view.inspected !== null
  const toggleInspector = useCallback(() => {
    setPanelOpen(!isInspectorOpen)
    if (isInspectorOpen) change({ inspected: null })
  }, [isInspectorOpen, change])

  const { actions, focusDomain } = useRowActions(stores, grid, {
    groups,
    layout,
    isInspectorOpen,
    clickInspects: isNarrow || hasRoom,
    canMove,
    inspect: (inspected) => change({ inspected }),
    toggleInspector,
    toggleFold: (hostId) => setFoldChanges((before) => toggled(before, hostId)),
  })
  useKeptState(stores, fleet, groups)
  useBoardKeys(stores, (domainId) => void focusDomain(domainId), toggleInspector)
  useEffect(() => {
    setHop(async (direction: Direction) => {
      const start = stores.target.get() ?? stores.drag.get()?.domains[0]?.hostId
      if (start === undefined) return null
      return (await grid.current?.reveal(hostInDirection(layout, start, direction))) ?? null
    })
    return () => setHop(null)
  }, [layout, stores])

  const { heat } = view
  const dragRefusal = canMove ? null : commonText.noAccess
  const context = useMemo(
    () => ({ stores, actions, readings, heat, dragRefusal }),
    [stores, actions, readings, heat, dragRefusal],
  )
  const { status } = useLiveState()
  const isOld = status === 'interrupted' || status === 'displaced'
  const matching = groups.flatMap((group) => group.hosts).filter((host) => host.isMatch)
  return (
    <BoardContext value={context}>
      <DragInstructions />
      <div className="flex h-full flex-col">
        <Toolbar
          view={view}
          hosts={fleet.fleet.hosts}
          summary={boardText.matches(
            matching.reduce((sum, { domains }) => sum + domains.length, 0),
            matching.length,
          )}
          isInspectorOpen={isInspectorOpen}
          onChange={change}
          onToggleInspector={toggleInspector}
        />
        <div className="flex min-h-0 grow">
          <BoardDrag
            onPickUp={carry.pickUp}
            onOver={carry.over}
            onDrop={carry.drop}
            onPutBack={carry.putBack}
            scroller={scroller}
          >
            <div
              ref={scroller}
              className={classNames(
                'min-w-0 grow overflow-y-auto overscroll-contain px-4 max-sm:px-2',
                isOld && 'opacity-80 grayscale',
              )}
            >
              <div ref={content}>
                {matching.length === 0 ? (
                  <NoMatch query={view.query} onClear={() => change({ query: '' })} />
                ) : (
                  width > 0 && (
                    <BoardGrid
                      layout={layout}
                      fleet={fleet}
                      density={view.density}
                      isFoldable={isNarrow}
                      isFolded={isFolded}
                      scroller={scroller}
                      handle={grid}
                    />
                  )
                )}
              </div>
            </div>
          </BoardDrag>
          <InspectorPanel
            isOpen={isInspectorOpen}
            isNarrow={isNarrow}
            inspected={view.inspected}
            fleet={fleet}
            onClose={toggleInspector}
          />
        </div>
      </div>
      <BoardOverlays
        fleet={fleet}
        onMigrate={carry.migrate}
        onReturnFocus={(domainId) => void focusDomain(domainId)}
      />
    </BoardContext>
  )
}

function NoMatch({ query, onClear }: { query: string; onClear: () => void }) {
  return (
    <EmptyState
      icon={<SearchX size={28} strokeWidth={1.5} />}
      title={boardText.noMatchTitle}
      body={boardText.noMatchBody(query)}
      action={<Button onClick={onClear}>{boardText.clearSearch}</Button>}
    />
  )
}

function toggled(set: ReadonlySet<HostId>, hostId: HostId): ReadonlySet<HostId> {
  const next = new Set(set)
  if (!next.delete(hostId)) next.add(hostId)
  return next
}

/** What is selected and where the Tab key leads must exist. */
function useKeptState(
  stores: ReturnType<typeof createStores>,
  fleet: FleetIndex,
  groups: ReturnType<typeof useArranged>,
): void {
  useEffect(() => {
    stores.selection.set(
      changeSelection(stores.selection.get(), {
        kind: 'keep',
        exists: (id) => fleet.domains.has(id),
      }),
    )
  }, [stores, fleet.domains])
  useEffect(() => {
    const current = stores.current.get()
    const shown = groups.flatMap((group) => group.hosts)
    if (shown.some(({ domains }) => domains.some(({ domainId }) => domainId === current))) return
    const first = shown.find(({ domains }) => domains.length > 0)
    stores.current.set(first?.domains[0]?.domainId ?? null)
  }, [stores, groups])
}

/** Keys that work while nothing on the board has the focus. */
function useBoardKeys(
  stores: ReturnType<typeof createStores>,
  focusDomain: (domainId: DomainId) => void,
  toggleInspector: () => void,
): void {
  const latest = useRef({ focusDomain, toggleInspector })
  latest.current = { focusDomain, toggleInspector }
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const { target } = event
      const isFree =
        target === document.body || (target instanceof Element && target.id === 'content')
      if (!isFree || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey)
        return
      const current = stores.current.get()
      if ((event.key === 'j' || event.key === 'k') && current !== null)
        latest.current.focusDomain(current)
      if (event.key === 'i') latest.current.toggleInspector()
      if (event.key === 'Escape')
        stores.selection.set(changeSelection(stores.selection.get(), { kind: 'clear' }))
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [stores])
}
