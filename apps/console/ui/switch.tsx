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
          'inline-flex h-8 items-center gap-2 rounded-md px-2 font-medium text-n11 text-sm max-sm:h-10 hover:bg-n3',
          isOff && 'cursor-not-allowed! opacity-45',
        )}
      >
        {label}
        {/* By `isOn` and not by the `data-state` of the button, which is the tooltip's. */}
        <span
          className={classNames(
            'inline-flex h-4.5 w-8 items-center rounded-full border px-px',
            isOn ? 'border-accent bg-accent' : 'border-n7 bg-n1',
          )}
        >
          <Radix.Thumb
            className={classNames(
              'size-3.5 rounded-full transition-transform duration-150',
              isOn ? 'translate-x-3.5 bg-accent-ink' : 'bg-n10',
            )}
          />
        </span>
      </Radix.Root>
    </Tooltip>
  )
}
