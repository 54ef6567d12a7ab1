'use client'
import type { Plugins } from '@dnd-kit/abstract'
import {
  Accessibility,
  AutoScroller,
  Cursor,
  PointerActivationConstraints,
  PointerSensor,
  PreventSelection,
  StyleInjector,
} from '@dnd-kit/dom'
import {
  DragDropProvider,
  type DragEndEvent,
  type DragMoveEvent,
  DragOverlay,
  type DragStartEvent,
  useDragDropManager,
} from '@dnd-kit/react'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { X } from 'lucide-react'
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import { classNames } from '../../lib/class-names.ts'
import { formatPercent } from '../../lib/format.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import { bestPlace } from './best-place.ts'
import { type Drag, type DragOrigin, useBoard } from './board-context.ts'
import { Hand } from './hand.ts'
import { HostKeyboardSensor } from './host-keyboard-sensor.ts'
import { VerdictMark } from './host-summary.tsx'
import type { HostVerdict } from './host-verdict.ts'
import { namesOf } from './names.ts'

/** Above this a press and a drift are a drag; a finger must rest first, so that it can scroll. */
const mouseDistancePx = 4
const touchDelayMs = 200
const touchTolerancePx = 8

const sensors = [
  PointerSensor.configure({
    activationConstraints: (event) =>
      event.pointerType === 'touch'
        ? [
            new PointerActivationConstraints.Delay({
              value: touchDelayMs,
              tolerance: touchTolerancePx,
            }),
          ]
        : [new PointerActivationConstraints.Distance({ value: mouseDistancePx })],
  }),
  HostKeyboardSensor,
]

/**
 * Its announcements are not ours. Its cursor and its guard against selecting text restyle the whole page at the
 * pick-up, a tenth of a second with 200 hosts; our rows cannot be selected anyway. Its scrolling at the edges asks for
 * the style of every ancestor in each frame; ours (hand.ts) knows what scrolls.
 */
const leftOut: ReadonlySet<unknown> = new Set([
  Accessibility,
  AutoScroller,
  Cursor,
  PreventSelection,
])
const plugins = (defaults: Plugins) => defaults.filter((plugin) => !leftOut.has(plugin))

type Props = {
  onPickUp: (domainId: DomainId, origin: DragOrigin | null) => void
  onOver: (hostId: HostId | null) => void
  onDrop: () => void
  onPutBack: () => void
  /** What scrolls under the hand. */
  scroller: RefObject<HTMLElement | null>
  children: ReactNode
}

/**
 * The only place that knows the drag library. What happens is said by the board. The library carries; where a drop would
 * land we find ourselves (hand.ts): its own way measures every card at the pick-up.
 */
export function BoardDrag({ onPickUp, onOver, onDrop, onPutBack, scroller, children }: Props) {
  const hand = useRef<Hand | null>(null)
  useEffect(() => {
    if (scroller.current === null) return
    hand.current = new Hand(scroller.current, onOver)
    return () => hand.current?.letGo()
  }, [scroller, onOver])
  return (
    <DragDropProvider
      sensors={sensors}
      plugins={plugins}
      onDragStart={({ operation, nativeEvent }: DragStartEvent) => {
        if (operation.source === null) return
        // The ids of our draggables are domain ids.
        const domainId = operation.source.id as DomainId
        const isPointer = nativeEvent instanceof PointerEvent
        const { x, y } = operation.position.initial
        // One place, once, before anything of the page has changed for the drag.
        const card = operation.source.element?.closest('[data-host]')?.getBoundingClientRect()
        onPickUp(domainId, isPointer ? { origin: { x, y }, card: card ?? null } : null)
        hand.current?.pickUp({ x, y }, { scrolls: isPointer })
      }}
      onDragMove={({ to }: DragMoveEvent) => {
        if (to !== undefined) hand.current?.moveTo({ x: to.x, y: to.y })
      }}
      onDragEnd={({ canceled }: DragEndEvent) => {
        hand.current?.letGo()
        if (canceled) onPutBack()
        else onDrop()
      }}
    >
      <NoInjectedStyles />
      {children}
      <DragOverlay dropAnimation={null} className="carried">
        <CarriedCard />
      </DragOverlay>
      <BestHosts />
    </DragDropProvider>
  )
}

/**
 * The library adds its style sheet at each pick-up, which styles the whole page anew, twice: 450 ms with 200 hosts.
 * The few rules our carried card needs are in globals.css (`carried`) instead.
 */
