'use client'
import { boardKeys, generalKeys, shellText } from '../../lib/text/shell.ts'
import { Dialog } from '../../ui/dialog.tsx'

type Props = { isOpen: boolean; onOpenChange: (isOpen: boolean) => void }

export function KeysDialog({ isOpen, onOpenChange }: Props) {
  return (
    <Dialog isOpen={isOpen} onOpenChange={onOpenChange} title={shellText.keysTitle} size="md">
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        <KeyList title={shellText.keysGeneral} keys={generalKeys} />
        <KeyList title={shellText.keysBoard} keys={boardKeys} />
      </div>
    </Dialog>
  )
}

function KeyList({ title, keys }: { title: string; keys: typeof generalKeys }) {
  return (
    <section>
      <h3 className="caption mb-1.5">{title}</h3>
      <dl className="divide-y">
        {keys.map(([combination, what]) => (
          <div key={what} className="flex items-center gap-3 py-1.5 text-sm">
            <dt className="order-2 ml-auto flex shrink-0 gap-1">
              {combination.map((key) => (
                <kbd
                  key={key}
                  className="rounded-xs border border-n6 bg-n3 px-1.5 font-mono text-2xs text-n12"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className="order-1 text-n11">{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
