'use client'
import { ToggleGroup } from 'radix-ui'
import type { ReactNode } from 'react'

export type Segment<Value extends string = string> = {
  readonly value: Value
  readonly label: string
  readonly icon?: ReactNode
}

type Props<Value extends string> = {
  label: string
  segments: readonly Segment<Value>[]
  value: Value
  onChange: (value: Value) => void
  /** Shows icons only; the words stay for screen readers and on hover. */
  isCompact?: boolean
}

/** One of a few, all of them in sight. */
export function SegmentedControl<Value extends string>({
  label,
  segments,
  value,
  onChange,
  isCompact = false,
}: Props<Value>) {
  // Radix hands back one of the values it was given, or '' when the pressed one is pressed again.
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => next !== '' && onChange(next as Value)}
      className="inline-flex h-8 max-sm:h-10 shrink-0 items-stretch rounded-md border border-n6 bg-n2 p-0.5"
    >
      {segments.map((segment) => (
        <ToggleGroup.Item
          key={segment.value}
          value={segment.value}
          title={isCompact ? segment.label : undefined}
          aria-label={segment.label}
          className="inline-flex items-center gap-1.5 rounded-sm px-2 text-n10 text-sm hover:text-n12 data-[state=on]:bg-n4 data-[state=on]:font-medium data-[state=on]:text-n12"
        >
          {segment.icon}
          {!isCompact && segment.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}
