import { cleanup } from '@testing-library/react'
import { afterEach, beforeEach, type Mock, vi } from 'vitest'

/** In each test of the calling file `fetch` is this, with no answer until the test gives it one; what was rendered goes away first. */
export function stubFetch(): Mock<typeof fetch> {
  const fetched = vi.fn<typeof fetch>()
  beforeEach(() => {
    fetched.mockReset()
    vi.stubGlobal('fetch', fetched)
  })
  afterEach(() => {
    cleanup()
    vi.unstubAllGlobals()
  })
  return fetched
}
