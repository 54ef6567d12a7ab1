'use client'
import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, useId, useState } from 'react'
import { classNames } from '../lib/class-names.ts'
import { commonText } from '../lib/text/common.ts'
import { IconButton } from './icon-button.tsx'

type Props = Omit<ComponentProps<'input'>, 'id' | 'onChange' | 'value'> & {
  label: string
  isLabelHidden?: boolean
  hint?: string | undefined
  /** A sentence under the field; marks it invalid and is read with it. */
  error?: string | null | undefined
  value: string
  onChange: (value: string) => void
}

export const inputClass =
  'h-8 max-sm:h-10 w-full rounded-md border border-n7 bg-n1 px-2.5 text-n12 text-sm hover:border-n8 focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0 aria-invalid:border-crit'

export function TextField({
  label,
  isLabelHidden = false,
  hint,
  error,
  value,
  onChange,
  className,
  type = 'text',
  ...rest
}: Props) {
  const id = useId()
  const [isRevealed, setRevealed] = useState(false)
  const isPassword = type === 'password'
  const hasError = error !== null && error !== undefined
  const about = [hint !== undefined && `${id}-hint`, hasError && `${id}-error`]
    .filter(Boolean)
    .join(' ')
  return (
    <div className={classNames('flex flex-col gap-1', className)}>
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'font-medium text-n11 text-sm'}>
        {label}
      </label>
      <div className="relative">
        <input
          {...rest}
          id={id}
          type={isPassword && isRevealed ? 'text' : type}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          aria-invalid={hasError || undefined}
          aria-describedby={about === '' ? undefined : about}
          className={classNames(inputClass, isPassword && 'pr-10')}
        />
        {isPassword && (
          <IconButton
            label={isRevealed ? commonText.hidePassword : commonText.showPassword}
            aria-pressed={isRevealed}
            icon={isRevealed ? <EyeOff size={15} /> : <Eye size={15} />}
            size="xs"
            hasTooltip={false}
            onClick={() => setRevealed(!isRevealed)}
            className="-translate-y-1/2 absolute top-1/2 right-1"
          />
        )}
      </div>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-n10 text-xs">
          {hint}
        </p>
      )}
      {hasError && (
        <p id={`${id}-error`} className="text-crit text-xs">
          {error}
        </p>
      )}
    </div>
  )
}
