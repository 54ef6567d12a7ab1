import { commonText } from '../lib/text/common.ts'
import { Skeleton } from './skeleton.tsx'

/** A table or list on its way: lines where the rows will stand. */
export function ListSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <div role="status" aria-label={commonText.loading} className="border-t">
      {Array.from({ length: rows }, (_, index) => index).map((row) => (
        <div key={row} className="flex h-8.5 items-center gap-6 border-b px-4 max-sm:h-15.5">
          <Skeleton className="h-3 w-28" />
          <Skeleton className="h-3 w-16 max-sm:hidden" />
          <Skeleton className="h-3 grow" />
          <Skeleton className="h-3 w-20 max-lg:hidden" />
        </div>
      ))}
    </div>
  )
}
