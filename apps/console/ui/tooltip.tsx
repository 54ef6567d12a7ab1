'use client'
import { Tooltip as Radix } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'

export function TooltipProvider({ children }: { children: ReactNode }) {
  return (
    <Radix.Provider delayDuration={350} skipDelayDuration={200}>
      {children}
    </Radix.Provider>
  )
}

type Props = {
  text: ReactNode
  side?: 'top' | 'right' | 'bottom' | 'left'
  shortcut?: string
  children: ReactElement
}

/** A line about the control under the pointer or in focus. The control must have its own name. */
export function Tooltip({ text, side = 'top', shortcut, children }: Props) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="animate-appear z-60 max-w-80 rounded-sm bg-n12 px-2 py-1 text-n1 text-xs shadow-float"
        >
          {text}
          {shortcut !== undefined && (
            <kbd className="ml-2 font-mono text-2xs opacity-70">{shortcut}</kbd>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
