import type { FieldValue, RecordValues } from '../../../../src-shared/fields/field.ts'
import { getRegister } from '../../../../src-shared/registers/registers.ts'
import type { RegisterName } from '../../../../src-shared/registers/register.ts'
import type { OpBody } from '../../../../src-shared/sync/op.ts'
import type { ServerDatabase } from '../../../../src-server/storage/database.ts'
import type { Snapshot } from './snapshot.ts'
import { isSame } from './take-step.ts'
import type { Station, World } from './world.ts'

/** What stands at the end of a history, when everything has come through. */
export type End = {
  readonly world: World
  readonly snapshots: readonly Snapshot[]
  /** A station that pulled everything anew. */
  readonly auditor: Snapshot
  readonly log: readonly LogRow[]
  readonly conflicts: readonly StoredConflict[]
  readonly records: ReadonlyMap<string, StoredRecord>
  /** By record: all that were ever merged with it, itself too; none where nothing was. */
  readonly together: ReadonlyMap<string, ReadonlySet<string>>
}

export type LogRow = {
  readonly replica: number
  readonly n: number
  readonly opId: string
  readonly kind: string
  /** Null where it is set aside. */
  readonly seq: number | null
  readonly register: RegisterName
  readonly recordId: string
  readonly baseSeq: number
  readonly body: OpBody
}

export type StoredConflict = {
  readonly id: string
  readonly recordId: string
  readonly field: string
  readonly lost: unknown
  readonly seq: number
}

export type StoredRecord = {
  readonly status: string
  readonly mergedInto: string | null
  readonly seq: number
  readonly values: RecordValues
}

/** Each is a sentence of shared/design/sync.md; the check answers one line per breach. */
export const INVARIANTS: readonly {
  readonly number: number
  readonly sentence: string
  readonly find: (end: End) => readonly string[]
}[] = [
  { number: 1, sentence: "every replica equals the server's view of its scope", find: findDifferences },
  { number: 2, sentence: 'every op is acked or set aside with a reason', find: findUnanswered },
  { number: 3, sentence: 'every local edit is in op_log exactly once', find: findLostOps },
  {
    number: 4,
    sentence: 'each written value is current, or overwritten by an op that had seen it, or in a conflict',
    find: findLostValues,
  },
  { number: 6, sentence: 'no replica conflicts with itself alone', find: findOwnConflicts },
  { number: 8, sentence: 'cursor and rows move together', find: findHoles },
  {
    number: 9,
    sentence: 'an acked op survives loss of the client and restore of the server',
    find: findLostReceipts,
  },
  { number: 11, sentence: 'no record points to a blob that is not stored', find: findMissingPhotos },
  { number: 12, sentence: 'the mark 已上传 is shown only for a stored receipt', find: findFalseMarks },
]

function findDifferences({ world, snapshots, auditor, records }: End): readonly string[] {
  const found: string[] = []
  for (const [index, snapshot] of snapshots.entries()) {
    const waiting = listWaiting(world.stations[index])
    const who = `station ${index}`
    for (const [key, record] of auditor.records) {
      const here = snapshot.records.get(key)
      if (waiting.has(key)) continue
      if (!here) found.push(`${who} lacks ${key}`)
      else if (here.content !== record.content)
        found.push(`${who} ${key}: ${here.content} instead of ${record.content}`)
      else if (here.seq !== record.seq) found.push(`${who} ${key}: seq ${here.seq} instead of ${record.seq}`)
    }
    for (const key of snapshot.records.keys())
      if (!auditor.records.has(key) && !waiting.has(key))
        found.push(`${who} shows ${key}, which the server does not`)
    for (const [key, text] of auditor.gone)
      if (snapshot.gone.get(key) !== text && !waiting.has(key))
        found.push(`${who}: ${key} is ${String(snapshot.gone.get(key))} instead of ${text}`)
    for (const key of snapshot.gone.keys())
      if (!auditor.gone.has(key)) found.push(`${who}: ${key} is gone here only`)
    compareSets(found, `${who} conflicts`, lines(snapshot.conflicts), lines(auditor.conflicts))
    compareSets(found, `${who} duplicates`, snapshot.duplicates, auditor.duplicates)
  }
  // A pull that gave nobody a record would leave all equal: the server's own table has the last word.
  for (const [key, record] of records) {
    const isShown = record.status === 'active' || record.status === 'cancelled'
    if (isShown && auditor.records.get(key)?.seq !== record.seq)
      found.push(`nobody is given ${key} as it is at the server`)
    if (!isShown && !auditor.gone.has(key)) found.push(`nobody is told that ${key} is ${record.status}`)
  }
  return found
}

