import { MapPinOff } from 'lucide-react'
import Link from 'next/link'
import { paths } from '../../lib/paths.ts'
import { shellText } from '../../lib/text/shell.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Message } from '../../ui/message.tsx'

export function NotFound() {
  return (
    <main>
      <Message
        icon={<MapPinOff size={28} strokeWidth={1.5} />}
        title={shellText.notFoundTitle}
        body={shellText.notFoundBody}
        action={
          <Link href={paths.board()} className={buttonClass()}>
            {shellText.toBoard}
          </Link>
        }
      />
    </main>
  )
}
