'use client'
import { Check, ChevronDown } from 'lucide-react'
import { Select as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { classNames } from '../lib/class-names.ts'
import { styleNonce } from '../lib/style-nonce.ts'

export type SelectOption<Value extends string = string> = {
  readonly value: Value
  readonly label: string
}

type Props<Value extends string> = {
  /** The accessible name; with `isLabelShown` it also stands in the control before the value. */
  label: string
  isLabelShown?: boolean | 'when-wide'
  icon?: ReactNode
  options: readonly SelectOption<Value>[]
  value: Value
  onChange: (value: Value) => void
  className?: string
}

export function Select<Value extends string>({
  label,
  isLabelShown = false,
  icon,
  options,
  value,
  onChange,
  className,
}: Props<Value>) {
  const shown = options.find((option) => option.value === value)?.label ?? value
  // Radix hands back one of the values it was given, all of which are a Value.
  return (
    <Radix.Root value={value} onValueChange={(next) => onChange(next as Value)}>
      <Radix.Trigger
        aria-label={`${label}: ${shown}`}
        className={classNames(
          'inline-flex h-8 max-sm:h-10 items-center gap-1.5 rounded-md border border-n6 bg-n2 px-2.5 text-n11 text-sm hover:border-n7 hover:text-n12',
          className,
        )}
      >
        {icon}
        {isLabelShown !== false && (
          <span className={isLabelShown === 'when-wide' ? 'text-n10 max-xl:hidden' : 'text-n10'}>
            {label}
          </span>
        )}
        <span className="min-w-0 grow truncate text-left">
          <Radix.Value />
        </span>
        <ChevronDown size={14} className="shrink-0 text-n10" aria-hidden="true" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          collisionPadding={8}
          className="animate-appear z-55 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) overflow-hidden rounded-md bg-n2 shadow-float"
        >
          <Radix.Viewport nonce={styleNonce} className="p-1">
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                className="flex min-h-7 max-sm:min-h-10 cursor-default items-center gap-2 rounded-sm px-2 text-n11 text-sm outline-none data-highlighted:bg-n4 data-highlighted:text-n12"
              >
                <span className="flex w-4 justify-center">
                  <Radix.ItemIndicator>
                    <Check size={14} className="text-accent" />
                  </Radix.ItemIndicator>
                </span>
                <Radix.ItemText>{option.label}</Radix.ItemText>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
