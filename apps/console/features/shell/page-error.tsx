'use client'
import { CircleAlert } from 'lucide-react'
import { commonText } from '../../lib/text/common.ts'
import { shellText } from '../../lib/text/shell.ts'
import { Button } from '../../ui/button.tsx'
import { Message } from '../../ui/message.tsx'

export function PageError({ digest, onRetry }: { digest?: string; onRetry: () => void }) {
  return (
    <main>
      <Message
        role="alert"
        icon={<CircleAlert size={28} strokeWidth={1.5} className="text-crit" />}
        title={shellText.errorTitle}
        body={
          <>
            <p>{shellText.errorBody}</p>
            {digest !== undefined && (
              <p className="mt-2 font-mono text-xs">{shellText.digest(digest)}</p>
            )}
          </>
        }
        action={
          <Button tone="primary" onClick={onRetry}>
            {commonText.retry}
          </Button>
        }
      />
    </main>
  )
}
