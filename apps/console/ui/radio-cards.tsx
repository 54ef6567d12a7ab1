'use client'

import { RadioGroup as Radix } from 'radix-ui'
import { useId } from 'react'
import { classNames } from '../lib/class-names.ts'

export type RadioCard<Value extends string> = {
  readonly value: Value
  readonly label: string
  readonly hint: string
}

/** One of a few choices, each with a line about what it means. */
export function RadioCards<Value extends string>({
  label,
  options,
  value,
  onChange,
  isGrid = false,
}: {
  label: string
  options: readonly RadioCard<Value>[]
  value: Value
  onChange: (value: Value) => void
  /** Two beside each other where there is room: for more than a handful. */
  isGrid?: boolean
}) {
  const id = useId()
  // Radix hands back one of the values it was given, all of which are a Value.
  return (
    <div className="flex flex-col gap-1">
      <span id={id} className="font-medium text-n11 text-sm">
        {label}
      </span>
      <Radix.Root
        aria-labelledby={id}
        value={value}
        onValueChange={(next) => onChange(next as Value)}
        className={
          isGrid
            ? 'grid gap-1.5 sm:grid-cols-2'
            : 'flex flex-col divide-y rounded-md border border-n6'
        }
      >
        {options.map((option) => (
          <label
            key={option.value}
            htmlFor={`${id}-${option.value}`}
            className={classNames(
              'flex cursor-pointer gap-2.5 px-3 py-2 hover:bg-n3 has-data-[state=checked]:bg-accent-wash',
              isGrid && 'rounded-md border border-n6 has-data-[state=checked]:border-accent',
            )}
          >
            <Radix.Item
              id={`${id}-${option.value}`}
              value={option.value}
              aria-label={option.label}
              aria-describedby={`${id}-${option.value}-hint`}
              className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-n7 bg-n1 data-[state=checked]:border-accent"
            >
              <Radix.Indicator className="size-2 rounded-full bg-accent" />
            </Radix.Item>
            <span className="min-w-0">
              <span className="block text-n12 text-sm">{option.label}</span>
              <span id={`${id}-${option.value}-hint`} className="block text-n10 text-xs">
                {option.hint}
              </span>
            </span>
          </label>
        ))}
      </Radix.Root>
    </div>
  )
}
