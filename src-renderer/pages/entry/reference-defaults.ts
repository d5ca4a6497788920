import type { RegisterName } from '../../../src-shared/registers/register.ts'

/** Fields that a chosen record fills while they are empty, by the reference it is chosen in. */
const FILLED_BY: Partial<Readonly<Record<RegisterName, Readonly<Record<string, readonly string[]>>>>> = {
  // A minor lives with the guardian, and the same person collected the form.
  minor: { guardianId: ['dwellingId', 'collectorId'] },
  dwelling: { estateId: ['communityCode'] },
}

/** Fields of a form that the record chosen in `reference` fills from its own fields of the same name, while they are empty. */
export function fieldsFilledBy(register: RegisterName, reference: string): readonly string[] {
  return FILLED_BY[register]?.[reference] ?? []
}
