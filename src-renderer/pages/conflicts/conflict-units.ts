import type { ConflictRow } from '../../../src-shared/contract/sync-types.ts'
import type { RequestInput } from '../../../src-shared/contract/requests.ts'
import type { FieldValue } from '../../../src-shared/fields/field.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'

/** The name under which a conflict about the status is kept. */
const statusField = '@status'

/** What is decided with one key: the fields of one record that belong together and lost to the same edit. */
export type ConflictUnit = {
  readonly key: string
  readonly register: RegisterName
  readonly recordId: string
  readonly title: string
  readonly recordStatus: ConflictRow['recordStatus']
  /** At least one. */
  readonly rows: readonly ConflictRow[]
  /** Active, cancelled, merged or deleted: there is no third value to type. */
  readonly isStatus: boolean
}

/** The units of one record, in the order of the list. */
export type RecordConflicts = {
  readonly register: RegisterName
  readonly recordId: string
  readonly title: string
  readonly recordStatus: ConflictRow['recordStatus']
  readonly units: readonly ConflictUnit[]
}

/** The edit that lost, by the conflict's id (`<op>/<field>`, with `/loser` behind it for what a merge found). */
function editOf(row: ConflictRow): string {
  const [op = '', , variant = ''] = row.id.split('/')
  return `${op}/${variant}`
}

/** The rows as their fields follow each other on paper. */
function inPaperOrder(rows: readonly ConflictRow[]): readonly ConflictRow[] {
  const [first] = rows
  if (!first) return rows
  const order = Object.keys(getRegister(first.register).fields)
  return rows.toSorted((a, b) => order.indexOf(a.field) - order.indexOf(b.field))
}

/** Orders open conflicts for a person: record by record as listed, and in it unit by unit. Those of `decided` are left out. */
export function groupConflicts(
  rows: readonly ConflictRow[],
  decided: ReadonlySet<string>,
): readonly RecordConflicts[] {
  const records = new Map<string, Map<string, ConflictRow[]>>()
  for (const row of rows) {
    if (row.isDecided || decided.has(row.id)) continue
    const recordKey = `${row.register}/${row.recordId}`
    const units = records.get(recordKey) ?? new Map<string, ConflictRow[]>()
    records.set(recordKey, units)
    const unitKey = `${recordKey}/${row.group}/${editOf(row)}`
    const unit = units.get(unitKey)
    if (unit) unit.push(row)
    else units.set(unitKey, [row])
  }
  return [...records.values()].flatMap((units) => {
    const made = [...units].flatMap(([key, unitRows]) => {
      const sorted = inPaperOrder(unitRows)
      const [first] = sorted
      if (!first) return []
      const { register, recordId, title, recordStatus, field } = first
      return [{ key, register, recordId, title, recordStatus, rows: sorted, isStatus: field === statusField }]
    })
    const [first] = made
    if (!first) return []
    const { register, recordId, title, recordStatus } = first
    return [{ register, recordId, title, recordStatus, units: made }]
  })
}

export type Decision =
  | { readonly choice: 'kept' | 'lost' }
  /** Typed values by field. */
  | { readonly choice: 'other'; readonly values: Readonly<Record<string, FieldValue>> }

/** What is asked of the backend for a unit: one decision for each of its conflicts. */
export function resolveInput(unit: ConflictUnit, decision: Decision): RequestInput<'conflict.resolve'> {
  return {
    register: unit.register,
    recordId: unit.recordId,
    decisions: unit.rows.map((row) =>
      decision.choice === 'other'
        ? { conflictId: row.id, choice: 'other' as const, value: decision.values[row.field] ?? null }
        : { conflictId: row.id, choice: decision.choice },
    ),
  }
}

/** The text of one side of a unit, for a message. */
export function sideText(unit: ConflictUnit, side: 'kept' | 'lost'): string {
  const texts = unit.rows.map((row) => row[side].text).filter((text) => text !== '')
  return texts.length === 0 ? '(空)' : texts.join(' ')
}

/** What a unit is about: the labels of its fields. */
export function unitLabel(unit: ConflictUnit): string {
  return unit.rows.map(({ label }) => label).join('、')
}
