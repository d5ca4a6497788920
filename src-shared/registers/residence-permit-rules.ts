import type { Rule } from './register.ts'

/** The rules across a permit's own fields; those of the region need the applicant and stand in src-shared/regions. */
export const residencePermitRules: readonly Rule[] = []
