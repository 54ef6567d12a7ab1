import type { Page } from '@playwright/test'

/** How far a carried card got; a drag that did not happen makes the run void. */
export type Carried = {
  readonly moves: number
  readonly isCarried: boolean
  readonly scrolledPx: number
  readonly hostsPassed: number
}

/**
 * Picks a card up with the mouse and carries it round the board for some seconds: across, and down to the lower edge and up
 * to the upper one, where the board scrolls by itself. It is put back with Escape, so that nothing moves.
 */
export async function carryCard(page: Page, seconds: number): Promise<Carried> {
  const box = await cardInView(page)
  await page.evaluate(installWatch)
  let x = box.x + box.width / 3
  let y = box.y + box.height / 2
  await page.mouse.move(x, y)
  await page.mouse.down()
  const { width, height } = page.viewportSize() ?? { width: 1600, height: 1000 }
  const startedAt = performance.now()
  let moves = 0
  let isCarried = false
  for (;;) {
    const elapsed = (performance.now() - startedAt) / 1000
    if (elapsed > seconds) break
    const to = pathAt(elapsed, width, height)
    x += Math.max(-40, Math.min(40, to.x - x))
    y += Math.max(-40, Math.min(40, to.y - y))
    await page.mouse.move(x, y)
    moves += 1
    if (moves === 40) isCarried = (await page.locator('[data-dnd-overlay]:visible').count()) > 0
    await new Promise((resolve) => setTimeout(resolve, 8))
  }
  const seen = await page.evaluate(() => {
    // Put there by `installWatch`.
    const { scrolledPx, hosts } = (window as unknown as { benchCarry: Watch }).benchCarry
    return { scrolledPx, hostsPassed: hosts.size }
  })
  await page.keyboard.press('Escape')
  await page.mouse.up()
  return { moves, isCarried, ...seen }
}

/** Some card that is on the screen whole; the board may be scrolled from an earlier carry. */
async function cardInView(page: Page): Promise<Box> {
  const { height } = page.viewportSize() ?? { height: 1000 }
  const boxes = await page
    .locator('[data-domain] button[aria-roledescription]')
    .evaluateAll((handles) =>
      handles.map((handle) => {
        const { x, y, width, height } = handle.getBoundingClientRect()
        return { x, y, width, height }
      }),
    )
  const box = boxes.find(({ y }) => y > 0.25 * height && y < 0.75 * height)
  if (box === undefined) throw new Error('There is no domain on the board.')
  return box
}

/** Eight seconds a round: two across the middle, three at the lower edge, three at the upper one. */
function pathAt(elapsed: number, width: number, height: number): { x: number; y: number } {
  const inRound = elapsed % 8
  const x = width * (0.5 + 0.35 * Math.sin(elapsed * 1.7))
  if (inRound < 2) return { x, y: height * (0.5 + 0.2 * Math.sin(elapsed * 3)) }
  return { x, y: inRound < 5 ? height - 30 : 150 }
}

type Box = { x: number; y: number; width: number; height: number }
type Watch = { scrolledPx: number; hosts: Set<string> }

/** Runs in the page: how far anything was scrolled and which hosts came by. */
function installWatch(): void {
  const watch: Watch = { scrolledPx: 0, hosts: new Set() }
  let last: number | null = null
  // Four times a second and not at each scroll event: reading a place in the middle of a frame forces a layout.
  setInterval(() => {
    const grid = document.querySelector('[data-card]')
    if (grid === null) return
    const { top } = grid.getBoundingClientRect()
    watch.scrolledPx += Math.abs(top - (last ?? top))
    last = top
    for (const host of grid.querySelectorAll('[data-host]')) {
      watch.hosts.add(host.getAttribute('data-host') ?? '')
    }
  }, 250)
  Object.assign(window, { benchCarry: watch })
}
