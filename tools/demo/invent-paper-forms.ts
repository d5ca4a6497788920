import { getDemoRecordId } from '../../src-shared/demo/demo-id.ts'
import { demoDivisionCode, getDemoStreetName, standardDemoSize } from '../../src-shared/demo/district.ts'
import { countDemoRecords, getDemoRecord, standardDemoSeed } from '../../src-shared/demo/generate-demo.ts'
import { demoOrigins } from '../../src-shared/demo/origins.ts'
import { formatCitizenIdNumber, inventIdentity, inventName } from '../../src-shared/demo/people.ts'
import type { DemoSexCode } from '../../src-shared/demo/people.ts'
import { randomOf } from '../../src-shared/demo/random.ts'
import type { Random } from '../../src-shared/demo/random.ts'
import type { DictionaryEntry } from '../../src-shared/dictionaries/types.ts'
import type { Field, FieldValue, RecordValues } from '../../src-shared/fields/field.ts'
import { initialsOf } from '../../src-shared/pinyin/initials.ts'
import { findReadings } from '../../src-shared/pinyin/readings.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { addDays, longTerm } from '../../src-shared/values/calendar-date.ts'
import { computeSocialCreditCheckCharacter } from '../../src-shared/values/social-credit-code.ts'
import type { PaperField, PaperForm } from './paper-form.ts'

/** Gives the entries of a dictionary, the demo's included. */
export type ListEntries = (dictionary: string) => readonly DictionaryEntry[]

/** Not the seed of the demo data: nobody on the pile is registered yet. */
const seed = 30
/** Orders of identities that neither demo residents nor demo coordinators reach. */
const identityOffset = 690_000_000

type Situation = PaperForm['situation']

/** What is particular about a form; everything else is invented. */
interface Brief {
  readonly household?: string
  readonly situation?: Situation
  readonly name?: string
  readonly ethnicGroupCode?: string
  readonly origin?: string
  readonly isForeign?: boolean
  readonly sexCode?: DemoSexCode
  readonly duplicateOf?: number
  readonly isStudent?: boolean
  /** Rows of 随行未成年人. */
  readonly minors?: readonly Readonly<Record<string, string>>[]
}

/** The pile: six households of two to four, fifteen people alone. */
const briefs: readonly Brief[] = [
  { household: 'A', sexCode: '1' },
  { household: 'A', sexCode: '2' },
  { household: 'A', sexCode: '1' },
  { household: 'A', sexCode: '2' },
  { name: '𠮷冬梅', sexCode: '2' },
  { situation: 'wrongCheckDigit' },
  { household: 'B', sexCode: '2' },
  { household: 'B', sexCode: '1' },
  { household: 'B', sexCode: '1' },
  { situation: 'newEmployer', sexCode: '1' },
  {},
  { household: 'C', sexCode: '1', ethnicGroupCode: '13', origin: '451022' },
  { household: 'C', sexCode: '2', ethnicGroupCode: '13', origin: '451022' },
  { origin: '510222' },
  { situation: 'interrupted' },
  { household: 'D', sexCode: '1' },
  { household: 'D', sexCode: '2' },
  { name: '阿依古丽·热合曼', ethnicGroupCode: '05', sexCode: '2', origin: '653101' },
  {},
  { isForeign: true, name: 'NGUYEN THI HOA', ethnicGroupCode: '97', sexCode: '2' },
  { household: 'E', sexCode: '2' },
  { household: 'E', sexCode: '2' },
  { situation: 'duplicate', duplicateOf: 11 },
  { name: '单雪', sexCode: '2' },
  { ethnicGroupCode: '07', origin: '513427' },
  { household: 'F', sexCode: '1' },
  { household: 'F', sexCode: '2' },
  { name: '尉迟㛃', sexCode: '2' },
  { origin: '422801', ethnicGroupCode: '15' },
  {},
]

/** Ten more forms behind the thirty, for a whole day: households with children, a student. */
const afternoonBriefs: readonly Brief[] = [
  {
    household: 'G',
    sexCode: '1',
    minors: [
      { name: '程一诺', sexCode: '2', birthDate: '2019-03-08', kinshipCode: '30', schoolingCode: '70' },
      { name: '程一鸣', sexCode: '1', birthDate: '2023-10-21', kinshipCode: '20', schoolingCode: '10' },
    ],
  },
  { household: 'G', sexCode: '2' },
  { household: 'G', sexCode: '2' },
  {
    household: 'H',
    sexCode: '2',
    minors: [
      { name: '江小北', sexCode: '1', birthDate: '2022-12-30', kinshipCode: '20', schoolingCode: '10' },
    ],
  },
  { household: 'H', sexCode: '1' },
  { isStudent: true, sexCode: '2' },
  { ethnicGroupCode: '03', sexCode: '1' },
  { household: 'I', sexCode: '1' },
  { household: 'I', sexCode: '2' },
  {},
]

