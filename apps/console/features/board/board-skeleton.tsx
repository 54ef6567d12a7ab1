import { boardText } from '../../lib/text/board.ts'
import { Skeleton } from '../../ui/skeleton.tsx'

const cards = ['a', 'b', 'c', 'd', 'e', 'f']
const rows = ['w-24', 'w-32', 'w-20', 'w-28', 'w-26', 'w-16']

/** The board before the first picture: the same cards, empty. */
export function BoardSkeleton() {
  return (
    <div role="status" aria-label={boardText.loading} className="flex h-full flex-col">
      <div className="flex h-12 shrink-0 items-center gap-2 border-b px-4">
        <Skeleton className="h-8 w-60" />
        <Skeleton className="h-8 w-24" />
        <Skeleton className="h-8 w-24" />
        <Skeleton className="h-8 w-28 max-sm:hidden" />
      </div>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(452px,100%),1fr))] gap-3 overflow-hidden p-4 max-sm:p-2">
        {cards.map((card) => (
          <div key={card} className="rounded-md border bg-n2 px-3 pt-2.5 pb-3">
            <div className="mb-3 flex justify-between">
              <Skeleton className="h-4 w-20" />
              <Skeleton className="h-4 w-28" />
            </div>
            {['1', '2', '3'].map((meter) => (
              <Skeleton key={meter} className="mb-3 h-2 w-full" />
            ))}
            {rows.map((width) => (
              <div key={width} className="flex h-6.5 items-center justify-between">
                <Skeleton className={`h-3 ${width}`} />
                <Skeleton className="h-3 w-32" />
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  )
}
