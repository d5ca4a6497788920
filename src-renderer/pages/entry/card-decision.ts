import { isEmptyValue, type FieldValue } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import { mayReplace, type Provenance } from '../../../src-shared/values/provenance.ts'
import { compactCode } from '../../../src-shared/values/text.ts'

/** What is decided about a card that was put on while a form is open. Pure: who asks knows the form and acts. */

/** The person a form is about, as far as it says. */
export type FormPerson = {
  /** New records one after another: 保存并新增 goes on with the next card. */
  readonly goesOn: boolean
  /** What stands in the box of the number. */
  readonly number: string
  /** The number was read from a card, and not typed. */
  readonly isNumberFromCard: boolean
  /** Nobody is in the middle of typing it. */
  readonly isNumberWhole: boolean
  readonly name: string
  /** Number of the card that was taken into the form, or empty. */
  readonly cardInForm: string
  /** Numbers of the cards that wait. */
  readonly queued: readonly string[]
  /** The form is being opened or saved: nothing is put into it now. */
  readonly isBusy: boolean
}

export type CardOnForm = { readonly number: string; readonly name: string }

/**
 * `take`: the card fills the form, and what differs stands beside it. `queue`: it is of another person and waits for the next
 * form. `again`: it waits already. `later`: the form is asked anew when it is there. `refuse`: another person's, and this form
 * has no next one.
 */
export type CardDecision = 'take' | 'queue' | 'again' | 'later' | 'refuse'

export function decideCard(form: FormPerson, card: CardOnForm): CardDecision {
  if (form.queued.includes(card.number)) return 'again'
  if (form.isBusy) return 'later'
  if (!isAnotherPerson(form, card)) return 'take'
  return form.goesOn ? 'queue' : 'refuse'
}

/**
 * Whether the form is about somebody else. A typed number that differs while the name agrees (or is not there yet) is a slip of
 * the pen, an old number of 15 digits, or a previous one: both stand side by side then.
 */
function isAnotherPerson(form: FormPerson, card: CardOnForm): boolean {
  const number = compactCode(form.number)
  if (number === '' || number === card.number || form.cardInForm === card.number) return false
  if (form.isNumberFromCard) return true
  const isNameDifferent = form.name.trim() !== '' && form.name.trim() !== card.name
  return form.isNumberWhole && isNameDifferent
}

/** One field of the form at the moment the card's value comes. */
export type FieldOnForm = {
  readonly text: string
  readonly value: FieldValue
  readonly provenance: Provenance | null
  readonly applies: boolean
  /** Characters that are not finished: an input method composes them, or they look for an entry of a list. */
  readonly isBeingTyped: boolean
}

/**
 * `fill`: the card's value goes in. `confirm`: it stands there already, brought along by the program: from now on it is the card's.
 * `same`: the clerk has typed it. `differ`: both stand side by side. `later`: the clerk is typing there. `none`: the field has no
 * meaning for this record.
 */
export type FieldDecision = 'fill' | 'confirm' | 'same' | 'differ' | 'later' | 'none'

export function decideField(field: FieldOnForm, card: FieldValue): FieldDecision {
  if (!field.applies || isEmptyValue(card)) return 'none'
  if (field.isBeingTyped) return 'later'
  const mayFill = mayReplace(field.provenance, 'card')
  if (areEqualValues(field.value, card)) return mayFill ? 'confirm' : 'same'
  if (field.text.trim() === '' && isEmptyValue(field.value)) return 'fill'
  return mayFill ? 'fill' : 'differ'
}

/**
 * What is done where the number is registered already: the record is opened instead, unless the clerk's own work stands in the form
 * or the card came out of the queue while he goes on typing. Then the form stays and says so.
 */
export function decideRegistered(form: {
  readonly isNew: boolean
  readonly holdsTypedWork: boolean
  readonly cameFromQueue: boolean
}): 'openExisting' | 'say' {
  return form.isNew && !form.holdsTypedWork && !form.cameFromQueue ? 'openExisting' : 'say'
}
