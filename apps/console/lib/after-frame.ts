/**
 * Runs once the next frame is drawn, when layout is settled: looking at places then costs nothing, and work begun then
 * does not delay that frame. The returned function takes it back.
 */
export function afterFrame(run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(run, 0)
  })
  return () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
  }
}
