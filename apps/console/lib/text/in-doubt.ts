/** A migration in doubt: what is known, what is asked, and the two things a person may order. */
export const inDoubtText = {
  title: 'In doubt',
  banner: (domain: string, age: string) =>
    `${domain} has answered nobody for ${age}: it is paused until it is known which host has it.`,
  known: 'What is known',
  knownPaused: (domain: string, source: string, age: string) =>
    `${source} has handed ${domain} over and has kept its own copy paused for ${age}. Nothing in its memory is lost.`,
  knownSilent: (destination: string) =>
    `${destination} has not said whether it runs its copy. It may run it.`,
  heardAgo: (destination: string, age: string) =>
    `${destination} is not connected; it was last heard ${age} ago.`,
  isConnected: (destination: string) => `${destination} is connected and has not decided yet.`,
  isRemoved: (destination: string) => `${destination} was removed from this console.`,
  askedTitle: 'What is asked',
  asked: (destination: string) =>
    `The console asks ${destination} again as soon as it is connected, and then ends the migration by itself. Its word wins over everything that is decided here before.`,
  first: (destination: string) =>
    `Bringing ${destination} or its network back is always safe, and needs no decision.`,
  byHand: 'If it cannot be brought back',
  look: (destination: string) =>
    `Look at ${destination} itself, at its own console or its power supply. Then one of these two:`,
  resumeWhen: (domain: string, destination: string) =>
    `Right when ${destination} is switched off, or ${domain} does not run there.`,
  releaseWhen: (domain: string, destination: string) =>
    `Right when ${domain} runs on ${destination}.`,
  adminsOnly: 'Only administrators can decide it by hand.',
  resume: (source: string) => `Run it on ${source}…`,
  release: (source: string) => `Give up the copy on ${source}…`,
  resumeTitle: (domain: string, source: string) => `Run ${domain} on ${source} again?`,
  releaseTitle: (domain: string, source: string) =>
    `Destroy the paused copy of ${domain} on ${source}?`,
  resumeRisk: (domain: string, destination: string) =>
    `If ${destination} runs ${domain} too, two copies write to the same disks and destroy them. Make sure that ${destination} is switched off, or that ${domain} does not run there and never will.`,
  releaseRisk: (domain: string, destination: string) =>
    `If ${destination} does not run ${domain}, everything in its memory is lost and it has to be started from its disks. Make sure that ${domain} runs on ${destination}.`,
  audited: 'The decision and your name go into the audit log.',
  typeName: (domain: string) => `Type ${domain} to confirm`,
  resumeConfirm: (source: string) => `Run it on ${source}`,
  releaseConfirm: 'Destroy the paused copy',
  back: 'Decide nothing',
  ordered: (source: string) => `${source} carries it out as soon as it is connected.`,
} as const
