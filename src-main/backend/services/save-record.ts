import type { SaveOutput } from '../../../src-shared/contract/requests.ts'
import { isEmptyValue, type FieldValue, type RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { readCardChoices, type CardChoices } from '../../../src-shared/readers/card-choice.ts'
import type { ChangeWord } from '../../../src-shared/sync/change-kind.ts'
import { isCalendarDate } from '../../../src-shared/values/calendar-date.ts'
import { readProvenance, type RecordProvenance } from '../../../src-shared/values/provenance.ts'
import { isDemoRecordId } from '../../../src-shared/demo/demo-id.ts'
import type { WriteDatabase } from '../database/database.ts'
import { deleteDraft } from '../queries/drafts.ts'
import { findRecord, type RecordRow } from '../queries/record-row.ts'
import { storeAccompanyingMinors, withMinorIds } from './accompanying-minors.ts'
import { noteSavedSheet } from './batch-sheets.ts'
import { keepAutomatic, makeAutomatic, withComputed, withNamedRecords } from './automatic-values.ts'
import { assertRecordIsValid, completeValues } from './check-values.ts'
import { assertApplicationIsAllowed } from './judge-permit.ts'
import { actorOf, type Context } from './context.ts'
import { labelRecord } from './record-labels.ts'
import { RequestRefusal } from './request-failure.ts'
import { writeEdit, type Edit } from './write-edit.ts'

export type SaveInput = {
  readonly id: string
  readonly revision: number
  readonly values: RecordValues
  readonly draftId: string | null
  readonly provenance?: RecordProvenance
  /** Where a card that was read into the form had said otherwise. */
  readonly cardChoices?: CardChoices
  /** Of a stored record; of a new one it does not count. */
  readonly change?: ChangeWord
  /** The batch whose sheet a new record is; null or absent: 未列入批次. */
  readonly batchId?: string | null
}

/**
 * Registers a new record or changes one: record, name keys, change log, outbox op, audit, the minors of a resident's rows and
 * the end of its draft in one transaction that is on disk when this resolves. The same save sent twice is one save: what is stored already is answered again.
 *
 * @throws RequestRefusal `ruleBroken`, `changedMeanwhile`, `notPossible` (cancelled record), `invalidInput` (a day since when)
 */
export async function saveRecord(
  context: Context,
  registerName: RegisterName,
  input: SaveInput,
): Promise<SaveOutput> {
  const register = getRegister(registerName)
  const stored = await context.store.write((database) => {
    const current = findRecord(database, registerName, input.id)
    const typed = keepAutomatic(register, completeValues(register.fields, input.values), current)
    const named = withNamedRecords(database, register, typed, current)
    const computed = withComputed(database, context, register, input.id, named, current)
    const values =
      registerName === 'resident' ? withMinorIds(database, input.id, computed, current?.values) : computed
    const fields = changedFields(register, values, current)
    const isSame = current !== undefined && Object.keys(fields).length === 0
    const minorIds = isSame ? [] : store(database, context, register, current, input, values, fields)
    if (current === undefined) {
      const batchId = input.batchId ?? null
      noteSavedSheet(database, actorOf(context), context.clock.today(), {
        batchId,
        register: registerName,
        recordId: input.id,
      })
    }
    if (input.draftId !== null) deleteDraft(database, input.draftId)
    const row = findRecord(database, registerName, input.id)
    if (!row) throw new Error('a stored record is not there')
    const record = labelRecord(database, context.dictionaries, row, context.clock.today())
    return { isSame, minorIds, row, record }
  })
  if (!stored.isSame) context.recordsStored(registerName, [input.id], 'local')
  if (stored.minorIds.length > 0) context.recordsStored('minor', stored.minorIds, 'local')
  return { savedAt: stored.isSame ? stored.row.updatedAt : context.clock.now(), record: stored.record }
}

/** @returns ids of the minors that were written with it */
function store(
  database: WriteDatabase,
  context: Context,
  register: Register,
  current: RecordRow | undefined,
  input: SaveInput,
  values: RecordValues,
  fields: RecordValues,
): readonly string[] {
  if (current === undefined && isDemoRecordId(input.id))
    throw new RequestRefusal('invalidInput', '记录编号无效,请关闭后重新新增!')
  if (current !== undefined && current.revision !== input.revision) {
    throw new RequestRefusal(
      'changedMeanwhile',
      `该${register.label}在您打开之后已被修改,未覆盖。请重新打开查看最新内容,再录入您的修改。`,
    )
  }
  if (current === undefined && input.revision !== 0)
    throw new RequestRefusal('notFound', `找不到要修改的${register.label},可能已被删除。`)
  if (current?.status === 'cancelled') {
    throw new RequestRefusal('notPossible', `该${register.label}已注销,不能修改。请先恢复,再修改。`)
  }
  assertRecordIsValid(database, context, register, values, current?.values)
  if (register.name === 'residencePermit')
    assertApplicationIsAllowed(database, context, input.id, values, current?.values)
  const written =
    current === undefined ? { ...fields, ...makeAutomatic(database, context, register, values) } : fields
  const actor = actorOf(context)
  writeEdit(database, actor, {
    register,
    recordId: input.id,
    current,
    kind: 'set',
    act: current === undefined ? 'created' : 'changed',
    fields: written,
    cancellation: null,
    // A field of a new record that is empty came in no way; one that was emptied was.
    provenance: readProvenance(
      input.provenance,
      Object.keys(fields).filter((name) => current !== undefined || !isEmptyValue(fields[name])),
    ),
    ...(input.cardChoices === undefined
      ? {}
      : { cardChoices: readCardChoices(input.cardChoices, Object.keys(register.fields)) }),
    ...(current === undefined || input.change === undefined
      ? { reason: '' }
      : readChange(context, input.change)),
  })
  return register.name === 'resident'
    ? storeAccompanyingMinors(database, context, actor, input.id, values, current?.values)
    : []
}

/** What the clerk said the modification is, as the history keeps it: readable without the table of reasons. */
function readChange(
  context: Context,
  change: ChangeWord,
): Pick<Edit, 'reason' | 'changeKind' | 'effectiveDate'> {
  if (change.kind === 'correction') return { reason: change.reason, changeKind: 'correction' }
  const effectiveDate = change.effectiveDate ?? context.clock.today()
  if (!isCalendarDate(effectiveDate))
    throw new RequestRefusal('invalidInput', '变更日期不是有效的日期,请重新填写!')
  if (effectiveDate > context.clock.today())
    throw new RequestRefusal('invalidInput', '变更日期不能晚于今天:尚未发生的变更请到时再登记!')
  return { reason: '', changeKind: 'change', effectiveDate }
}

/** The fields an edit writes: all of a new record, else those that differ. */
function changedFields(
  register: Register,
  values: RecordValues,
  current: RecordRow | undefined,
): RecordValues {
  if (current === undefined) return values
  const fields: Record<string, FieldValue> = {}
  for (const name of new Set([...Object.keys(register.fields), ...Object.keys(values)]))
    if (!areEqualValues(current.values[name], values[name])) fields[name] = values[name] ?? null
  return fields
}
