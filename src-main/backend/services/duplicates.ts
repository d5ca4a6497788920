import type { DuplicatePage, DuplicatePair, DuplicateSide } from '../../../src-shared/contract/sync-types.ts'
import { displayValue } from '../../../src-shared/fields/display.ts'
import { isEmptyValue } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import { REGISTER_NAMES, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { ReadDatabase } from '../database/database.ts'
import { findRecord, type RecordRow } from '../queries/record-row.ts'
import { countReferrers } from '../queries/references.ts'
import type { Page } from './conflicts.ts'
import type { Context } from './context.ts'
import { namerFor } from './names.ts'
import { labellerFor, titleOf } from './record-labels.ts'
import { maskerFor } from './shown-records.ts'

/** Pairs of records that are both shown here and that nobody has declared different things, as (smaller id, greater id). */
const PAIRS = REGISTER_NAMES.map((name) => {
  const { table } = getRegister(name)
  return `SELECT '${name}' AS register, min(record_id, other_id) AS a, max(record_id, other_id) AS b
    FROM duplicate
    WHERE register = '${name}'
      AND EXISTS (SELECT 1 FROM ${table} WHERE id = record_id) AND EXISTS (SELECT 1 FROM ${table} WHERE id = other_id)
    GROUP BY a, b HAVING max(is_decided) = 0`
}).join(' UNION ALL ')

/** Pairs of records with the same natural key that wait for a person. */
export function countDuplicates(read: ReadDatabase): number {
  return Number(read.pluck<number>(`SELECT count(*) FROM (${PAIRS})`)[0])
}

/** Pairs side by side, the newest first. */
export function listDuplicates(context: Context, page: Page): DuplicatePage {
  const { read } = context.store
  const rows = read
    .allOf(
      `SELECT register, a, b FROM (${PAIRS}) ORDER BY b DESC, a DESC LIMIT ? OFFSET ?`,
      page.limit,
      page.offset,
    )
    .flatMap((pair): DuplicatePair[] => {
      const name = pair['register'] as RegisterName
      const left = findRecord(read, name, String(pair['a']))
      const right = findRecord(read, name, String(pair['b']))
      return left && right ? [pairOf(context, name, left, right)] : []
    })
  return { rows, total: countDuplicates(read) }
}

function pairOf(context: Context, name: RegisterName, left: RecordRow, right: RecordRow): DuplicatePair {
  const { read } = context.store
  const register = getRegister(name)
  const { labelOf } = labellerFor(read, context.dictionaries, register, [left.values, right.values])
  const mask = maskerFor(context)
  const namer = namerFor(read)
  const sideOf = (record: RecordRow): DuplicateSide => ({
    id: record.id,
    title: titleOf(register, record.values, labelOf),
    station: namer.station(record.stationCode),
    status: record.status,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    linkedCount: countReferrers(read, name, record.id),
  })
  const fields = Object.entries(register.fields).flatMap(([field, declared]) => {
    const [a, b] = [left.values[field], right.values[field]]
    if (isEmptyValue(a) && isEmptyValue(b)) return []
    return [
      {
        field,
        label: declared.label,
        left: mask(register, field, displayValue(declared, a, labelOf)),
        right: mask(register, field, displayValue(declared, b, labelOf)),
        isDifferent: !areEqualValues(a, b),
      },
    ]
  })
  return { register: name, left: sideOf(left), right: sideOf(right), fields }
}
