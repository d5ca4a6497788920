import type { TodoKind } from './types.ts'

/** Kinds of what is due, in the order of the lists. */
export const TODO_KINDS = [
  'permitEnding',
  'permitInProcess',
  'leaseEnding',
  'hazard',
  'serviceRequest',
  'setAside',
  'conflict',
  'duplicate',
  'draft',
] as const satisfies readonly TodoKind[]
