/**
 * What running a domain before its memory is there puts at stake, for everybody who can choose it: the last resort of a profile,
 * a copy that is switched over by hand, the phase itself.
 */
export const postCopyRisk =
  'Until all of its memory has followed, the domain needs both hosts: if either of them loses its power, the domain is lost and has to be started again from its disks. If only the network between them breaks, it stands still until that is back.'
