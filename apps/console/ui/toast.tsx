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
  readonly action?: { readonly label: string; readonly onSelect: () => void }
}
type Shown = Toast & { readonly id: number }

let shown: readonly Shown[] = []
let nextId = 1
const listeners = new Set<() => void>()
const none: readonly Shown[] = []

function set(next: readonly Shown[]) {
  shown = next
  for (const listener of listeners) listener()
}

/** Says that something happened; the same sentence twice at once is shown once. */
export function showToast(toast: Toast): void {
  if (shown.some((other) => other.title === toast.title && other.tone === toast.tone)) return
  set([...shown, { ...toast, id: nextId++ }].slice(-5))
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

/** Where toasts appear; once, in the root. */
export function Toaster() {
  const toasts = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => shown,
    () => none,
  )
  return (
    <Radix.Provider label={commonText.notifications} swipeDirection="right">
      {toasts.map((toast) => (
        <Radix.Root
          key={toast.id}
          duration={lifetimeMs[toast.tone]}
          onOpenChange={(isOpen) => !isOpen && dismissToast(toast.id)}
          className="animate-appear flex items-start gap-2.5 rounded-md bg-n2 py-2.5 pr-2 pl-3 shadow-float"
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
              altText={toast.action.label}
              onClick={toast.action.onSelect}
              className="h-6 rounded-sm px-2 font-medium text-accent text-xs hover:bg-n4"
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
      <Radix.Viewport className="fixed right-3 bottom-3 z-70 flex w-95 max-w-[calc(100vw-24px)] flex-col gap-2 outline-none max-sm:bottom-17" />
    </Radix.Provider>
  )
}
