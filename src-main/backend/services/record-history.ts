import type { HistoryLine } from '../../../src-shared/contract/types.ts'
import { displayValue } from '../../../src-shared/fields/display.ts'
import { isEmptyValue, type Field } from '../../../src-shared/fields/field.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { isPulled, listLogLines, type LogLine } from './change-lines.ts'
import type { Context } from './context.ts'
import { namerFor } from './names.ts'
import { labellerFor } from './record-labels.ts'
import { maskerFor } from './shown-records.ts'

/** Lines of a history that are shown. */
const SHOWN_LINES = 500

/** What happened to a record, the newest first. */
export function listHistory(
  context: Context,
  input: { readonly register: RegisterName; readonly id: string },
): readonly HistoryLine[] {
  const lines = listLogLines(context.store.read, input.register, input.id, SHOWN_LINES)
  const describe = describerFor(context, getRegister(input.register), lines)
  return lines.map(describe)
}

/** One line in words. */
export function toHistoryLine(context: Context, register: Register, line: LogLine): HistoryLine {
  return describerFor(context, register, [line])(line)
}

/** Puts these lines into words: every record their values refer to is read once. */
function describerFor(
  context: Context,
  register: Register,
  lines: readonly LogLine[],
): (line: LogLine) => HistoryLine {
  const both = lines.flatMap(({ changes, cardChoices }) => [
    Object.fromEntries(Object.entries(changes).map(([name, [old]]) => [name, old])),
    Object.fromEntries(Object.entries(changes).map(([name, [, value]]) => [name, value])),
    Object.fromEntries(Object.entries(cardChoices).map(([name, { other }]) => [name, other])),
  ])
  const { labelOf } = labellerFor(context.store.read, context.dictionaries, register, both)
  const namer = namerFor(context.store.read)
  const mask = maskerFor(context)
  return (line) => ({
    version: line.id,
    at: line.at,
    act: line.act,
    by: namer.person(line.accountName),
    station: namer.station(line.stationCode),
    reason: line.reason,
    changeKind: line.changeKind,
    effectiveDate: line.effectiveDate,
    cardChoices: Object.entries(line.cardChoices)
      .toSorted(inOrderOf(register))
      .flatMap(([name, { took, other }]) => {
        const field = historyFieldOf(register, name)
        if (!field) return []
        return [
          { label: field.label, took, other: mask(register, name, displayValue(field, other, labelOf)) },
        ]
      }),
    changes: Object.entries(line.changes)
      .toSorted(inOrderOf(register))
      .flatMap(([name, [old, value]]) => {
        const field = historyFieldOf(register, name)
        if (!field || (isEmptyValue(old) && isEmptyValue(value))) return []
        return [
          {
            label: field.label,
            from: mask(register, name, displayValue(field, old, labelOf)),
            to: mask(register, name, displayValue(field, value, labelOf)),
            provenance: isPulled(line) ? 'server' : (line.provenance[name] ?? null),
          },
        ]
      }),
  })
}

/** Changes are shown in the order of the paper form. */
function inOrderOf(
  register: Register,
): (a: readonly [string, unknown], b: readonly [string, unknown]) => number {
  const order = new Map(
    [
      ...Object.keys(register.fields),
      ...Object.keys(register.cancellation).map((name) => `cancellation.${name}`),
    ].map((name, index) => [name, index]),
  )
  return (a, b) => (order.get(a[0]) ?? 0) - (order.get(b[0]) ?? 0)
}

function historyFieldOf(register: Register, name: string): Field | undefined {
  return name.startsWith('cancellation.')
    ? register.cancellation[name.slice('cancellation.'.length)]
    : register.fields[name]
}
