import type { Condition } from '../../../src-shared/contract/types.ts'
import type { CardReading } from '../../../src-shared/readers/card-reading.ts'
import { nameOnCard } from '../../../src-shared/readers/card-values.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { findPerson } from '../../client/find-person.ts'

/** How a card asks a register: by the number itself, or by the person that records of it name. */
type CardQuestion = { readonly by: 'number' | 'person'; readonly field: string }

function questionOf(register: RegisterName): CardQuestion | undefined {
  switch (register) {
    case 'resident':
    case 'minor':
      return { by: 'number', field: 'documentNumber' }
    case 'coordinator':
      return { by: 'number', field: 'citizenIdNumber' }
    case 'residencePermit':
    case 'serviceRequest':
      return { by: 'person', field: 'applicantId' }
    case 'lease':
      return { by: 'person', field: 'lesseeIds' }
    case 'dwelling':
    case 'employer':
    case 'school':
    case 'estate':
    case 'inspection':
      return undefined
  }
}

/** Whether a card can be asked about in a register. */
export function takesCards(register: RegisterName): boolean {
  return questionOf(register) !== undefined
}

/** The condition that a card makes; a sentence where its owner is not registered. */
export async function conditionOfCard(
  register: RegisterName,
  reading: CardReading,
): Promise<Condition | string> {
  const question = questionOf(register)
  if (!question) throw new Error(`${register} is not asked by a card`)
  if (question.by === 'number')
    return { field: question.field, operator: 'equals', value: reading.documentNumber }
  const found = await findPerson('resident', reading)
  if (!found) return `「${nameOnCard(reading)}」没有登记为流动人员,查不到与其有关的记录。`
  return { field: question.field, operator: 'equals', value: found.id }
}
