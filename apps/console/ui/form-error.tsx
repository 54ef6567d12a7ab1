import { CircleAlert } from 'lucide-react'

/** Why a form was refused as a whole, at its head. What belongs to one field stands at that field. */
export function FormError({ message }: { message: string }) {
  return (
    <div role="alert" className="flex gap-2 rounded-sm bg-crit-wash px-3 py-2 text-n12 text-sm">
      <CircleAlert size={16} className="mt-0.5 shrink-0 text-crit" aria-hidden="true" />
      <p>{message}</p>
    </div>
  )
}