function lines(entries: ReadonlyMap<string, string>): ReadonlySet<string> {
  return new Set([...entries].map(([id, text]) => `${id} ${text}`))
}

function compareSets(
  found: string[],
  what: string,
  here: ReadonlySet<string>,
  there: ReadonlySet<string>,
): void {
  for (const each of there) if (!here.has(each)) found.push(`${what}: lacks ${each}`)
  for (const each of here) if (!there.has(each)) found.push(`${what}: has ${each}, the server has not`)
}

/** Records with an op that waits for a person: what was typed there stays shown. */
function listWaiting(station: Station | undefined): ReadonlySet<string> {
  const rows = station?.backend.context.store.read.allOf(
    "SELECT register, record_id FROM outbox WHERE state = 'setAside'",
  )
  return new Set((rows ?? []).map((row) => `${row['register']}/${row['record_id']}`))
}

function findUnanswered({ world }: End): readonly string[] {
  return world.stations.flatMap((station) =>
    station.backend.context.store.read
      .allOf('SELECT n, op_id, state, refusal, receipt FROM outbox')
      .filter(
        ({ state, refusal, receipt }) =>
          !(state === 'acked' && receipt !== null) &&
          !((state === 'setAside' || state === 'withdrawn') && String(refusal ?? '') !== ''),
      )
      .map(
        (row) =>
          `station ${station.index}: op ${row['n']} ${row['op_id']} is ${row['state']} ${String(row['refusal'])}`,
      ),
  )
}

function findLostOps({ world, log }: End): readonly string[] {
  const times = new Map<string, number>()
  for (const row of log) times.set(row.opId, (times.get(row.opId) ?? 0) + 1)
  const found = [...times]
    .filter(([, count]) => count !== 1)
    .map(([opId, count]) => `${opId} is in op_log ${count} times`)
  for (const op of world.made.values()) {
    if (times.has(op.opId) || world.forfeited.has(op.opId) || world.orphaned.has(op.opId)) continue
    found.push(
      `${op.opId} (station ${op.station}, ${op.kind} of ${op.register} ${op.recordId}) is not in op_log`,
    )
  }
  for (const row of log)
    if (!world.made.has(row.opId) && !isGround(world, row)) found.push(`nobody made ${row.opId}`)
  return found
}

function isGround(world: World, row: LogRow): boolean {
  const { dwellingId, collectorId } = world.template.ground
  return row.recordId === dwellingId || row.recordId === collectorId
}

function findLostValues(end: End): readonly string[] {
  const found: string[] = []
  for (const row of end.log) {
    if (row.seq === null) continue
    for (const [field, value] of Object.entries(row.body.fields))
      if (!isValueKept(end, row, row.seq, field, value))
        found.push(
          `${row.kind} ${row.opId} (seq ${row.seq}) of ${row.register} ${row.recordId}: ${field} = ${JSON.stringify(value)} is lost`,
        )
  }
  return found
}

function isValueKept(end: End, row: LogRow, seq: number, field: string, value: FieldValue): boolean {
  const { records, conflicts, log } = end
  const declared = getRegister(row.register).fields[field]
  const own = records.get(`${row.register}/${row.recordId}`)
  const shown = followRecord(records, row.register, row.recordId)
  const holds = (record: StoredRecord | undefined): boolean =>
    declared?.kind === 'codes'
      ? holdsCodes(record?.values[field], value)
      : isSame(record?.values[field], value)
  if (holds(shown)) return true
  if (
    conflicts.some((each) => each.id === `${row.opId}/${field}` || each.id === `${row.opId}/${field}/loser`)
  )
    return true
  if (conflicts.some((each) => each.field === field && isSame(each.lost as FieldValue, value))) return true
  // What a merge has taken over goes back when it is undone; the loser has it still.
  if (row.kind === 'merge' && wasUnmerged(log, row)) return true
  // Where two records agreed when they were merged, one who had seen the one value had seen the other.
  const together = end.together.get(row.recordId) ?? new Set([row.recordId])
  const sameWritten = log.filter(
    (other) =>
      together.has(other.recordId) &&
      other.seq !== null &&
      Object.hasOwn(other.body.fields, field) &&
      (other === row || isSame(other.body.fields[field], value)),
  )
  // Kept beneath, and whoever merged had seen it (whoever of several wrote the same): a person has chosen.
  if (
    own?.status === 'merged' &&
    holds(own) &&
    sameWritten.some((same) => wasSeenByMerge(log, same, same.seq ?? seq))
  )
    return true
  return log.some(
    (later) =>
      later !== row &&
      together.has(later.recordId) &&
      later.seq !== null &&
      Object.hasOwn(later.body.fields, field) &&
      // Whoever wrote the same value had seen it too: two stations had agreed on it.
      sameWritten.some(
        (same) =>
          (same.replica === later.replica && same.n < later.n) ||
          (same.seq !== null && same.seq <= later.baseSeq),
      ),
  )
}

