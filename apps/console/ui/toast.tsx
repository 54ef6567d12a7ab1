'use client'
import { CircleAlert, CircleCheck, Info, TriangleAlert, X } from 'lucide-react'
import { Toast as Radix } from 'radix-ui'
import { type ReactNode, useSyncExternalStore } from 'react'
import { commonText } from '../lib/text/common.ts'
import { IconButton } from './icon-button.tsx'

export type ToastTone = 'ok' | 'notice' | 'warning' | 'critical'
export type Toast = {
  readonly tone: ToastTone
  readonly title: string
  readonly lines?: readonly string[]
  readonly action?: ToastAction
  /** A later toast with the same key takes its place, and `retractToast` takes it away. */
  readonly key?: string
  /** Ids of the things it speaks of: when one of them succeeds after all, its refusal is old (`retractRefusals`). */
  readonly about?: readonly string[]
}
/** Reached with F8 and Tab; `long` is what it does in words. */
export type ToastAction = {
  readonly label: string
  readonly long: string
  readonly onSelect: () => void
}
type Shown = Toast & { readonly id: number }

const mostShown = 5
let shown: readonly Shown[] = []
let visible: readonly Shown[] = []
let isHeld = false
let nextId = 1
const listeners = new Set<() => void>()
const none: readonly Shown[] = []

function set(next: readonly Shown[]) {
  shown = next
  visible = isHeld ? none : shown
  for (const listener of listeners) listener()
}

/** Says that something happened. The same sentence twice at once is shown once, with the action that one of them has. */
export function showToast(toast: Toast): void {
  const same = shown.find(({ title, tone }) => title === toast.title && tone === toast.tone)
  if (same !== undefined) {
    const { action } = toast
    if (action !== undefined && same.action === undefined)
      set(shown.map((other) => (other === same ? { ...same, action } : other)))
    return
  }
  const others = shown.filter(({ key }) => key === undefined || key !== toast.key)
  set([...others, { ...toast, id: nextId++ }].slice(-mostShown))
}

/** While something is carried nothing may cover where it could be dropped: toasts wait, and their time with them. */
export function holdToasts(hold: boolean): void {
  isHeld = hold
  set(shown)
}

export function retractToast(key: string): void {
  set(shown.filter((toast) => toast.key !== key))
}

/** What was refused for these things is being done now, or, for all things, something else is tried. */
export function retractRefusals(subjects: readonly string[] | 'all'): void {
  const isOld = ({ tone, about = [] }: Shown) =>
    tone === 'critical' && about.some((subject) => subjects === 'all' || subjects.includes(subject))
  set(shown.filter((toast) => !isOld(toast)))
}

export function dismissToast(id: number): void {
  set(shown.filter((toast) => toast.id !== id))
}

const icons: Record<ToastTone, ReactNode> = {
  ok: <CircleCheck size={16} className="text-ok" />,
  notice: <Info size={16} className="text-notice" />,
  warning: <TriangleAlert size={16} className="text-warn" />,
  critical: <CircleAlert size={16} className="text-crit" />,
}
/** What must be read stays longer. */
const lifetimeMs: Record<ToastTone, number> = {
  ok: 6000,
  notice: 6000,
  warning: 12_000,
  critical: 20_000,
}
/** What can be undone waits until somebody has made up their mind. */
const leastWithActionMs = 20_000

function lifetimeOf({ tone, action }: Toast): number {
  return Math.max(lifetimeMs[tone], action === undefined ? 0 : leastWithActionMs)
}

/** Where toasts appear: under the bar, over controls and not over hosts. Once, in the root. */
export function Toaster() {
  const toasts = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => visible,
    () => none,
  )
  return (
    <Radix.Provider label={commonText.notifications} swipeDirection="up">
      {toasts.map((toast) => (
        <Radix.Root
          key={toast.id}
          duration={lifetimeOf(toast)}
          onOpenChange={(isOpen) => !isOpen && dismissToast(toast.id)}
          className="animate-appear flex items-start gap-2.5 rounded-md bg-n2 py-2 pr-2 pl-3 shadow-float"
        >
          <span className="mt-0.5 shrink-0">{icons[toast.tone]}</span>
          <div className="min-w-0 grow py-px">
            <Radix.Title className="font-medium text-n12 text-sm">{toast.title}</Radix.Title>
            {toast.lines !== undefined && toast.lines.length > 0 && (
              <Radix.Description asChild>
                <ul className="mt-1 space-y-0.5 text-n11 text-xs">
                  {toast.lines.map((line) => (
                    <li key={line}>{line}</li>
                  ))}
                </ul>
              </Radix.Description>
            )}
          </div>
          {toast.action !== undefined && (
            <Radix.Action
              altText={toast.action.long}
              onClick={toast.action.onSelect}
              className="-my-0.5 h-6 shrink-0 rounded-sm px-2 font-medium text-accent text-xs hover:bg-n4 max-sm:-my-2 max-sm:h-9"
            >
              {toast.action.label}
            </Radix.Action>
          )}
          <Radix.Close asChild>
            <IconButton
              label={commonText.dismiss}
              icon={<X size={14} />}
              size="xs"
              hasTooltip={false}
            />
          </Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport className="-translate-x-1/2 fixed top-12 left-1/2 z-70 flex w-100 max-w-[calc(100vw-24px)] flex-col gap-1 outline-none" />
    </Radix.Provider>
  )
}
