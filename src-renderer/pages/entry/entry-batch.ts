import type { Batch } from '../../../src-shared/contract/batch-types.ts'
import type { DraftInput } from '../../../src-shared/contract/types.ts'
import type { Field } from '../../../src-shared/fields/field.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { call } from '../../client/call.ts'
import type { MeterReading } from '../../forms/entry-meter.ts'
import type { BatchEntry } from './entry-session.ts'

/** Pause before the meter is written, in milliseconds: the next form and its first keys come first. */
const METER_DELAY = 1_500

/**
 * What the head of a batch fills into an empty form: who brought the papers in (采集人, the 协管员 of a dwelling, the 检查人 of an
 * inspection), the day on the paper (the one that would be today's otherwise), and the community where the form asks for one.
 */
export function inputsOfHead(
  batch: Batch,
  fields: Readonly<Record<string, Field>>,
): Readonly<Record<string, DraftInput>> {
  const inputs: Record<string, DraftInput> = {}
  const find = (isIt: (field: Field) => boolean): string | undefined =>
    Object.keys(fields).find((name) => {
      const field = fields[name]
      return field !== undefined && !field.isAutomatic && isIt(field)
    })
  const collectorField = find((field) => field.kind === 'reference' && field.register === 'coordinator')
  if (collectorField !== undefined && batch.collectorId !== null)
    inputs[collectorField] = { text: batch.collectorName, value: batch.collectorId }
  const dateField = find((field) => field.kind === 'date' && field.defaultsToToday)
  if (dateField !== undefined) inputs[dateField] = { text: batch.collectionDate, value: batch.collectionDate }
  if (fields['communityCode']?.kind === 'code' && batch.communityCode !== null)
    inputs['communityCode'] = { text: batch.communityName, value: batch.communityCode }
  return inputs
}

/** The saved sheets of a batch as the side list shows them, newest first. */
export function entriesOf(batch: Batch): readonly BatchEntry[] {
  return batch.saved.flatMap((sheet) =>
    sheet.recordId === null
      ? []
      : [
          {
            id: sheet.recordId,
            title: sheet.title,
            savedAt: sheet.at,
            uploadState: sheet.uploadState ?? 'pending',
            isUndone: sheet.isUndone,
          },
        ],
  )
}

/** What the store tells of the list; a save that it has not told of yet stays on top. */
export function mergeEntries(
  shown: readonly BatchEntry[],
  told: readonly BatchEntry[],
): readonly BatchEntry[] {
  const newest = told[0]?.savedAt ?? 0
  return [
    ...shown.filter((entry) => entry.savedAt > newest && !told.some((each) => each.id === entry.id)),
    ...told,
  ]
}

/** Writes what one record took, at leisure and for the clerk alone. A lost reading is no loss. */
export function reportMeter(register: RegisterName, reading: MeterReading): void {
  setTimeout(() => {
    call('meter.add', { register, ...reading }).catch(() => undefined)
  }, METER_DELAY)
}