function holdsCodes(current: FieldValue | undefined, value: FieldValue): boolean {
  const wanted = Array.isArray(value) ? (value as readonly string[]) : []
  const have: readonly unknown[] = Array.isArray(current) ? current : []
  // Union: what is more is another's; nothing wanted takes nothing away.
  return wanted.every((each) => have.includes(each))
}

function wasSeenByMerge(log: readonly LogRow[], row: LogRow, seq: number): boolean {
  return log.some(
    (each) =>
      each.kind === 'merge' &&
      each.seq !== null &&
      each.body.merge?.loserId === row.recordId &&
      ((each.replica === row.replica && each.n > row.n) || each.body.merge.loserBaseSeq >= seq),
  )
}

function wasUnmerged(log: readonly LogRow[], merge: LogRow): boolean {
  return log.some(
    (each) => each.kind === 'unmerge' && each.seq !== null && each.recordId === merge.body.merge?.loserId,
  )
}

function followRecord(
  records: ReadonlyMap<string, StoredRecord>,
  register: string,
  id: string,
): StoredRecord | undefined {
  let record = records.get(`${register}/${id}`)
  for (let step = 0; record?.mergedInto !== null && record?.mergedInto !== undefined && step < 10; step += 1)
    record = records.get(`${register}/${record.mergedInto}`)
  return record
}

function findOwnConflicts({ world, conflicts, together }: End): readonly string[] {
  // What a restored server has lost others offer anew, beside whoever wrote it.
  if ((world.tally['server restored'] ?? 0) > 0) return []
  return conflicts
    .filter(({ recordId }) => recordId !== world.template.ground.collectorId)
    .filter(({ recordId }) => {
      const ids = together.get(recordId) ?? new Set([recordId])
      return new Set([...ids].flatMap((id) => [...(world.editors.get(id) ?? [])])).size < 2
    })
    .map(({ id, recordId }) => `conflict ${id} on ${recordId}, on which one replica works`)
}

/** Records that were ever merged with each other: who worked on one has worked on all. */
export function groupMerged(log: readonly LogRow[]): ReadonlyMap<string, ReadonlySet<string>> {
  const groups = new Map<string, Set<string>>()
  for (const { body, recordId } of log) {
    if (!body.merge) continue
    const joined = new Set([
      ...(groups.get(recordId) ?? [recordId]),
      ...(groups.get(body.merge.loserId) ?? [body.merge.loserId]),
    ])
    for (const id of joined) groups.set(id, joined)
  }
  return groups
}

function findHoles({ world, snapshots, log }: End): readonly string[] {
  const found: string[] = []
  const numbers = log.flatMap((row) => (row.seq === null ? [] : [row.seq]))
  if (new Set(numbers).size !== numbers.length) found.push('a change number was given twice')
  for (const [index, snapshot] of snapshots.entries()) {
    const newest = Math.max(0, ...[...snapshot.records.values()].map((record) => record.seq))
    if (newest > snapshot.cursor)
      found.push(`station ${index}: rows up to ${newest}, cursor ${snapshot.cursor}`)
  }
  return found.concat(
    (world.tally['server restored'] ?? 0) > 0
      ? []
      : snapshots.flatMap((snapshot, index) =>
          snapshot.cursor < Math.max(0, ...numbers) ? [`station ${index}: cursor ${snapshot.cursor}`] : [],
        ),
  )
}

