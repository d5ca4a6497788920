import { STATUS_FIELD, type FieldVersion, type MergeState } from '../../src-shared/sync/merge.ts'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import type { RecordRow } from '../storage/tables.ts'

type StoredVersion = readonly [seq: number, writer: number, foreignSeq: number]
type StateColumn = 'status' | 'merged_into' | 'cancellation' | 'data' | 'versions'

/** Stands for every field of `data` that is not named. */
const OTHERS = ''

/** Reads what merging needs from a stored row. */
export function readMergeState(row: Pick<RecordRow, StateColumn>): MergeState {
  const values = JSON.parse(row.data) as RecordValues
  const stored = JSON.parse(row.versions) as Readonly<Record<string, StoredVersion>>
  const others = readVersion(stored[OTHERS] ?? [0, 0, 0])
  const versions: Record<string, FieldVersion> = {}
  for (const name of Object.keys(values)) {
    const own = stored[name]
    versions[name] = own === undefined ? others : readVersion(own)
  }
  const status = stored[STATUS_FIELD]
  return {
    status: row.status,
    mergedInto: row.merged_into,
    cancellation: row.cancellation === null ? null : (JSON.parse(row.cancellation) as RecordValues),
    statusVersion: status === undefined ? others : readVersion(status),
    values,
    versions,
  }
}

/** The inverse: most fields of a record share the version of its first edit, which is written once. */
export function writeMergeState(state: MergeState): Pick<RecordRow, StateColumn> {
  const counts = new Map<string, number>()
  let common = ''
  const texts = new Map<string, string>([[STATUS_FIELD, writeVersion(state.statusVersion)]])
  for (const [name, version] of Object.entries(state.versions)) texts.set(name, writeVersion(version))
  for (const text of texts.values()) {
    const count = (counts.get(text) ?? 0) + 1
    counts.set(text, count)
    if (count > (common === '' ? 0 : (counts.get(common) ?? 0))) common = text
  }
  const parts = [`"${OTHERS}":${common}`]
  for (const [name, text] of texts) if (text !== common) parts.push(`${JSON.stringify(name)}:${text}`)
  return {
    status: state.status,
    merged_into: state.mergedInto,
    cancellation: state.cancellation === null ? null : JSON.stringify(state.cancellation),
    data: JSON.stringify(state.values),
    versions: `{${parts.join(',')}}`,
  }
}

function readVersion([seq, writer, foreignSeq]: StoredVersion): FieldVersion {
  return { seq, writer, foreignSeq }
}

function writeVersion({ seq, writer, foreignSeq }: FieldVersion): string {
  return `[${seq},${writer},${foreignSeq}]`
}
