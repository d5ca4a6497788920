import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { hasCitizenIdNumber } from '../../../src-shared/registers/resident-rules.ts'
import { parseCitizenIdNumber } from '../../../src-shared/values/citizen-id-number.ts'
import { compactCode } from '../../../src-shared/values/text.ts'

/** The field of a register that holds a citizen identity number for these values, or undefined. */
export function identityFieldOf(register: RegisterName, values: RecordValues): string | undefined {
  switch (register) {
    case 'resident':
    case 'minor':
      return hasCitizenIdNumber(values) ? 'documentNumber' : undefined
    case 'coordinator':
      return 'citizenIdNumber'
    case 'dwelling':
    case 'employer':
    case 'school':
    case 'estate':
    case 'residencePermit':
    case 'lease':
    case 'inspection':
    case 'serviceRequest':
      return undefined
  }
}

/** The field that is watched for records already registered under the same number or name. */
export function duplicateFieldOf(register: RegisterName): string | undefined {
  switch (register) {
    case 'resident':
    case 'minor':
      return 'documentNumber'
    case 'coordinator':
      return 'citizenIdNumber'
    case 'employer':
      return 'socialCreditCode'
    case 'dwelling':
      return 'roomNumber'
    case 'school':
    case 'estate':
      return 'name'
    case 'residencePermit':
    case 'lease':
    case 'inspection':
    case 'serviceRequest':
      return undefined
  }
}

/** What a complete identity number says about the person, by field of the register; empty for a wrong one. */
export function valuesFromNumber(
  register: RegisterName,
  typed: string,
): Readonly<Record<string, FieldValue>> {
  const parsed = parseCitizenIdNumber(typed)
  if (!parsed.ok) return {}
  const { sexCode, birthDate, divisionCode } = parsed.value
  switch (register) {
    case 'resident':
      return { sexCode, birthDate, householdDivisionCode: divisionCode }
    case 'minor':
      return { sexCode, birthDate }
    case 'coordinator':
      return { sexCode }
    case 'dwelling':
    case 'employer':
    case 'school':
    case 'estate':
    case 'residencePermit':
    case 'lease':
    case 'inspection':
    case 'serviceRequest':
      return {}
  }
}

/** Whether eighteen characters are there, so that the number can be judged before the field is left. */
export function isCompleteNumber(text: string): boolean {
  return compactCode(text).length === 18
}
