import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { maskPersonal, type LabelOf } from '../../../src-shared/fields/display.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { ServerStatus } from '../../../src-shared/sync/op.ts'
import type { ReadDatabase } from '../database/database.ts'
import { listGone } from '../queries/gone-record.ts'
import { listRecords } from '../queries/record-row.ts'
import type { Context } from './context.ts'
import { labellerFor, titleOf } from './record-labels.ts'

/** A record as lists name it, whether it is shown or gone. */
export type NamedRecord = {
  readonly register: Register
  readonly status: ServerStatus
  readonly cancellation: RecordValues | null
  readonly values: RecordValues
  readonly title: string
}

type Key = { readonly register: RegisterName; readonly recordId: string }

/** Records by register and id, with their titles; unknown ones are left out. */
export type NamedRecords = { readonly find: (register: RegisterName, id: string) => NamedRecord | undefined }

/** Reads the records of a page of any list: shown ones, and those that are merged or deleted. */
export function nameRecords(context: Context, read: ReadDatabase, keys: readonly Key[]): NamedRecords {
  const found = new Map<string, NamedRecord>()
  for (const name of new Set(keys.map((key) => key.register))) {
    const register = getRegister(name)
    const ids = [...new Set(keys.filter((key) => key.register === name).map((key) => key.recordId))]
    const records = [
      ...listGone(read, name, ids).map((gone) => ({ id: gone.recordId, ...gone.record })),
      ...listRecords(read, name, ids),
    ]
    const { labelOf } = labellerFor(
      read,
      context.dictionaries,
      register,
      records.map((record) => record.values),
    )
    for (const record of records) {
      found.set(`${name} ${record.id}`, {
        register,
        status: record.status,
        cancellation: record.cancellation,
        values: record.values,
        title: titleOf(register, record.values, labelOf),
      })
    }
  }
  return { find: (register, id) => found.get(`${register} ${id}`) }
}

/** The title made of an op's own values, where its record is not here. */
export function titleOfValues(
  context: Context,
  read: ReadDatabase,
  register: Register,
  values: RecordValues,
): string {
  const { labelOf } = labellerFor(read, context.dictionaries, register, [values])
  return titleOf(register, values, labelOf)
}

/** Personal texts as the present account may see them. */
export function maskerFor(context: Context): (register: Register, field: string, text: string) => string {
  if (context.account()?.role !== 'viewer') return (_register, _field, text) => text
  return (register, field, text) => (register.fields[field]?.isPersonal === true ? maskPersonal(text) : text)
}

/** What the status of a record is called; a cancelled one with its reason. */
export function describeStatus(
  register: Register,
  state: { readonly status: ServerStatus; readonly cancellation: RecordValues | null },
  labelOf: LabelOf,
): string {
  if (state.status === 'merged') return '已合并到另一条记录'
  if (state.status === 'deleted') return '已删除'
  const label = register.statusLabels[state.status]
  const field = register.cancellation['reasonCode']
  const code = state.cancellation?.['reasonCode']
  if (state.status === 'active' || field === undefined || typeof code !== 'string') return label
  return `${label}(${labelOf(field, code)})`
}
