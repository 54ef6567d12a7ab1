import type { Metadata } from 'next'
import { Board } from '../../features/board/board.tsx'
import { shellText } from '../../lib/text/shell.ts'

export const metadata: Metadata = { title: shellText.board }

export default function BoardPage() {
  return <Board />
}
