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
  return {
    status: state.status,
    merged_into: state.mergedInto,
    cancellation: state.cancellation === null ? null : JSON.stringify(state.cancellation),
    data: JSON.stringify(state.values),
    versions: writeVersions(state),
  }
}

function writeVersions(state: MergeState): string {
  const groups = new Map<string, string[]>()
  let last: FieldVersion | undefined
  let group: string[] = []
  const add = (name: string, version: FieldVersion): void => {
    if (last === undefined || !isSameVersion(last, version)) {
      const text = writeVersion(version)
      group = groups.get(text) ?? []
      groups.set(text, group)
      last = version
    }
    group.push(name)
  }
  add(STATUS_FIELD, state.statusVersion)
  for (const name in state.versions) add(name, state.versions[name] as FieldVersion)
  let common = ''
  let most = 0
  for (const [text, names] of groups) {
    if (names.length > most) {
      common = text
      most = names.length
    }
  }
  let written = `{"${OTHERS}":${common}`
  for (const [text, names] of groups) {
    if (text === common) continue
    for (const name of names) written += `,${JSON.stringify(name)}:${text}`
  }
  return `${written}}`
}

function isSameVersion(left: FieldVersion, right: FieldVersion): boolean {
  return left.seq === right.seq && left.writer === right.writer && left.foreignSeq === right.foreignSeq
}

function readVersion([seq, writer, foreignSeq]: StoredVersion): FieldVersion {
  return { seq, writer, foreignSeq }
}

function writeVersion({ seq, writer, foreignSeq }: FieldVersion): string {
  return `[${seq},${writer},${foreignSeq}]`
}
