import { classNames } from '../lib/class-names.ts'

/** A place where something will stand, in its final shape. Hidden from screen readers: the view says "Loading" once. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={classNames('animate-breathe block rounded-sm bg-n4', className)}
    />
  )
}
