import type { BrowserContext, Page } from '@playwright/test'

/**
 * What is on screen and how old it is, seen from inside the page without a hook in the application: a listener on the live
 * socket reads which sample of which host has arrived; an observer sees the host's meters being written (the board sets
 * their `aria-valuenow` at every painting, changed or not); a message posted from the frame that follows marks its paint.
 */
export type Paint = {
  readonly hostId: string
  /** Epoch ms, the agent's stamp of the newest sample that had arrived. */
  readonly sampledAt: number
  readonly arrivedAt: number
  readonly paintedAt: number
}

export type Probe = {
  readonly paints: Paint[]
  /** Age of what each host shows, looked at every 50 ms. */
  readonly ages: number[]
  readonly firstPaintAt: number | null
}

/** Runs in the page before anything else; it must not reach outside itself. */
function installProbe(keepsAll: boolean): void {
  const paints: Paint[] = []
  const ages: number[] = []
  const arrived = new Map<string, { sampledAt: number; arrivedAt: number }>()
  const shown = new Map<string, number>()
  const hostOfSlot = new Map<number, string>()
  const now = () => performance.timeOrigin + performance.now()

  const readBinary = (buffer: ArrayBuffer) => {
    const view = new DataView(buffer)
    const arrivedAt = now()
    for (let at = 0; at + 4 <= view.byteLength; at += 4 + view.getUint16(at + 2, true)) {
      const hostId = hostOfSlot.get(view.getUint16(at, true))
      if (hostId !== undefined) {
        arrived.set(hostId, { sampledAt: view.getFloat64(at + 12, true), arrivedAt })
      }
    }
  }
  const readText = (text: string) => {
    if (!text.startsWith('{"type":"roster"')) return
    const { slot, hostId } = JSON.parse(text) as { slot: number; hostId: string }
    hostOfSlot.set(slot, hostId)
  }
  const PageSocket = window.WebSocket
  window.WebSocket = class extends PageSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      this.addEventListener('message', ({ data }) => {
        if (data instanceof ArrayBuffer) readBinary(data)
        else readText(String(data))
      })
    }
  }

  let touched = new Set<string>()
  const painted = new MessageChannel()
  painted.port1.onmessage = () => {
    const paintedAt = now()
    for (const hostId of touched) {
      const sample = arrived.get(hostId)
      if (sample === undefined || shown.get(hostId) === sample.sampledAt) continue
      shown.set(hostId, sample.sampledAt)
      if (keepsAll) paints.push({ hostId, ...sample, paintedAt })
      probe.firstPaintAt ??= paintedAt
    }
    touched = new Set()
  }
  new MutationObserver((records) => {
    const isFirst = touched.size === 0
    for (const { target } of records) {
      const hostId = (target as Element).closest('[data-host]')?.getAttribute('data-host')
      if (hostId !== null && hostId !== undefined) touched.add(hostId)
    }
    // The board paints in an animation frame; this runs right after it and is over before the frame is drawn, so a message
    // posted from here comes when the drawing has been handed over.
    if (isFirst && touched.size > 0) painted.port2.postMessage(null)
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['aria-valuenow'] })
  setInterval(() => {
    if (!keepsAll) return
    const at = now()
    for (const sampledAt of shown.values()) ages.push(at - sampledAt)
  }, 50)
  const probe: { paints: Paint[]; ages: number[]; firstPaintAt: number | null } = {
    paints,
    ages,
    firstPaintAt: null,
  }
  Object.assign(window, { benchProbe: probe })
}

/** `keepsAll` false: only the first paint, for where the probe's own memory would be measured. */
export async function addProbe(context: BrowserContext, keepsAll: boolean): Promise<void> {
  await context.addInitScript(installProbe, keepsAll)
}

export function readProbe(page: Page): Promise<Probe> {
  // Put there by `installProbe`.
  return page.evaluate(() => (window as unknown as { benchProbe: Probe }).benchProbe)
}

/** What was seen so far is forgotten: the first seconds of a page are not its steady state. */
export function resetProbe(page: Page): Promise<void> {
  return page.evaluate(() => {
    const { paints, ages } = (window as unknown as { benchProbe: Probe }).benchProbe
    paints.length = 0
    ages.length = 0
  })
}

/** Until the board has painted a live sample; the moment of it, epoch ms. */
export async function firstSamplePainted(page: Page): Promise<number> {
  const handle = await page.waitForFunction(
    () => (window as unknown as { benchProbe?: Probe }).benchProbe?.firstPaintAt,
    undefined,
    { polling: 50, timeout: 60_000 },
  )
  const at = await handle.jsonValue()
  if (typeof at !== 'number') throw new Error('No moment of a paint.')
  return at
}
