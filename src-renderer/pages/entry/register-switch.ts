import type { Draft, DraftInput } from '../../../src-shared/contract/types.ts'
import { isEmptyValue, type RecordValues } from '../../../src-shared/fields/field.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { RegisterName, Rule } from '../../../src-shared/registers/register.ts'
import { ADULT_AGE } from '../../../src-shared/registers/resident-rules.ts'
import { countFullYears, isCalendarDate } from '../../../src-shared/values/calendar-date.ts'
import { entryTitleOf } from '../../app/tabs.ts'

/** A person's two forms: which one is right hangs on the age alone. */
const OTHER_FORM: Partial<Readonly<Record<RegisterName, RegisterName>>> = {
  resident: 'minor',
  minor: 'resident',
}

/** The rules that say a person stands in the wrong form. */
const AGE_RULES: ReadonlySet<string> = new Set(['isAdult', 'isUnderAge'])

/** The form that a person's form can be switched to, or undefined for any other register. */
export function otherFormOf(register: RegisterName): RegisterName | undefined {
  return OTHER_FORM[register]
}

/** The form to switch to where the birth date says that this one is wrong. */
export function wantedForm(
  register: RegisterName,
  values: RecordValues,
  today: string,
): RegisterName | undefined {
  const other = otherFormOf(register)
  const birthDate = values['birthDate']
  if (!other || typeof birthDate !== 'string' || !isCalendarDate(birthDate) || birthDate > today)
    return undefined
  const right = countFullYears(birthDate, today) < ADULT_AGE ? 'minor' : 'resident'
  return right === register ? undefined : right
}

/** What the foot line says when the age asks for the other form. */
export function wantedFormSentence(wanted: RegisterName): string {
  const age = wanted === 'minor' ? '未满' : '已满'
  return `此人${age} ${ADULT_AGE} 周岁,应登记为${getRegister(wanted).label}。按 Ctrl+M 转为「${entryTitleOf(wanted)}」,已录入的保留。`
}

/** The rules of a new record's form: the mark of a person in the wrong form also names the key that mends it. */
export function withSwitchKey(register: RegisterName, rules: readonly Rule[]): readonly Rule[] {
  const other = otherFormOf(register)
  if (!other) return rules
  return rules.map((rule) =>
    AGE_RULES.has(rule.name)
      ? {
          ...rule,
          check: (values, context) =>
            rule.check(values, context).map((breach) => ({
              ...breach,
              message: `${breach.message}按 Ctrl+M 转为「${entryTitleOf(other)}」,已录入的保留。`,
            })),
        }
      : rule,
  )
}

/** What a draft holds that its form has no field for: kept for the way back. */
export function listUnplaced(register: RegisterName, inputs: Draft['inputs']): Draft['inputs'] {
  const { fields } = getRegister(register)
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !Object.hasOwn(fields, name)))
}

/** Whether anything stands in these boxes. */
export function hasContent(inputs: Draft['inputs']): boolean {
  return Object.values(inputs).some((input) => !isBlank(input))
}

/** The same draft as a form of the other register: every value keeps its field, and what has none stays in the draft. */
export function switchDraft(draft: Draft, to: RegisterName): Draft {
  const from = getRegister(draft.register)
  const { fields } = getRegister(to)
  const inputs: Record<string, DraftInput> = { ...draft.inputs }
  // A kind of document that nobody has chosen says nothing without its number; where one is wanted it is the first choice again.
  const type = from.fields['documentTypeCode']
  const isUntouched = type?.kind === 'code' && inputs['documentTypeCode']?.value === type.defaultCode
  if (isBlank(inputs['documentNumber']) && (isUntouched || isBlank(inputs['documentTypeCode'])))
    inputs['documentTypeCode'] = { text: '', value: null }
  for (const [name, field] of Object.entries(fields))
    if (field.kind === 'code' && field.defaultCode !== undefined && isBlank(inputs[name])) delete inputs[name]
  return {
    ...draft,
    register: to,
    recordId: null,
    revision: 0,
    inputs,
    focusedField: null,
    caret: 0,
    pinnedFields: draft.pinnedFields.filter((name) => Object.hasOwn(fields, name)),
  }
}

/** What the foot line says after a switch. */
export function switchSentence(from: RegisterName, to: RegisterName, inputs: Draft['inputs']): string {
  const { fields } = getRegister(from)
  const labels = Object.entries(listUnplaced(to, inputs)).flatMap(([name, input]) => {
    const field = fields[name]
    const isDefault = field?.kind === 'code' && input.value === (field.defaultCode ?? null)
    return field && !isBlank(input) && !isDefault ? [field.label] : []
  })
  const head = `已转为「${entryTitleOf(to)}」,已录入的都在。`
  if (labels.length === 0) return `${head}按 Ctrl+M 转回。`
  return `${head}此表没有的 ${labels.length} 项(${labels.join('、')})留在草稿中,按 Ctrl+M 转回即在;保存此表后不再保留。`
}

function isBlank(input: DraftInput | undefined): boolean {
  return input === undefined || (input.text.trim() === '' && isEmptyValue(input.value))
}
