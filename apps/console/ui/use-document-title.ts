'use client'
import { useEffect } from 'react'
import { commonText } from '../lib/text/common.ts'

/**
 * Names the thing a page is about in the title of the document, so that tabs, bookmarks and the history tell pages of one
 * kind apart. The router writes the kind of page there, sometimes later than the page itself appears: then it is put
 * right again.
 */
export function useDocumentTitle(name: string | null): void {
  useEffect(() => {
    if (name === null) return
    const title = `${name} · ${commonText.productName}`
    const put = () => {
      if (document.title !== title) document.title = title
    }
    put()
    const watch = new MutationObserver(put)
    watch.observe(document.head, { childList: true, characterData: true, subtree: true })
    return () => watch.disconnect()
  }, [name])
}
