import { findRecord } from '../../../../src-main/backend/queries/record-row.ts'
import { readSyncState } from '../../../../src-main/backend/sync/sync-state.ts'
import type { Backend } from '../../../../src-main/backend/create-backend.ts'
import { isEmptyValue, type RecordValues } from '../../../../src-shared/fields/field.ts'
import { canonicalJson } from '../../../../src-shared/fields/merge.ts'
import { REGISTER_NAMES } from '../../../../src-shared/registers/register.ts'
import { getRegister } from '../../../../src-shared/registers/registers.ts'

/** What a station shows and holds, in a form that can be compared. */
export type Snapshot = {
  /** `register/id` → what is shown of it. */
  readonly records: ReadonlyMap<string, ShownRecord>
  /** Records that are not shown: `register/id` → status and seq. */
  readonly gone: ReadonlyMap<string, string>
  /** Ids of open conflicts with what lost. */
  readonly conflicts: ReadonlyMap<string, string>
  /** `register/id/other`. */
  readonly duplicates: ReadonlySet<string>
  readonly cursor: number
  readonly epoch: string | null
}

export type ShownRecord = {
  readonly seq: number
  readonly pending: number
  /** Canonical JSON of everything of it that is shown. */
  readonly content: string
}

export function takeSnapshot(backend: Backend): Snapshot {
  const { read } = backend.context.store
  const records = new Map<string, ShownRecord>()
  for (const name of REGISTER_NAMES) {
    for (const id of read.pluck<string>(`SELECT id FROM ${getRegister(name).table}`)) {
      const record = findRecord(read, name, id)
      if (!record) continue
      records.set(`${name}/${id}`, {
        seq: record.serverSeq,
        pending: record.pendingOps,
        content: canonicalJson({
          status: record.status,
          cancellation: record.cancellation === null ? null : withoutEmpty(record.cancellation),
          stationCode: record.stationCode,
          values: withoutEmpty(record.values),
        }),
      })
    }
  }
  const gone = new Map(
    read
      .allOf('SELECT register, record_id, status, merged_into, seq FROM gone_record')
      .map((row) => [
        `${row['register']}/${row['record_id']}`,
        `${row['status']} ${row['merged_into']} ${row['seq']}`,
      ]),
  )
  const conflicts = new Map(
    read.allOf('SELECT id, register, record_id, body FROM conflict').map((row) => {
      const body = JSON.parse(String(row['body'])) as { readonly lost: unknown; readonly field: string }
      return [
        String(row['id']),
        `${row['register']}/${row['record_id']} ${body.field} ${JSON.stringify(body.lost)}`,
      ]
    }),
  )
  const duplicates = new Set(
    read
      .allOf('SELECT register, record_id, other_id FROM duplicate')
      .map((row) => `${row['register']}/${row['record_id']}/${row['other_id']}`),
  )
  const { cursor, epoch } = readSyncState(read)
  return { records, gone, conflicts, duplicates, cursor, epoch }
}

function withoutEmpty(values: RecordValues): RecordValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmptyValue(value)))
}
