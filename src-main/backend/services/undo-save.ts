import type { CountOutput } from '../../../src-shared/contract/requests.ts'
import type { FieldValue } from '../../../src-shared/fields/field.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { noteUndoneSheet } from './batch-sheets.ts'
import { cancelOne, getRecord } from './change-status.ts'
import { actorOf, type Context } from './context.ts'
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
 * changed one gets its previous values back. Both are edits of their own and corrections: nothing disappears from the history.
 *
 * @throws RequestRefusal `notFound`, `notPossible`
 */
export async function undoSave(
  context: Context,
  input: { readonly register: RegisterName; readonly id: string },
): Promise<CountOutput> {
  const register = getRegister(input.register)
  const actor = actorOf(context)
  await context.store.write((database) => {
    const record = getRecord(database, input.register, input.id)
    const line = database.firstOf(
      'SELECT id, act, changes, reason, op_n, server_seq FROM change_log WHERE register = ? AND record_id = ? ORDER BY id DESC LIMIT 1',
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
    if (line['act'] === 'created') {
      if (input.register === 'dwelling' && hasResidents(input.id))
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
      return
    }
    if (line['act'] !== 'changed')
      throw new RequestRefusal('notPossible', '最近一次操作不是录入或修改,不能撤销。')
    const changes = JSON.parse(String(line['changes'])) as Readonly<
      Record<string, readonly [FieldValue, FieldValue]>
    >
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

    function hasResidents(id: string): boolean {
      return (
        database.firstOf(
          "SELECT 1 AS found FROM resident WHERE dwelling_id = ? AND status = 'active' LIMIT 1",
          id,
        ) !== undefined
      )
    }
  })
  context.recordsStored(input.register, [input.id], 'local')
  return { count: 1, savedAt: actor.at }
}

/** Whether the history's reason is the name of a step: what the record has done since is no typing to be undone. */
function isStep(register: Register, reason: unknown): boolean {
  return register.flow?.steps.some(({ label }) => label === reason) ?? false
}