/** Invents the pile of thirty forms, the same every time. */
export function inventPaperForms(listEntries: ListEntries): readonly PaperForm[] {
  return inventPile(briefs, listEntries)
}

/** Invents the ten forms that lie behind the thirty on the pile of a whole day, the same every time. */
export function inventAfternoonForms(listEntries: ListEntries): readonly PaperForm[] {
  return inventPile([...briefs, ...afternoonBriefs], listEntries).slice(briefs.length)
}

function inventPile(pile: readonly Brief[], listEntries: ListEntries): readonly PaperForm[] {
  const persons = pile.map((brief, index) => inventPerson(brief, index))
  return pile.map((brief, index): PaperForm => {
    const situation = brief.situation ?? 'plain'
    const values = persons[(brief.duplicateOf ?? index + 1) - 1]
    if (values === undefined) throw new Error(`no person for form ${index + 1}`)
    const previous = persons[findPreviousSaved(pile, index)]
    const employer = situation === 'newEmployer' ? inventNewEmployer() : null
    const number = index + 1
    const citizenNumber = values['documentNumber']
    const isFilled = values['documentTypeCode'] === '01'
    return {
      number,
      register: 'resident',
      situation,
      household: brief.household ?? null,
      isFurtherMember: brief.household !== undefined && pile[index - 1]?.household === brief.household,
      fields: writeFields('resident', values, {
        listEntries,
        previous,
        filledBy: isFilled
          ? {
              sexCode: 'documentNumber',
              birthDate: 'documentNumber',
              householdDivisionCode: 'documentNumber',
            }
          : {},
        newEmployerName: employer === null ? null : getText(employer, 'name'),
      }),
      nested:
        employer === null
          ? null
          : {
              openedFrom: 'employerId',
              register: 'employer',
              fields: writeFields('employer', employer, {
                listEntries,
                previous: undefined,
                filledBy: {},
                newEmployerName: null,
              }),
            },
      slip:
        situation === 'wrongCheckDigit' && typeof citizenNumber === 'string'
          ? { field: 'documentNumber', keys: misspell(citizenNumber), problem: 'checkCharacter' }
          : null,
      duplicateOf: brief.duplicateOf ?? null,
      interruptedAfter: situation === 'interrupted' ? 'householdAddress' : null,
    }
  })
}

/** Index of the form saved last before this one, which F4 and the pins repeat; a duplicate is never saved. */
function findPreviousSaved(pile: readonly Brief[], index: number): number {
  let previous = index - 1
  while (pile[previous]?.duplicateOf !== undefined) previous -= 1
  return previous
}

/** The number with one digit of the sequence read wrongly. */
function misspell(number: string): string {
  const digit = Number(number.charAt(15))
  return `${number.slice(0, 15)}${(digit + 3) % 10}${number.slice(16)}`
}

/** The value that stands for an employer not yet there. */
const newEmployerMark = 'new'