/** Values of ops that were acknowledged once and then lost by their server and their maker both. */
function findLostReceipts({ world, records, conflicts, log }: End): readonly string[] {
  const found: string[] = []
  for (const opId of world.orphaned) {
    const op = world.made.get(opId)
    if (!op || log.some((row) => row.opId === opId)) continue
    // Rescued by whoever had pulled it; nobody had: then no copy of it was left anywhere.
    for (const [field, value] of Object.entries(op.fields)) {
      const isSomewhere =
        isSame(records.get(`${op.register}/${op.recordId}`)?.values[field], value) ||
        conflicts.some((each) => each.field === field && each.recordId === op.recordId) ||
        log.some((row) => row.recordId === op.recordId && Object.hasOwn(row.body.fields, field)) ||
        !world.pulled.has(opId)
      if (!isSomewhere)
        found.push(`${opId}: ${field} = ${JSON.stringify(value)} of ${op.recordId} did not survive`)
    }
  }
  return found
}

function findMissingPhotos({ world, snapshots }: End): readonly string[] {
  // The picture itself goes up after the op that names it: it can go with a disk.
  if (world.stations.some((station) => station.memory > 0)) return []
  return snapshots.flatMap((snapshot, index) => {
    const { read } = world.stations[index]?.backend.context.store ?? {}
    return [...snapshot.records].flatMap(([key, { content, pending }]) => {
      const { photo } = (JSON.parse(content) as { readonly values: RecordValues }).values
      if (typeof photo !== 'string' || pending > 0) return []
      const isHere = read?.firstOf('SELECT 1 AS one FROM photo WHERE hash = ?', photo) !== undefined
      return isHere ? [] : [`station ${index} ${key}: photo ${photo} is not here`]
    })
  })
}

function findFalseMarks({ world }: End): readonly string[] {
  return world.stations.flatMap((station) => {
    const { read } = station.backend.context.store
    // A decision about several records that was set aside shows nowhere: it stands in the queue alone.
    const waiting = read.pluck<string>(
      `SELECT DISTINCT record_id FROM outbox
       WHERE state = 'pending' OR (state = 'setAside' AND kind IN ('set', 'cancel', 'restore'))`,
    )
    return waiting.flatMap((id) => {
      const marks = (['resident', 'employer', 'coordinator'] as const).flatMap((name) =>
        read.pluck<number>(`SELECT pending_ops FROM ${getRegister(name).table} WHERE id = ?`, id),
      )
      return marks.includes(0) ? [`station ${station.index} marks ${id} as uploaded`] : []
    })
  })
}

export async function readLog(database: ServerDatabase): Promise<readonly LogRow[]> {
  const rows = await database
    .selectFrom('op_log')
    .leftJoin('set_aside', (join) =>
      join.onRef('set_aside.replica', '=', 'op_log.replica').onRef('set_aside.n', '=', 'op_log.n'),
    )
    .select([
      'op_log.replica as replica',
      'op_log.n as n',
      'op_log.op_id as opId',
      'op_log.kind as kind',
      'op_log.seq as seq',
      'set_aside.seq as repairedSeq',
      'op_log.register as register',
      'op_log.record_id as recordId',
      'op_log.base_seq as baseSeq',
      'op_log.body as body',
    ])
    .execute()
  return rows.map(({ body, seq, repairedSeq, register, ...row }) => ({
    ...row,
    register: register as RegisterName,
    seq: seq ?? repairedSeq,
    body: JSON.parse(body) as OpBody,
  }))
}

export async function readConflicts(database: ServerDatabase): Promise<readonly StoredConflict[]> {
  const rows = await database
    .selectFrom('conflict')
    .select(['id', 'record_id as recordId', 'field', 'lost', 'seq'])
    .execute()
  return rows.map(({ lost, ...row }) => ({ ...row, lost: JSON.parse(lost) as unknown }))
}

export async function readRecords(database: ServerDatabase): Promise<ReadonlyMap<string, StoredRecord>> {
  const rows = await database.selectFrom('record').selectAll().execute()
  return new Map(
    rows.map((row) => [
      `${row.register}/${row.id}`,
      {
        status: row.status,
        mergedInto: row.merged_into,
        seq: row.seq,
        values: JSON.parse(row.data) as RecordValues,
      },
    ]),
  )
}
