import type { ComponentProps, ReactNode } from 'react'
import { classNames } from '../lib/class-names.ts'
import { Spinner } from './spinner.tsx'
import { WithReason } from './with-reason.tsx'

export type ButtonTone = 'primary' | 'neutral' | 'quiet' | 'danger'
export type ButtonSize = 'sm' | 'md' | 'lg'

const tones: Record<ButtonTone, string> = {
  primary: 'bg-accent text-accent-ink hover:bg-accent-strong font-semibold',
  neutral: 'bg-n3 text-n12 border border-n6 hover:bg-n4 hover:border-n7',
  quiet: 'text-n11 hover:bg-n3 hover:text-n12',
  danger: 'bg-crit-solid text-[white] hover:brightness-110 font-semibold',
}
const sizes: Record<ButtonSize, string> = {
  sm: 'h-7 px-2 text-xs gap-1.5 max-sm:h-9',
  md: 'h-8 px-3 text-sm gap-2 max-sm:h-10',
  lg: 'h-10 px-4 text-base gap-2',
}
const shape =
  'inline-flex shrink-0 select-none items-center justify-center rounded-md font-medium whitespace-nowrap transition-colors duration-100'

export function buttonClass(tone: ButtonTone = 'neutral', size: ButtonSize = 'md'): string {
  return classNames(shape, tones[tone], sizes[size])
}

type Props = Omit<ComponentProps<'button'>, 'disabled'> & {
  tone?: ButtonTone
  size?: ButtonSize
  icon?: ReactNode
  /** Shows that the answer is awaited; presses are ignored meanwhile. */
  isBusy?: boolean
  /** A sentence: the button keeps its place, does nothing, and says why. */
  disabledReason?: string | null | undefined
}

export function Button({
  tone = 'neutral',
  size = 'md',
  icon,
  isBusy = false,
  disabledReason,
  className,
  children,
  onClick,
  type = 'button',
  ...rest
}: Props) {
  const isOff = isBusy || (disabledReason !== null && disabledReason !== undefined)
  const button = (
    <button
      {...rest}
      type={type}
      aria-disabled={isOff || undefined}
      aria-busy={isBusy || undefined}
      onClick={isOff ? (event) => event.preventDefault() : onClick}
      className={classNames(
        buttonClass(tone, size),
        isOff && !isBusy && 'cursor-not-allowed! opacity-45',
        className,
      )}
    >
      {isBusy ? <Spinner /> : icon}
      {children}
    </button>
  )
  return <WithReason reason={disabledReason}>{button}</WithReason>
}
