/** A migration in doubt: what is known, what is asked, and the two things a person may order. */
export const inDoubtText = {
  title: 'In doubt',
  knownPaused: (domain: string, source: string, age: string) =>
    `${source} has handed ${domain} over and has kept its own copy paused for ${age}.`,
  knownSilent: (destination: string) =>
    `${destination} has not said whether it runs its copy. It may run it.`,
  asked: (destination: string) =>
    `The console asks ${destination} again as soon as it is connected, and then ends the migration by itself.`,
  first: (destination: string) =>
    `Bringing ${destination} or its network back is always safe. Decide by hand only after looking at ${destination} itself.`,
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
