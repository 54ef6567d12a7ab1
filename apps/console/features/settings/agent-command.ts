/**
 * The line to run on a host, from the root of a checkout. The secret is in the environment and not among the
 * arguments, where every user of the machine could read it.
 */
export function agentCommand(consoleOrigin: string, secret: string): string {
  const address = consoleOrigin.replace(/^http/, 'ws')
  return `DROVER_TOKEN=${secret} node apps/agent/dist/main.mjs --console ${address} --name "$(hostname -s)"`
}
