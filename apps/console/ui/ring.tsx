import { classNames } from '../lib/class-names.ts'

type Props = {
  /** The accessible name with the value in words: "web-7 is 31 % copied". */
  label: string
  /** 0 to 1; null is unknown and draws a turning arc. */
  ratio: number | null
  size?: number
  className?: string
}

/** How far something is, as a ring. */
export function Ring({ label, ratio, size = 16, className }: Props) {
  const stroke = size < 24 ? 2.5 : 3
  const radius = (size - stroke) / 2
  const length = 2 * Math.PI * radius
  const shown = ratio === null ? 0.25 : Math.min(1, Math.max(0, ratio))
  return (
    <svg
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(ratio === null ? {} : { 'aria-valuenow': Math.round(shown * 100) })}
      width={size}
      height={size}
      viewBox={`0 0 ${size} ${size}`}
      className={classNames(
        'shrink-0 text-accent',
        ratio === null ? 'animate-turn' : '-rotate-90',
        className,
      )}
    >
      <circle
        cx={size / 2}
        cy={size / 2}
        r={radius}
        fill="none"
        stroke="currentColor"
        strokeOpacity={0.22}
        strokeWidth={stroke}
      />
      <circle
        cx={size / 2}
        cy={size / 2}
        r={radius}
        fill="none"
        stroke="currentColor"
        strokeWidth={stroke}
        strokeDasharray={`${(shown * length).toFixed(2)} ${length.toFixed(2)}`}
      />
    </svg>
  )
}
