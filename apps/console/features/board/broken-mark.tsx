import { ShieldAlert, ShieldX } from 'lucide-react'
import { boardText } from '../../lib/text/board.ts'
import type { Broken } from './broken-rules.ts'

/** A rule does not hold here: by shape and colour whether it must or should, the sentences on hover. */
export function BrokenMark({ broken }: { broken: Broken | null }) {
  if (broken === null) return null
  const Icon = broken.isRequired ? ShieldX : ShieldAlert
  return (
    <span title={broken.sentences.join('\n')} className="shrink-0">
      <Icon
        size={13}
        role="img"
        aria-label={boardText.brokenMark(broken.sentences.length)}
        className={broken.isRequired ? 'text-crit' : 'text-warn'}
      />
    </span>
  )
}
