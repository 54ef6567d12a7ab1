import type { Quantity } from '../lib/format.ts'

/** A number and its unit, small and grey. `isPredicted` puts "~" before it and sets it in italics. */
export function QuantityText({
  quantity,
  isPredicted = false,
}: {
  quantity: Quantity
  isPredicted?: boolean
}) {
  return (
    <span className={isPredicted ? 'predicted whitespace-nowrap' : 'whitespace-nowrap'}>
      {isPredicted && quantity.unit !== '' && '~'}
      {quantity.value}
      {quantity.unit !== '' && <span className="unit">{quantity.unit}</span>}
    </span>
  )
}
