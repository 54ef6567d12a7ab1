import type { Refusal } from '@drover/api-schema/errors.ts'
import { CircleAlert } from 'lucide-react'

/** Why a form was refused, at its head. */
export function FormError({ refusal }: { refusal: Refusal }) {
  return (
    <div role="alert" className="flex gap-2 rounded-sm bg-crit-wash px-3 py-2 text-n12 text-sm">
      <CircleAlert size={16} className="mt-0.5 shrink-0 text-crit" aria-hidden="true" />
      <p>{refusal.message}</p>
    </div>
  )
}