function NoInjectedStyles() {
  const manager = useDragDropManager()
  useEffect(() => manager?.registry.plugins.get(StyleInjector)?.destroy(), [manager])
  return null
}

/** What hangs at the pointer. */
function CarriedCard() {
  const { stores } = useBoard()
  const drag = useStore(stores.drag, (value) => value)
  if (drag === null) return null
  const isStack = drag.domains.length > 1
  return (
    <div className="relative w-max max-w-80">
      {isStack && (
        <span className="absolute inset-0 translate-x-1 translate-y-1 rounded-sm border border-n7 bg-n3" />
      )}
      <div className="relative flex h-7 items-center gap-2 rounded-sm border border-accent bg-n3 px-2.5 shadow-float">
        <span className="truncate font-medium text-n12 text-sm">{namesOf(drag.domains)}</span>
      </div>
      {drag.obstacles.length > 0 && <Obstacles sentences={drag.obstacles} />}
    </div>
  )
}

const mostObstacles = 3

/** Why it can go nowhere, once and beside the hand, where every host would say the same. */
function Obstacles({ sentences }: { sentences: readonly string[] }) {
  const more = sentences.length - mostObstacles
  return (
    <ul className="absolute top-full left-0 mt-1.5 w-72 rounded-sm bg-n2 px-2.5 py-1.5 text-n12 text-xs shadow-float">
      {sentences.slice(0, mostObstacles).map((sentence) => (
        <li key={sentence} className="flex gap-1.5">
          <X size={12} aria-hidden="true" className="mt-0.5 shrink-0 text-crit" />
          <span>{sentence}</span>
        </li>
      ))}
      {more > 0 && <li className="pl-4.5 text-n10">{boardText.moreReasons(more)}</li>}
    </ul>
  )
}

const listWidth = 296
const listRowHeight = 38
/** A flick at the pick-up must not land on it either. */
const listArmMs = 350

/** The best three beside the place where it was picked up, so that a drop never needs a long way. */
function BestHosts() {
  const { stores } = useBoard()
  const drag = useStore(stores.drag, (value) => value)
  const isCarrying = drag !== null
  const [isArmed, setArmed] = useState(false)
  useEffect(() => {
    if (!isCarrying) return
    const timer = setTimeout(() => setArmed(true), listArmMs)
    return () => {
      clearTimeout(timer)
      setArmed(false)
    }
  }, [isCarrying])
  if (drag === null || drag.origin === null || drag.best === null) return null
  // The hand says why there is none.
  if (drag.obstacles.length > 0) return null
  const { best } = drag
  const height = 30 + Math.max(1, best.length) * listRowHeight
  const { left, top } = bestPlace({
    ...drag.origin,
    size: { width: listWidth, height },
    window: { width: window.innerWidth, height: window.innerHeight },
  })
  return (
    <div
      className="animate-appear pointer-events-none fixed z-40 rounded-md bg-n2 p-1 shadow-float"
      style={{ left, top, width: listWidth }}
    >
      <p className="caption px-2 py-0.5">
        {best.length === 0 ? boardText.noneCan : boardText.bestThree}
      </p>
      {best.map((verdict) => (
        <BestHost
          key={verdict.host.hostId}
          verdict={drag.verdicts.get(verdict.host.hostId) ?? verdict}
          isArmed={isArmed}
        />
      ))}
    </div>
  )
}

function BestHost({ verdict, isArmed }: { verdict: HostVerdict; isArmed: boolean }) {
  const { host } = verdict
  const { stores } = useBoard()
  const isTarget = useStore(stores.target, (hostId) => hostId === host.hostId)
  return (
    <div
      data-best={host.hostId}
      className={classNames(
        'flex h-9.5 items-center gap-2 rounded-sm px-2 text-sm',
        isArmed && 'pointer-events-auto',
        isTarget ? 'bg-accent-wash text-n12 outline-1 outline-accent' : 'text-n11',
      )}
    >
      <span className="truncate font-medium">{host.name}</span>
      <VerdictMark verdict={verdict} />
      <span className="predicted ml-auto shrink-0 text-n10 text-xs">{`${boardText.cpu} ${afterText(verdict.cpu)}`}</span>
    </div>
  )
}

export function afterText({ before, after }: HostVerdict['cpu']): string {
  return boardText.arrow(formatPercent(before).replace(/\D*$/, ''), formatPercent(after))
}

export function verdictAt(drag: Drag | null, hostId: HostId | null): HostVerdict | null {
  return hostId === null ? null : (drag?.verdicts.get(hostId) ?? null)
}
