'use client'
import { PageError } from '../features/shell/page-error.tsx'

export default function RootError({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <PageError {...(error.digest === undefined ? {} : { digest: error.digest })} onRetry={reset} />
  )
}
