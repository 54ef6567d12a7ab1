import type { ReactNode } from 'react'
import { commonText } from '../../lib/text/common.ts'
import { sessionText } from '../../lib/text/session.ts'
import { Logo } from '../../ui/logo.tsx'

/** The page of one who is not signed in: the mark, what this is, one form. */
export function SessionFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-90">
        <div className="mb-6 flex items-center gap-2.5 text-n12">
          <Logo size={26} />
          <div>
            <p className="font-semibold text-lg leading-5 tracking-tight">
              {commonText.productName}
            </p>
            <p className="text-n10 text-xs">{sessionText.productLine}</p>
          </div>
        </div>
        <section className="rounded-md border bg-n2 p-5">
          <h1 className="mb-4 text-lg">{title}</h1>
          {children}
        </section>
      </div>
    </main>
  )
}
