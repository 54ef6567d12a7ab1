/** What can be asked of a copy that runs. */
export const steeringText = {
  title: 'While it copies',
  bandwidth: 'Bandwidth',
  unlimited: 'as much as the hosts allow',
  limit: (rate: string) => `at most ${rate}`,
  pauseNow: 'Pause and finish…',
  pauseTitle: (domain: string) => `Pause ${domain} after this round and finish?`,
  pauseBody: (domain: string, left: string) =>
    `${domain} stops while what it has written since is sent: ${left} are to be sent in this round, and what it writes meanwhile comes on top. Until it runs on the other host it answers nobody.`,
  pauseConfirm: 'Pause and finish',
  moveNow: 'Move now, memory after…',
  moveTitle: (domain: string, destination: string) => `Run ${domain} on ${destination} now?`,
  moveBody: (domain: string, destination: string) =>
    `${domain} pauses for a moment and continues on ${destination}, however much of its memory is not there yet; that follows, what it needs first. It is slow until it has all of it, and there is no way back.`,
  moveConfirm: 'Move it now',
  moving: (by: string) => `${by} has asked to move it before its memory.`,
  keepCopying: 'Keep copying',
  pausing: (by: string) => `${by} has asked to pause after this round and finish.`,
  limited: (by: string, rate: string) => `${by} has limited it to ${rate}.`,
} as const
