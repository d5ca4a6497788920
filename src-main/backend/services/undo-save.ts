import type { CountOutput } from '../../../src-shared/contract/requests.ts'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import type { SqlRow, WriteDatabase } from '../database/database.ts'
import { findRecord, type RecordRow } from '../queries/record-row.ts'
import { ACCOMPANYING_REASON, listMinorRows, minorIdOf } from './accompanying-minors.ts'
import { noteUndoneSheet } from './batch-sheets.ts'
import { cancelOne, getRecord } from './change-status.ts'
import { actorOf, type Actor, type Context } from './context.ts'
import { hasOccupants } from './occupancy.ts'
import { findProvenanceBefore } from './value-provenance.ts'
import { RequestRefusal } from './request-failure.ts'
import { writeEdit } from './write-edit.ts'

/** The reason in the history. */
export const UNDO_REASON = '录入撤销'

/** The cancellation's reason code: 登记有误 where the table has it, else 其他. */
const REASON_CODES: Readonly<Record<RegisterName, string>> = {
  resident: '60',
  dwelling: '60',
  employer: '50',
  coordinator: '90',
  minor: '60',
  school: '60',
  estate: '60',
  residencePermit: '60',
  lease: '60',
  inspection: '60',
  serviceRequest: '60',
}

/**
 * Undoes the latest act on a record if it was a save made here: a new record is cancelled with the reason 录入撤销, a
 * changed one gets its previous values back; the minors that a resident's rows made go with it. All are edits of their own and
 * corrections: nothing disappears from the history.
 *
 * @throws RequestRefusal `notFound`, `notPossible`
 */
export async function undoSave(
  context: Context,
  input: { readonly register: RegisterName; readonly id: string },
): Promise<CountOutput> {
  const register = getRegister(input.register)
  const actor = actorOf(context)
  const minorIds = await context.store.write((database) => {
    const record = getRecord(database, input.register, input.id)
    const line = database.firstOf(
      'SELECT id, act, changes, reason, op_n, server_seq, at FROM change_log WHERE register = ? AND record_id = ? ORDER BY id DESC LIMIT 1',
      input.register,
      input.id,
    )
    if (record.status === 'cancelled') throw new RequestRefusal('notPossible', '该记录已注销,无需撤销。')
    if (
      !line ||
      line['server_seq'] !== null ||
      line['reason'] === UNDO_REASON ||
      isStep(register, line['reason'])
    )
      throw new RequestRefusal('notPossible', '该记录在录入之后又有变化,不能撤销。请打开记录修改。')
    const minors = input.register === 'resident' ? listMinorsOfSave(database, record, Number(line['at'])) : []
    if (line['act'] === 'created') {
      if (input.register === 'dwelling' && hasOccupants(database, input.id))
        throw new RequestRefusal('notPossible', '该房屋已登记有人居住,不能撤销。请先注销或迁移这些人员。')
      cancelOne(
        database,
        context,
        actor,
        register,
        record,
        { reasonCode: REASON_CODES[input.register], cancelDate: context.clock.today() },
        UNDO_REASON,
        'correction',
      )
      noteUndoneSheet(database, record.id, actor.at)
      undoMinors(database, context, actor, minors)
      return minors.map(({ record: minor }) => minor.id)
    }
    if (line['act'] !== 'changed')
      throw new RequestRefusal('notPossible', '最近一次操作不是录入或修改,不能撤销。')
    const changes = JSON.parse(String(line['changes'])) as Changes
    writeEdit(database, actor, {
      register,
      recordId: record.id,
      current: record,
      kind: 'set',
      act: 'changed',
      fields: Object.fromEntries(Object.entries(changes).map(([name, [old]]) => [name, old])),
      // A value that comes back came as it had come.
      provenance: findProvenanceBefore(database, input.register, input.id, Number(line['id']), changes),
      cancellation: null,
      reason: UNDO_REASON,
      changeKind: 'correction',
    })
    undoMinors(database, context, actor, minors)
    return minors.map(({ record: minor }) => minor.id)
  })
  context.recordsStored(input.register, [input.id], 'local')
  if (minorIds.length > 0) context.recordsStored('minor', minorIds, 'local')
  return { count: 1, savedAt: actor.at }
}

/** Whether the history's reason is the name of a step: what the record has done since is no typing to be undone. */
function isStep(register: Register, reason: unknown): boolean {
  return register.flow?.steps.some(({ label }) => label === reason) ?? false
}

type Changes = Readonly<Record<string, readonly [FieldValue, FieldValue]>>
type MinorOfSave = {
  readonly record: RecordRow
  readonly lineId: number
  readonly act: string
  readonly changes: Changes
}

/**
 * The minors that the rows of a resident's save have made or corrected: their lines in the history are of the same moment.
 *
 * @throws RequestRefusal `notPossible` for one that has changed since
 */
function listMinorsOfSave(database: WriteDatabase, resident: RecordRow, at: number): readonly MinorOfSave[] {
  return listMinorRows(resident.values).flatMap((row) => {
    const id = minorIdOf(row)
    const record = id === undefined ? undefined : findRecord(database, 'minor', id)
    if (!record) return []
    const lines = database.allOf(
      "SELECT id, act, changes, reason, at FROM change_log WHERE register = 'minor' AND record_id = ? ORDER BY id DESC",
      record.id,
    )
    const isOfSave = (line: SqlRow): boolean => line['at'] === at && line['reason'] === ACCOMPANYING_REASON
    const line = lines.find(isOfSave)
    if (!line) return []
    const last = lines[0]
    if (last !== line) {
      throw new RequestRefusal(
        'notPossible',
        `随行未成年人「${String(record.values['name'])}」在录入之后又有变化,不能撤销。请打开记录修改。`,
      )
    }
    return [
      {
        record,
        lineId: Number(line['id']),
        act: String(line['act']),
        changes: JSON.parse(String(line['changes'])) as Changes,
      },
    ]
  })
}

function undoMinors(
  database: WriteDatabase,
  context: Context,
  actor: Actor,
  minors: readonly MinorOfSave[],
): void {
  const register = getRegister('minor')
  for (const { record, lineId, act, changes } of minors) {
    if (act === 'restored') {
      cancelOne(
        database,
        context,
        actor,
        register,
        record,
        cancellationIn(changes),
        UNDO_REASON,
        'correction',
      )
      continue
    }
    if (act === 'created') {
      const cancellation = { reasonCode: REASON_CODES.minor, cancelDate: context.clock.today() }
      cancelOne(database, context, actor, register, record, cancellation, UNDO_REASON, 'correction')
      continue
    }
    writeEdit(database, actor, {
      register,
      recordId: record.id,
      current: record,
      kind: 'set',
      act: 'changed',
      fields: Object.fromEntries(Object.entries(changes).map(([name, [old]]) => [name, old])),
      provenance: findProvenanceBefore(database, 'minor', record.id, lineId, changes),
      cancellation: null,
      reason: UNDO_REASON,
      changeKind: 'correction',
    })
  }
}

/** The cancellation that a restoration has taken away. */
function cancellationIn(changes: Changes): RecordValues {
  const prefix = 'cancellation.'
  return Object.fromEntries(
    Object.entries(changes)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, [old]]) => [name.slice(prefix.length), old]),
  )
}
