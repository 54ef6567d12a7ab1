/** Words of the settings of migrations, and of a host's own limit. */
export const migrationSettingsText = {
  title: 'Migrations',
  intro:
    'How many migrations run at once, and what holds within a pool when nothing else is asked for. What is over a limit waits; lowering one stops nothing that runs.',
  readOnly: 'Only administrators change these. Ask one of them.',
  limits: 'At once',
  total: 'In all',
  perPool: 'In a pool',
  outgoing: 'Leaving a host',
  incoming: 'Arriving at a host',
  unit: 'migrations',
  totalHint: 'Over all pools.',
  perPoolHint: 'In any pool that has no number of its own below.',
  outgoingHint: 'Two copies through one network card take twice as long each.',
  incomingHint: 'Counted beside those that leave it.',
  pool: (name: string) => `Pool ${name}`,
  noPools: 'A pool appears here with its first host.',
  maxAtOnce: 'At once in this pool',
  maxAtOnceHint: (perPool: number) => `Empty: ${perPool}, as in any pool.`,
  unsaved: 'Not saved yet.',
  changedMeanwhile: (by: string) =>
    `${by} has changed this meanwhile. Undo shows it; saving replaces it.`,
  undo: 'Undo',
  undoLabel: (what: string) => `Undo the changes: ${what}`,
  save: 'Save',
  saveLabel: (what: string) => `Save: ${what}`,
  fixFirst: 'Mend what is marked first.',
  saved: (what: string) => `${what}: saved`,
  lastChange: (by: string, age: string) => `Changed by ${by}, ${age} ago.`,
  neverChanged: 'As delivered; nobody has changed it.',
} as const

export const hostLimitText = {
  button: (limit: string) => `Migration limit: ${limit}`,
  none: 'none',
  title: (host: string) => `Limit what migrations may send from and to ${host}`,
  label: 'Limit each way',
  hint: (nic: string) =>
    `Empty: as much as the network card carries, ${nic}. A running copy follows within seconds.`,
  overNic: (nic: string) => `The network card carries no more than ${nic}.`,
  save: 'Set the limit',
  cancel: 'Cancel',
  set: (host: string, limit: string) => `Migrations from and to ${host} send at most ${limit}`,
  lifted: (host: string) => `Migrations from and to ${host} have no limit`,
  needsOperator: 'Operators and administrators set the limit.',
  fact: 'Migrations',
  atMost: (limit: string) => `at most ${limit} each way`,
} as const
