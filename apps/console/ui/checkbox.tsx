'use client'
import { Check, Minus } from 'lucide-react'
import { Checkbox as Radix } from 'radix-ui'
import { useId } from 'react'

type Props = {
  label: string
  isLabelHidden?: boolean
  isChecked: boolean | 'some'
  onChange: (isChecked: boolean) => void
}

export function Checkbox({ label, isLabelHidden = false, isChecked, onChange }: Props) {
  const id = useId()
  return (
    <span className="inline-flex min-h-6 items-center gap-2">
      <Radix.Root
        id={id}
        checked={isChecked === 'some' ? 'indeterminate' : isChecked}
        onCheckedChange={(checked) => onChange(checked === true)}
        className="flex size-4 items-center justify-center rounded-xs border border-n7 bg-n1 hover:border-n8 data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:border-accent data-[state=indeterminate]:bg-accent"
      >
        <Radix.Indicator className="text-accent-ink">
          {isChecked === 'some' ? (
            <Minus size={12} strokeWidth={3} />
          ) : (
            <Check size={12} strokeWidth={3} />
          )}
        </Radix.Indicator>
      </Radix.Root>
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'text-n11 text-sm'}>
        {label}
      </label>
    </span>
  )
}
