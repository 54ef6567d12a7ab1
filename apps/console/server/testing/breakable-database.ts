import net, { type AddressInfo } from 'node:net'

/** A real PostgreSQL behind a line that a test can cut and mend. */
export type BreakableDatabase = {
  readonly url: string
  /** Ends every connection and refuses new ones. */
  cut(): void
  mend(): void
  stop(): Promise<void>
}

/** `url`: of a database on a Unix socket, as the test server gives it. */
export async function breakable(url: string): Promise<BreakableDatabase> {
  const direct = new URL(url)
  const socketFile = `${direct.searchParams.get('host')}/.s.PGSQL.${direct.port || '5432'}`
  const open = new Set<net.Socket>()
  let isCut = false
  const server = net.createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = net.connect(socketFile)
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  const through = new URL(`postgresql://${direct.username}@127.0.0.1:${port}${direct.pathname}`)
  return {
    url: through.href,
    cut() {
      isCut = true
      for (const socket of open) socket.destroy()
    },
    mend() {
      isCut = false
    },
    async stop() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