function inventPerson(brief: Brief, index: number): RecordValues {
  const random = randomOf(seed, index)
  const householdKey = brief.household === undefined ? 1000 + index : brief.household.charCodeAt(0)
  const household = randomOf(seed, 1, householdKey)
  const dwelling = findDwelling(household)
  const dwellingRecord = getDemoRecord('dwelling', dwelling)
  const arrivalDate = addDays('2024-09-01', household.below(120))
  const sexCode = brief.sexCode ?? (random.chance(0.5) ? '1' : '2')
  const origin = brief.origin ?? (brief.household === undefined ? null : household.pick(demoOrigins)[0])
  const { name, ethnicGroupCode } = inventName(random, sexCode)
  const identity = inventPaperIdentity(index, sexCode, origin)
  const villager = `${household.pick(['石桥镇', '东沟镇', '大洼镇', '长河镇'])}${household.pick(['王家村', '上沟村', '杨树村'])}${1 + household.below(9)}组`
  const isForeign = brief.isForeign === true
  return {
    documentTypeCode: isForeign ? '03' : '01',
    documentNumber: isForeign ? 'C4728815' : identity.citizenIdNumber,
    name: brief.name ?? name,
    sexCode,
    ethnicGroupCode: brief.ethnicGroupCode ?? (brief.household === undefined ? ethnicGroupCode : '01'),
    birthDate: identity.birthDate,
    householdDivisionCode: isForeign ? '450126' : identity.divisionCode,
    householdAddress: isForeign ? '越南河内市还剑郡(护照地址)' : `${identity.place}${villager}`,
    ...(random.chance(0.5)
      ? {
          documentValidFromDate: '2019-05-20',
          documentValidToDate: isForeign ? '2029-05-20' : random.pick(['2039-05-20', longTerm]),
        }
      : {}),
    maritalStatusCode: brief.household === undefined ? random.pick(['10', '10', '21']) : '21',
    educationCode: random.pick(['21', '31', '61', '71', '71', '81']),
    ...(random.chance(0.4) ? { politicalStatusCode: random.pick(['13', '03']) } : {}),
    telephone: `1${random.pick(['33', '38', '77'])}0000${String(random.below(10_000)).padStart(4, '0')}`,
    dwellingId: getDemoRecordId(standardDemoSeed, 'dwelling', dwelling),
    residenceTypeCode: '10',
    residenceReasonCode: random.pick(['10', '10', '15', '50']),
    arrivalDate,
    moveInDate: addDays(arrivalDate, household.below(20)),
    intendedStayCode: household.pick(['40', '50', '60']),
    landlordRelationCode: '10',
    ...inventPaperWork(brief, random),
    ...(random.chance(0.6) ? { appliesForPermitCode: random.pick(['1', '0']) } : {}),
    ...(brief.household === 'B' && index === 6
      ? {
          accompanyingMinors: [
            { name: '林小雨', sexCode: '2', birthDate: '2021-06-01', kinshipCode: '30', schoolingCode: '10' },
          ],
        }
      : {}),
    ...(brief.minors === undefined ? {} : { accompanyingMinors: brief.minors }),
    collectorId: dwellingRecord.values['coordinatorId'] ?? null,
    collectionDate: '2025-01-20',
    paperFormNumber: `2025${String(index + 1).padStart(4, '0')}`,
    ...(random.chance(0.1) ? { remarks: '来电后上门补采' } : {}),
  }
}

function inventPaperIdentity(
  index: number,
  sexCode: DemoSexCode,
  origin: string | null,
): ReturnType<typeof inventIdentity> {
  const identity = inventIdentity(identityOffset + index, sexCode)
  if (origin === null) return identity
  const place = demoOrigins.find(([code]) => code === origin)?.[1]
  if (place === undefined) throw new Error(`no origin ${origin}`)
  const sequence = Number(identity.citizenIdNumber.slice(14, 17))
  return {
    citizenIdNumber: formatCitizenIdNumber(origin, identity.birthDate, sequence),
    divisionCode: origin,
    birthDate: identity.birthDate,
    place,
  }
}

function inventPaperWork(brief: Brief, random: Random): RecordValues {
  if (brief.isStudent === true) return { employmentStatusCode: '60', occupationCode: '0' }
  if (brief.situation !== 'newEmployer' && random.chance(0.35)) {
    const [employmentStatusCode, occupationCode] = random.pick([
      ['20', '4-01-00-00'],
      ['30', '4-02-00-00'],
      ['80', '0'],
    ] as const)
    return { employmentStatusCode, occupationCode }
  }
  const employer = random.below(standardDemoSize.employers)
  return {
    employmentStatusCode: '10',
    employerId:
      brief.situation === 'newEmployer'
        ? newEmployerMark
        : getDemoRecordId(standardDemoSeed, 'employer', employer),
    occupationCode: random.pick(['4-03-00-00', '6-29-00-00', '6-05-00-00', '4-01-00-00']),
    yearsWorked: random.below(12),
    labourContractCode: random.pick(['10', '50']),
    ...(random.chance(0.5) ? { socialInsuranceCodes: ['10', '11', '13'] } : {}),
  }
}

/** A let dwelling; four in ten are chosen for a common description, by which it can be looked for as well. */
function findDwelling(random: Random): number {
  const mustBeDescribed = random.chance(0.4)
  let dwelling = random.below(standardDemoSize.dwellings)
  for (;;) {
    const { values } = getDemoRecord('dwelling', dwelling)
    const isDescribed = values['commonAddress'] !== null
    if (
      values['occupancyUseCode'] === '20' &&
      values['coordinatorId'] !== null &&
      (isDescribed || !mustBeDescribed)
    )
      return dwelling
    dwelling = (dwelling + 1) % standardDemoSize.dwellings
  }
}

