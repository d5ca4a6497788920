import type { FieldValue } from '../fields/field.ts'
import type { RegisterName } from '../registers/register.ts'
import { ADULT_AGE } from '../registers/resident-rules.ts'
import { countFullYears } from '../values/calendar-date.ts'
import { maskPersonal } from '../fields/display.ts'
import { cardKindLabels, type CardFields } from './card-reading.ts'

/** The name to register: the Chinese one, else the one in Latin letters. */
export function nameOnCard(card: Pick<CardFields, 'name' | 'englishName'>): string {
  return card.name === '' ? card.englishName : card.name
}

/**
 * What a card says about the fields of a register, by field. Empty for a register that is not about people; a field that
 * the card leaves blank is not named.
 */
export function listCardValues(
  register: RegisterName,
  card: CardFields,
): Readonly<Record<string, FieldValue>> {
  return Object.fromEntries(Object.entries(valuesOf(register, card)).filter(([, value]) => value !== ''))
}

function valuesOf(register: RegisterName, card: CardFields): Readonly<Record<string, FieldValue>> {
  switch (register) {
    case 'resident':
      return {
        documentTypeCode: card.documentTypeCode,
        documentNumber: card.documentNumber,
        name: nameOnCard(card),
        sexCode: card.sexCode,
        ethnicGroupCode: card.ethnicGroupCode,
        birthDate: card.birthDate,
        householdAddress: card.newestAddress === '' ? card.address : card.newestAddress,
        documentValidFromDate: card.validFromDate,
        documentValidToDate: card.validToDate,
      }
    case 'coordinator':
      return {
        citizenIdNumber: card.kind === 'residentIdentity' ? card.documentNumber : '',
        name: nameOnCard(card),
        sexCode: card.sexCode,
      }
    case 'minor':
      return {
        name: nameOnCard(card),
        sexCode: card.sexCode,
        birthDate: card.birthDate,
        documentTypeCode: card.documentTypeCode,
        documentNumber: card.documentNumber,
      }
    // Other people in them are named by reference, or are no people.
    case 'dwelling':
    case 'employer':
    case 'school':
    case 'estate':
    case 'lease':
    case 'inspection':
    case 'residencePermit':
    case 'serviceRequest':
      return {}
  }
}

/** The form that a card's owner is registered with. */
export function registerOfCard(card: CardFields, today: string): 'resident' | 'minor' {
  return card.birthDate !== '' && countFullYears(card.birthDate, today) < ADULT_AGE ? 'minor' : 'resident'
}

/** One line about a card for a notice: kind, name, and the number masked. */
export function describeCard(card: CardFields): string {
  return `${cardKindLabels[card.kind]} ${nameOnCard(card)} ${maskPersonal(card.documentNumber)}`
}

/** The same for a log or a test's result: the name masked as well. */
export function describeCardMasked(card: CardFields): string {
  const [first = '', ...rest] = [...nameOnCard(card)]
  return `${cardKindLabels[card.kind]} ${first}${'*'.repeat(rest.length)} ${maskPersonal(card.documentNumber)}`
}
