import { commonText } from '../lib/text/common.ts'
import { Skeleton } from './skeleton.tsx'

const four = [0, 1, 2, 3]

/** The page of one thing on its way: its head, four charts, a list. */
export function PageSkeleton() {
  return (
    <div role="status" aria-label={commonText.loading}>
      <div className="px-4 pt-5 pb-4">
        <Skeleton className="mb-2 h-3 w-16" />
        <Skeleton className="mb-2 h-6 w-44" />
        <Skeleton className="h-3 w-80 max-w-full" />
      </div>
      <div className="grid gap-x-8 gap-y-5 border-t px-4 pt-4 pb-4 lg:grid-cols-2">
        {four.map((chart) => (
          <div key={chart} className="flex flex-col gap-2">
            <Skeleton className="h-4 w-20" />
            <Skeleton className="h-37 w-full" />
            <Skeleton className="h-4 w-full" />
          </div>
        ))}
      </div>
      {four.map((row) => (
        <div key={row} className="flex h-8.5 items-center border-t px-4">
          <Skeleton className="h-3 w-full" />
        </div>
      ))}
    </div>
  )
}
