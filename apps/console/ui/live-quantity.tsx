import type { Ref } from 'react'
import { classNames } from '../lib/class-names.ts'
import { type Quantity, unknownText } from '../lib/format.ts'

/** A number that is written by hand (`paintQuantity`) once a second, without a render. Begins as unknown. */
export function LiveQuantity({
  ref,
  className,
}: {
  ref: Ref<HTMLSpanElement>
  className?: string
}) {
  return (
    <span ref={ref} className={classNames('whitespace-nowrap', className)}>
      <span>{unknownText}</span>
      <span className="unit" />
    </span>
  )
}

export function paintQuantity(element: HTMLElement | null, quantity: Quantity): void {
  if (element === null) return
  paintText(element.children[0], quantity.value)
  paintText(element.children[1], quantity.unit)
}

/** Writes only what is different: the same text again would still cost layout. */
export function paintText(element: Element | null | undefined, text: string): void {
  if (element !== null && element !== undefined && element.textContent !== text)
    element.textContent = text
}
