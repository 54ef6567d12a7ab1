'use client'

import { Switch as Radix } from 'radix-ui'
import { classNames } from '../lib/class-names.ts'
import { Tooltip } from './tooltip.tsx'

type Props = {
  label: string
  /** What it means, on hover and focus. */
  hint: string
  isOn: boolean
  isBusy?: boolean
  /** A sentence: the switch keeps its place, does nothing, and says why. */
  disabledReason?: string | null
  onChange: (isOn: boolean) => void
}

/** On or off, at once. */
export function Switch({
  label,
  hint,
  isOn,
  isBusy = false,
  disabledReason = null,
  onChange,
}: Props) {
  const isOff = disabledReason !== null
  return (
    <Tooltip text={disabledReason ?? hint} side="bottom">
      <Radix.Root
        checked={isOn}
        aria-label={label}
        aria-disabled={isOff || undefined}
        aria-busy={isBusy || undefined}
        onCheckedChange={(next) => !isOff && !isBusy && onChange(next)}
        className={classNames(
          'group inline-flex h-8 items-center gap-2 rounded-md px-2 font-medium text-n11 text-sm max-sm:h-10 hover:bg-n3',
          isOff && 'cursor-not-allowed! opacity-45',
        )}
      >
        {label}
        <span className="inline-flex h-4.5 w-8 items-center rounded-full border border-n7 bg-n1 px-px group-data-[state=checked]:border-accent group-data-[state=checked]:bg-accent">
          <Radix.Thumb className="size-3.5 rounded-full bg-n10 transition-transform duration-150 data-[state=checked]:translate-x-3.5 data-[state=checked]:bg-accent-ink" />
        </span>
      </Radix.Root>
    </Tooltip>
  )
}