function inventNewEmployer(): RecordValues {
  const first17 = `91${demoDivisionCode}MA9F00XK7`
  return {
    name: '青禾区重楼电子有限公司',
    socialCreditCode: first17 + computeSocialCreditCheckCharacter(first17),
    employerTypeCode: '12',
    industryCode: '39',
    divisionCode: demoDivisionCode,
    address: `青禾区${getDemoStreetName(4)}66号`,
    principalName: '解建国',
    telephone: '13300002025',
    headcount: 86,
  }
}

export interface WritingContext {
  readonly listEntries: ListEntries
  readonly previous: RecordValues | undefined
  /** Field by the field that fills it. */
  readonly filledBy: Readonly<Record<string, string | undefined>>
  readonly newEmployerName: string | null
  /** Whose form `form:7` is, for records that name a person of the pile. */
  readonly formOf?: (number: number) => PaperForm
}

/** What stands for a person of the pile whose id is known only when the form is saved. */
export const formMark = 'form:'

/** Writes the given values as a paper form, in the order of the declaration. */
export function writeFields(
  register: RegisterName,
  values: RecordValues,
  context: WritingContext,
): PaperField[] {
  const declared = getRegister(register).fields
  return writeGivenFields(declared, values, context)
}

/** Writes the given values in the order of any fields: those of a register, or what a dialog asks for. */
export function writeGivenFields(
  declared: Readonly<Record<string, Field>>,
  values: RecordValues,
  context: WritingContext,
): PaperField[] {
  const fields: PaperField[] = []
  for (const [name, field] of Object.entries(declared)) {
    const value = values[name] ?? null
    if (value === null) continue
    const filledBy = isDefault(field, value) ? 'default' : context.filledBy[name]
    const written = writeValue(name, field, value, context)
    fields.push({
      ...written,
      keys: filledBy === undefined ? written.keys : null,
      ...(filledBy === undefined ? {} : { filledBy }),
      ...(JSON.stringify(context.previous?.[name]) === JSON.stringify(value) ? { sameAsPrevious: true } : {}),
    })
  }
  return fields
}

/** Whether the empty form holds the value already. */
function isDefault(field: Field, value: FieldValue): boolean {
  return field.kind === 'code' && field.defaultCode === value
}

function writeValue(name: string, field: Field, value: FieldValue, context: WritingContext): PaperField {
  const base = { field: name, label: field.label }
  switch (field.kind) {
    case 'text': {
      const stored = expectText(value)
      return { ...base, kind: 'text', paper: stored, keys: stored, stored }
    }
    case 'date': {
      const stored = expectText(value)
      const paper = stored === longTerm ? stored : stored.replaceAll(/-0?/g, '.')
      return { ...base, kind: 'date', paper, keys: writeDateKeys(stored), stored }
    }
    case 'integer': {
      if (typeof value !== 'number') throw new TypeError(`${name} is no number`)
      return { ...base, kind: 'integer', paper: String(value), keys: String(value), stored: value }
    }
    case 'code': {
      const stored = expectText(value)
      const entry = getEntry(context.listEntries(field.dictionary), stored)
      return {
        ...base,
        kind: 'code',
        paper: entry.name,
        keys: chooseKeys(context.listEntries(field.dictionary), entry),
        stored,
      }
    }
    case 'codes': {
      const entries = context.listEntries(field.dictionary)
      const stored = expectList(value).map(expectText)
      const chosen = stored.map((code) => getEntry(entries, code))
      return {
        ...base,
        kind: 'codes',
        paper: chosen.map((entry) => entry.name).join('、'),
        keys: chosen.map((entry) => chooseKeys(entries, entry)).join(' '),
        stored,
      }
    }
    case 'reference': {
      const id = expectText(value)
      if (id === newEmployerMark) {
        const title = context.newEmployerName ?? ''
        const stored = { register: field.register, demoId: null, title }
        return { ...base, kind: 'reference', paper: title, keys: getInitials(title), stored }
      }
      if (id.startsWith(formMark)) return { ...base, ...describeFormPerson(id, context) }
      const title = describeDemoRecord(field.register, id, context.listEntries)
      return {
        ...base,
        kind: 'reference',
        paper: title.paper,
        keys: title.keys,
        stored: { register: field.register, demoId: id, title: title.paper },
      }
    }
    case 'list': {
      const rows = expectList(value).map((row) => expectRow(row))
      const paper = rows.map((row) => Object.values(row).join(' ')).join('; ')
      return { ...base, kind: 'list', paper, keys: null, stored: rows }
    }
    case 'decimal':
    case 'money':
    case 'boolean':
    case 'references':
    case 'photo':
      throw new Error(`no form holds a ${field.kind}`)
  }
}

