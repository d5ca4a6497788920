import { code, date, text, type RecordValues } from '../../../src-shared/fields/field.ts'
import type { ChangeKind, ChangeWord } from '../../../src-shared/sync/change-kind.ts'
import { createFormStore, type FormStore } from '../../forms/form-store.ts'

/** 其他: the reason is what was typed beside it. */
const OTHER_REASON = '90'

function isCorrection(values: RecordValues): boolean {
  return values['changeKind'] === 'correction'
}

/** What a modification says of itself. Names that no register has: the boxes stand in the same form as the fields. */
const changeFields = {
  changeKind: text('变更类别', { maxLength: 20 }),
  changeDate: date('变更日期', { required: true, appliesWhen: (values) => !isCorrection(values) }),
  changeReasonCode: code('更正原因', {
    required: true,
    dictionary: 'correction-reason',
    appliesWhen: isCorrection,
  }),
  changeNote: text('更正说明', {
    maxLength: 100,
    appliesWhen: isCorrection,
    requiredWhen: (values) => values['changeReasonCode'] === OTHER_REASON,
  }),
} as const

/** The boxes beside the save of a stored record. */
export function createChangeStore(today: string, onEnd: (direction: 'next' | 'previous') => void): FormStore {
  const store = createFormStore({
    fields: changeFields,
    today,
    order: ['changeDate', 'changeReasonCode', 'changeNote'],
    onEnd,
  })
  resetChange(store, today)
  return store
}

/** A new fact since today, which most modifications are: nothing is to be typed for it. */
export function resetChange(store: FormStore, today: string): void {
  store.setToday(today)
  store.reset({
    changeKind: { text: 'change', value: 'change' },
    changeDate: { text: today, value: today, provenance: 'default' },
  })
}

/** The day has changed, by midnight or by the server's clock: a day that nobody has typed is today's. */
export function followToday(store: FormStore, today: string): void {
  store.setToday(today)
  if (store.provenanceOf('changeDate') === 'default' && store.read('changeDate').value !== today)
    store.setInput('changeDate', { text: today, value: today }, 'default')
}

/** Says which of the two the next save is; what was typed for the other one stays, should the clerk come back to it. */
export function setChangeKind(store: FormStore, kind: ChangeKind): void {
  store.setInput('changeKind', { text: kind, value: kind }, 'typed')
}

/** What goes with the save. The boxes have been checked. */
export function readChangeWord(store: FormStore): ChangeWord {
  const values = store.values()
  if (!isCorrection(values)) {
    const isToday = store.provenanceOf('changeDate') === 'default'
    return { kind: 'change', effectiveDate: isToday ? null : String(values['changeDate'] ?? '') }
  }
  const note = String(values['changeNote'] ?? '')
  const reason = store.settledText('changeReasonCode')
  if (note === '') return { kind: 'correction', reason }
  return {
    kind: 'correction',
    reason: values['changeReasonCode'] === OTHER_REASON ? note : `${reason}:${note}`,
  }
}
