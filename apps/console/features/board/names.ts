import type { Domain } from '@drover/api-schema/domain.ts'
import { boardText } from '../../lib/text/board.ts'

/** "web-7", or "3 domains". */
export function namesOf(domains: readonly Domain[]): string {
  const [only] = domains
  return domains.length === 1 && only !== undefined
    ? only.name
    : boardText.severalDomains(domains.length)
}