/** A person of the pile is looked for by the number of the document. */
function describeFormPerson(id: string, context: WritingContext): Omit<PaperField, 'field' | 'label'> {
  const formNumber = Number(id.slice(formMark.length))
  const fields = context.formOf?.(formNumber).fields ?? []
  const find = (name: string): string => fields.find(({ field }) => field === name)?.paper ?? ''
  const title = find('name')
  const stored = { register: 'resident', demoId: null, title, formNumber } as const
  return { kind: 'reference', paper: title, keys: find('documentNumber').toLowerCase(), stored }
}

/** Six digits where they mean the same day in every year from 2025 on, else eight. */
function writeDateKeys(date: string): string {
  if (date === longTerm) return 'cq'
  const digits = date.replaceAll('-', '')
  return date >= '1930-01-01' && date < '2025-12-31' ? digits.slice(2) : digits
}

function getEntry(entries: readonly DictionaryEntry[], code: string): DictionaryEntry {
  const entry = entries.find((each) => each.code === code)
  if (entry === undefined) throw new Error(`no code ${code}`)
  return entry
}

/** Initials by the usual reading of each character. */
function getInitials(text: string): string {
  const initials = [...text.toLowerCase()].map((character) => {
    const syllable = findReadings(character)?.syllables[0]
    return syllable === undefined ? (/[a-z0-9]/.exec(character)?.[0] ?? '') : syllable.charAt(0)
  })
  return initials.join('')
}

/** The shortest start of the initials that no other entry's initials begin with, else the code, which is always found first. */
function chooseKeys(entries: readonly DictionaryEntry[], entry: DictionaryEntry): string {
  if (entries.length > 1000) return entry.code
  const whole = getInitials(entry.name)
  const others = entries
    .filter((each) => each !== entry)
    .flatMap((each) => [
      getInitials(each.name),
      ...initialsOf(each.name),
      each.mnemonic ?? '',
      each.code.toLowerCase(),
    ])
  for (let length = 1; length <= Math.min(4, whole.length); length += 1) {
    const keys = whole.slice(0, length)
    if (!others.some((other) => other.startsWith(keys))) return keys
  }
  return entry.code
}

/** How a demo record is written on paper, and what finds it. */
function describeDemoRecord(
  register: RegisterName,
  id: string,
  listEntries: ListEntries,
): { readonly paper: string; readonly keys: string } {
  const { values } = findDemoRecord(register, id)
  switch (register) {
    case 'dwelling': {
      const street = getEntry(listEntries('street'), getText(values, 'streetCode')).name
      const building =
        values['building'] === null
          ? ''
          : `${getText(values, 'building')}栋${getText(values, 'entrance')}单元`
      const door = getText(values, 'doorNumber')
      const room = getText(values, 'roomNumber')
      const description = values['commonAddress']
      return {
        paper: `${street}${door}号${building}${room}${typeof description === 'string' ? `(${description})` : ''}`,
        keys: [getInitials(street), door, values['building'], values['entrance'], room]
          .filter((part) => typeof part === 'string')
          .join(' '),
      }
    }
    case 'employer':
    case 'coordinator': {
      const name = getText(values, 'name')
      return {
        paper: name,
        keys: register === 'coordinator' ? (initialsOf(name)[0] ?? name) : getInitials(name),
      }
    }
    default:
      throw new Error(`no form refers to a ${register}`)
  }
}

function findDemoRecord(register: RegisterName, id: string): ReturnType<typeof getDemoRecord> {
  const count = countDemoRecords(standardDemoSize, register)
  for (let index = 0; index < count; index += 1) {
    if (getDemoRecordId(standardDemoSeed, register, index) === id) return getDemoRecord(register, index)
  }
  throw new Error(`no demo ${register} ${id}`)
}

function getText(values: RecordValues, name: string): string {
  return expectText(values[name] ?? null)
}

function expectText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`no text: ${JSON.stringify(value)}`)
  return value
}

function expectList(value: FieldValue): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`no list: ${JSON.stringify(value)}`)
  return value as readonly unknown[]
}

function expectRow(row: unknown): Record<string, string> {
  if (typeof row !== 'object' || row === null) throw new TypeError('no row')
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, expectText(value)]))
}
