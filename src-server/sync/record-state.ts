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
  const versions: Record<string, FieldVersion> = {}
  for (const name of Object.keys(values))
    versions[name] = readVersion(stored[name] ?? stored[OTHERS] ?? [0, 0, 0])
  return {
    status: row.status,
    mergedInto: null,
    cancellation: row.cancellation === null ? null : (JSON.parse(row.cancellation) as RecordValues),
    statusVersion: readVersion(stored[STATUS_FIELD] ?? stored[OTHERS] ?? [0, 0, 0]),
    values,
    versions,
  }
}

/** The inverse: most fields of a record share the version of its first edit, which is written once. */
export function writeMergeState(state: MergeState): Pick<RecordRow, StateColumn> {
  const texts = new Map<string, number>()
  const all: [string, StoredVersion][] = [
    [STATUS_FIELD, writeVersion(state.statusVersion)],
    ...Object.entries(state.versions).map(([name, version]): [string, StoredVersion] => [
      name,
      writeVersion(version),
    ]),
  ]
  for (const [, version] of all) {
    const text = version.join()
    texts.set(text, (texts.get(text) ?? 0) + 1)
  }
  const [commonText] = [...texts].reduce((best, each) => (each[1] > best[1] ? each : best))
  const versions: Record<string, StoredVersion> = {}
  for (const [name, version] of all) versions[version.join() === commonText ? OTHERS : name] = version
  if (state.status !== 'active' && state.status !== 'cancelled')
    throw new Error(`${state.status} cannot be stored yet`)
  return {
    status: state.status,
    merged_into: state.mergedInto,
    cancellation: state.cancellation === null ? null : JSON.stringify(state.cancellation),
    data: JSON.stringify(state.values),
    versions: JSON.stringify(versions),
  }
}

function readVersion([seq, writer, foreignSeq]: StoredVersion): FieldVersion {
  return { seq, writer, foreignSeq }
}

function writeVersion({ seq, writer, foreignSeq }: FieldVersion): StoredVersion {
  return [seq, writer, foreignSeq]
}
