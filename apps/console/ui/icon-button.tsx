import type { ComponentProps, ReactNode } from 'react'
import { classNames } from '../lib/class-names.ts'
import { Tooltip } from './tooltip.tsx'

type Props = Omit<ComponentProps<'button'>, 'disabled' | 'aria-label' | 'children'> & {
  /** The accessible name, shown as tooltip too. */
  label: string
  icon: ReactNode
  size?: 'xs' | 'sm' | 'md'
  shortcut?: string
  disabledReason?: string | null | undefined
  hasTooltip?: boolean
}

const sizes = { xs: 'size-6', sm: 'size-7 max-sm:size-9', md: 'size-8 max-sm:size-10' } as const

export function IconButton({
  label,
  icon,
  size = 'md',
  shortcut,
  disabledReason,
  hasTooltip = true,
  className,
  onClick,
  type = 'button',
  ...rest
}: Props) {
  const isOff = disabledReason !== null && disabledReason !== undefined
  const button = (
    <button
      {...rest}
      type={type}
      aria-label={label}
      aria-disabled={isOff || undefined}
      onClick={isOff ? (event) => event.preventDefault() : onClick}
      className={classNames(
        'inline-flex shrink-0 items-center justify-center rounded-md text-n10 transition-colors duration-100 hover:bg-n4 hover:text-n12 data-[state=open]:bg-n4 data-[state=open]:text-n12',
        sizes[size],
        isOff && 'cursor-not-allowed! opacity-45',
        className,
      )}
    >
      {icon}
    </button>
  )
  if (!hasTooltip) return button
  return (
    <Tooltip text={disabledReason ?? label} {...(shortcut === undefined ? {} : { shortcut })}>
      {button}
    </Tooltip>
  )
}
