import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'

/** Something that is there when it is wanted: closed it is one line that says what is inside. */
export function Fold({
  title,
  aside,
  children,
}: {
  title: string
  /** What holds while it is closed. */
  aside?: ReactNode
  children: ReactNode
}) {
  return (
    <details className="group/fold rounded-md border border-n6">
      <summary className="flex min-h-8 cursor-pointer list-none items-center gap-2 rounded-md px-2.5 py-1 text-sm hover:bg-n3 max-sm:min-h-10 [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          size={14}
          className="shrink-0 text-n10 transition-transform duration-120 group-open/fold:rotate-90 motion-reduce:transition-none"
        />
        <span className="font-medium text-n11">{title}</span>
        <span className="min-w-0 grow truncate text-n10 text-xs">{aside}</span>
      </summary>
      <div className="border-t px-3 pt-2.5 pb-3">{children}</div>
    </details>
  )
}
