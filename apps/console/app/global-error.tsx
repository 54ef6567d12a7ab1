'use client'
import './globals.css'
import { PageError } from '../features/shell/page-error.tsx'

export default function GlobalError({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <html lang="en">
      <body>
        <PageError
          {...(error.digest === undefined ? {} : { digest: error.digest })}
          onRetry={reset}
        />
      </body>
    </html>
  )
}
