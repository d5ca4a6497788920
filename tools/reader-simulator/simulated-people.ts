import {
  formatCitizenIdNumber,
  inventForeignName,
  inventIdentity,
  inventName,
} from '../../src-shared/demo/people.ts'
import { randomOf } from '../../src-shared/demo/random.ts'
import type { CardFields, CardKind } from '../../src-shared/readers/card-reading.ts'
import { addMonths, longTerm } from '../../src-shared/values/calendar-date.ts'

/** How many people can be put on the reader. */
export const PEOPLE_COUNT = 200

/** One in ten has another card than a citizen's; the numbers 6, 7 and 8 of each ten are 港澳台, old and new foreigners' cards. */
function kindOf(index: number): CardKind {
  switch (index % 10) {
    case 5:
      return 'hongKongMacaoTaiwan'
    case 6:
      return 'foreigner2017'
    case 7:
      return 'foreigner2023'
    default:
      return 'residentIdentity'
  }
}

const blank = {
  englishName: '',
  ethnicGroupCode: '',
  address: '',
  newestAddress: '',
  citizenshipCode: '',
  passNumber: '',
  issueCount: '',
  renewalCount: '',
}

/** The invented person with a number from 0: always the same one. Numbers are valid and belong to nobody. */
export function getPerson(index: number): CardFields {
  const random = randomOf(2_026, index)
  const sexCode = random.chance(0.5) ? '1' : '2'
  const { name, ethnicGroupCode } = inventName(random, sexCode)
  // Far from the orders that the demo district uses, so that a first card is not registered already.
  const { citizenIdNumber, birthDate, place } = inventIdentity(70_000_000 + index, sexCode)
  const validFromDate = `20${15 + random.below(10)}-0${1 + random.below(9)}-1${random.below(9)}`
  const period = {
    validFromDate,
    validToDate: random.chance(0.1) ? longTerm : addMonths(validFromDate, 12 * random.pick([10, 20])),
  }
  const sequence = sexCode === '1' ? 11 + (index % 40) * 2 : 12 + (index % 40) * 2
  const common = { ...blank, ...period, name, sexCode, birthDate }
  const kind = kindOf(index)
  switch (kind) {
    case 'residentIdentity':
      return {
        ...common,
        kind,
        documentTypeCode: '01',
        documentNumber: citizenIdNumber,
        ethnicGroupCode,
        address: `${place}测试路${1 + random.below(300)}号`,
        newestAddress: random.chance(0.1) ? `${place}新测试街${1 + random.below(90)}号` : '',
        issuer: `${place.slice(0, 10)}公安局`,
      }
    case 'hongKongMacaoTaiwan': {
      const region = random.pick(['810000', '820000', '830000'])
      return {
        ...common,
        kind,
        documentTypeCode: region === '830000' ? '12' : '11',
        documentNumber: formatCitizenIdNumber(region, birthDate, sequence),
        address: `${place}测试路${1 + random.below(300)}号`,
        issuer: `${place.slice(0, 10)}公安局`,
        passNumber: `H0${String(1_000_000 + index)}`,
        issueCount: '01',
      }
    }
    case 'foreigner2023':
      return {
        ...common,
        kind,
        documentTypeCode: '13',
        documentNumber: formatCitizenIdNumber('911124', birthDate, sequence),
        name: random.chance(0.5) ? name : '',
        englishName: inventForeignName(random),
        issuer: '国家移民管理局',
        citizenshipCode: 'CAN',
        renewalCount: `0${random.below(4)}`,
      }
    case 'foreigner2017':
      return {
        ...common,
        kind,
        documentTypeCode: '13',
        documentNumber: `CAN1101${birthDate.replaceAll('-', '').slice(2)}${String(10 + (index % 90))}`,
        name: random.chance(0.5) ? name : '',
        englishName: inventForeignName(random),
        issuer: '1100',
        citizenshipCode: 'CAN',
      }
  }
}

/** The people whose name or number contains a text; all for an empty one. */
export function listPeople(text = ''): readonly { readonly index: number; readonly person: CardFields }[] {
  const wanted = text.toUpperCase()
  return Array.from({ length: PEOPLE_COUNT }, (_, index) => ({ index, person: getPerson(index) })).filter(
    ({ person }) =>
      [person.name, person.englishName, person.documentNumber].some((each) => each.includes(wanted)),
  )
}

/** A person by number from 0, or the first whose name or number contains the text. */
export function findPerson(choice: string): CardFields | undefined {
  if (/^\d{1,4}$/.test(choice)) {
    return Number(choice) < PEOPLE_COUNT ? getPerson(Number(choice)) : undefined
  }
  return choice === '' ? undefined : listPeople(choice)[0]?.person
}
