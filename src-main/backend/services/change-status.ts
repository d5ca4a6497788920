import type { CountOutput } from '../../../src-shared/contract/requests.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { LET_OCCUPANCY_USE_CODE } from '../../../src-shared/registers/dwelling-rules.ts'
import type { ChangeKind } from '../../../src-shared/sync/change-kind.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import type { WriteDatabase } from '../database/database.ts'
import { findRecord, type RecordRow } from '../queries/record-row.ts'
import { checkCancellation } from './check-values.ts'
import { actorOf, type Actor, type Context } from './context.ts'
import { dwellingTitle, listOccupantRows } from './occupancy.ts'
import { RequestRefusal } from './request-failure.ts'
import { writeEdit } from './write-edit.ts'

export type CancelInput = { readonly ids: readonly string[]; readonly cancellation: RecordValues }
export type RestoreInput = { readonly ids: readonly string[]; readonly reason: string }

/** @throws RequestRefusal `notFound` */
export function getRecord(database: WriteDatabase, register: RegisterName, id: string): RecordRow {
  const record = findRecord(database, register, id)
  if (!record) throw new RequestRefusal('notFound', `找不到该${getRegister(register).label},可能已被删除。`)
  return record
}

/**
 * 注销 of one or many records of a register, all or none. A record that is cancelled already stays as it is and does not
 * count, so that a repeated request is the same request.
 *
 * @throws RequestRefusal `ruleBroken`, `notFound`, and `notPossible` for a dwelling where somebody lives
 */
export async function cancelRecords(
  context: Context,
  registerName: Exclude<RegisterName, 'coordinator'>,
  input: CancelInput,
): Promise<CountOutput> {
  const register = getRegister(registerName)
  const cancellation = checkCancellation(context, register, input.cancellation)
  const actor = actorOf(context)
  const ids = [...new Set(input.ids)]
  const changed = await context.store.write((database) => {
    const records = ids
      .map((id) => getRecord(database, registerName, id))
      .filter((record) => record.status === 'active')
    if (registerName === 'dwelling') assertNobodyLivesIn(database, context, records)
    for (const record of records) cancelOne(database, context, actor, register, record, cancellation, '')
    return records.map((record) => record.id)
  })
  if (changed.length > 0) context.recordsStored(registerName, changed, 'local')
  return { count: changed.length, savedAt: actor.at }
}

/** Stores one cancellation; the reason in the history is the label of the reason's code unless one is given. */
export function cancelOne(
  database: WriteDatabase,
  context: Context,
  actor: Actor,
  register: Register,
  record: RecordRow,
  cancellation: RecordValues,
  reason: string,
  changeKind?: ChangeKind,
): void {
  const field = register.cancellation['reasonCode']
  const code = cancellation['reasonCode']
  const label =
    field?.kind === 'code' && typeof code === 'string'
      ? context.dictionaries.labelOf(field.dictionary, code)
      : ''
  writeEdit(database, actor, {
    register,
    recordId: record.id,
    current: record,
    kind: 'cancel',
    act: 'cancelled',
    fields: {},
    cancellation,
    reason: reason === '' ? label : reason,
    ...(changeKind === undefined ? {} : { changeKind }),
  })
}

/** At most this many names are listed in the sentence. */
const NAMED_PEOPLE = 10

function assertNobodyLivesIn(
  database: WriteDatabase,
  context: Context,
  dwellings: readonly RecordRow[],
): void {
  for (const dwelling of dwellings) {
    const names = listOccupantRows(database, dwelling.id).map((row) => String(row.values['name'] ?? ''))
    if (names.length === 0) continue
    const listed = names.slice(0, NAMED_PEOPLE).join('、')
    const rest = names.length > NAMED_PEOPLE ? ` 等${names.length}人` : ''
    throw new RequestRefusal(
      'notPossible',
      `${dwellingTitle(database, context, dwelling)}还有人在住,不能注销:${listed}${rest}。请先注销或迁移这些人员。`,
    )
  }
}

/**
 * 恢复 of cancelled records, all or none, with a reason. Records that are active already do not count.
 *
 * @throws RequestRefusal `notFound`
 */
export async function restoreRecords(
  context: Context,
  registerName: RegisterName,
  input: RestoreInput,
): Promise<CountOutput> {
  const register = getRegister(registerName)
  const actor = actorOf(context)
  const ids = [...new Set(input.ids)]
  const reason = reasonTextOf(context, input.reason)
  const changed = await context.store.write((database) => {
    const records = ids
      .map((id) => getRecord(database, registerName, id))
      .filter((record) => record.status === 'cancelled')
    for (const record of records) {
      writeEdit(database, actor, {
        register,
        recordId: record.id,
        current: record,
        kind: 'restore',
        act: 'restored',
        fields: {},
        cancellation: null,
        reason,
      })
    }
    return records.map((record) => record.id)
  })
  if (changed.length > 0) context.recordsStored(registerName, changed, 'local')
  return { count: changed.length, savedAt: actor.at }
}

/** A reason chosen from the dictionary is kept as its text: the history must be readable without the table. */
export function reasonTextOf(context: Context, reason: string): string {
  return context.dictionaries.find('restore-reason', reason)?.name ?? reason
}

/**
 * 房屋恢复出租: dwellings whose use is no longer letting are let again. Dwellings that are let already do not count.
 *
 * @throws RequestRefusal `notFound`, `notPossible` for a cancelled dwelling
 */
export async function restoreLetting(context: Context, input: RestoreInput): Promise<CountOutput> {
  const register = getRegister('dwelling')
  const actor = actorOf(context)
  const ids = [...new Set(input.ids)]
  const changed = await context.store.write((database) => {
    const records = ids
      .map((id) => getRecord(database, 'dwelling', id))
      .filter(
        (record) =>
          record.status === 'cancelled' || record.values['occupancyUseCode'] !== LET_OCCUPANCY_USE_CODE,
      )
    for (const record of records) {
      if (record.status === 'cancelled')
        throw new RequestRefusal('notPossible', '所选房屋中有已注销的,不能恢复出租。请先恢复该房屋。')
      writeEdit(database, actor, {
        register,
        recordId: record.id,
        current: record,
        kind: 'set',
        act: 'changed',
        fields: { occupancyUseCode: LET_OCCUPANCY_USE_CODE },
        cancellation: null,
        reason: reasonTextOf(context, input.reason),
      })
    }
    return records.map((record) => record.id)
  })
  if (changed.length > 0) context.recordsStored('dwelling', changed, 'local')
  return { count: changed.length, savedAt: actor.at }
}
