import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues, canonicalJson } from '../../../src-shared/fields/merge.ts'
import type { RecordStatus } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import {
  conflictId,
  mergeEdit,
  mergeRecords,
  mergeRedirected,
  STATUS_FIELD,
  unmergeRecords,
  type FieldConflict,
  type MergeResult,
  type MergeState,
  type MergeUndo,
} from '../../../src-shared/sync/merge.ts'
import type { LostStatus, OpKind, ServerStatus } from '../../../src-shared/sync/op.ts'

/**
 * The server of the model: op log, records, conflicts, aliases, pairs declared different, photos and epochs in plain maps. A
 * transaction works on a copy that takes the store's place when it commits, so a copy of the store is a backup.
 */

export const model = getRegister('resident')
/** A reference; the model lets it name any of its records. */
export const REFERENCE = 'dwellingId'
/** A value the server refuses. */
export const REFUSED = 'bad'
/** What a restore passes over, times how often anyone has restored: numbers of two pasts never meet. */
export const SKIPPED = 1_000_000

/** Faults that can be put in, to see whether the invariants find them. */
export type Mutant =
  | 'rowIdReuse'
  | 'lastWriterWins'
  | 'dropOnAck'
  | 'naiveCursor'
  | 'noOwnChain'
  | 'noHash'
  | 'forgetsLateOps'
  | 'noSkippedNumbers'
  | 'ackBeforeCommit'
  | 'echoUnchecked'
  | 'cursorBeforeRows'
  | 'baseOfServer'
  | 'mergeUnseen'
  | 'deleteUnseen'
  | 'noRescue'
  | 'resendsNothing'
  | 'photoUnchecked'
  | 'refusalIsReceipt'
  | 'forgetsRefused'

export type ModelOp = {
  readonly n: number
  readonly opId: string
  readonly recordId: string
  readonly kind: OpKind
  readonly baseSeq: number
  readonly fields: RecordValues
  readonly cancellation: RecordValues | null
  readonly status?: RecordStatus
  readonly resolves?: readonly string[]
  readonly distinctFrom?: readonly string[]
  readonly merge?: { readonly loserId: string; readonly loserBaseSeq: number }
  readonly isCreation: boolean
  readonly isRescue?: true
  readonly hash: string
}

/** The hash of the real op covers everything but its number; here the text itself serves. */
export function hashOf(op: Omit<ModelOp, 'n' | 'hash'>): string {
  return canonicalJson({ ...op, n: undefined, hash: undefined })
}

export type LogRow = {
  readonly op: ModelOp
  readonly replica: string
  /** Null while it is set aside. */
  readonly seq: number | null
  readonly conflicts: readonly string[]
  /** The requests that have asked while it was set aside: the same one delivered again asks nothing new. */
  readonly batches: readonly string[]
}

export type ModelRecord = {
  readonly seq: number
  readonly state: MergeState
  /** Every change after `echoAfter` was an op of this replica, taken exactly as sent. */
  readonly echoReplica: string
  readonly echoAfter: number
}

export type ModelConflict = {
  readonly id: string
  readonly opId: string
  readonly recordId: string
  readonly originId: string | null
  readonly field: string
  readonly kept: FieldValue | LostStatus
  readonly lost: FieldValue | LostStatus
  readonly seq: number
  readonly isOpen: boolean
}

export type Alias = {
  readonly winner: string
  readonly undo: MergeUndo
  readonly seq: number
  readonly opId: string
}

export type ServerStore = {
  epoch: number
  /** How far each earlier epoch's numbers mean the same here. */
  epochs: ReadonlyMap<number, number>
  counter: number
  readonly replicas: Map<string, { readonly number: number; readonly lastN: number }>
  readonly log: Map<string, LogRow>
  /** `replica/n` → op id. */
  readonly numbers: Map<string, string>
  readonly records: Map<string, ModelRecord>
  readonly conflicts: Map<string, ModelConflict>
  readonly aliases: Map<string, Alias>
  /** `a/b` both ways round. */
  readonly distinct: Map<string, { readonly replica: string; readonly seq: number }>
  readonly photos: Set<string>
}

export function emptyServer(): ServerStore {
  return {
    epoch: 1,
    epochs: new Map(),
    counter: 0,
    replicas: new Map(),
    log: new Map(),
    numbers: new Map(),
    records: new Map(),
    conflicts: new Map(),
    aliases: new Map(),
    distinct: new Map(),
    photos: new Set(),
  }
}

export function copyServer(store: ServerStore): ServerStore {
  return {
    epoch: store.epoch,
    epochs: store.epochs,
    counter: store.counter,
    replicas: new Map(store.replicas),
    log: new Map(store.log),
    numbers: new Map(store.numbers),
    records: new Map(store.records),
    conflicts: new Map(store.conflicts),
    aliases: new Map(store.aliases),
    distinct: new Map(store.distinct),
    photos: new Set(store.photos),
  }
}

/** A backup put back: a new epoch that knows how far the earlier ones reach. */
export function restoreServer(
  backup: ServerStore,
  epoch: number,
  restores: number,
  mutant: Mutant | undefined,
): ServerStore {
  const store = copyServer(backup)
  store.epochs = new Map(backup.epochs).set(backup.epoch, backup.counter)
  store.epoch = epoch
  if (mutant !== 'noSkippedNumbers') store.counter += SKIPPED * restores
  return store
}

/** A refusal that stops the round. */
export class Refusal extends Error {
  readonly code: 'epochChanged' | 'gap' | 'hashDiffers'
  constructor(code: 'epochChanged' | 'gap' | 'hashDiffers') {
    super(code)
    this.code = code
  }
}

export type Hello = {
  readonly epoch: number
  readonly knownUpTo: number | null
  readonly lastN: number
}

/** @param epoch what the client knows; null before its first hello */
export function hello(store: ServerStore, replica: string, epoch: number | null): Hello {
  const here = epoch === store.epoch ? store.counter : epoch === null ? 0 : store.epochs.get(epoch)
  return { epoch: store.epoch, knownUpTo: here ?? null, lastN: store.replicas.get(replica)?.lastN ?? 0 }
}

export type PushRequest = {
  readonly replica: string
  readonly epoch: number
  readonly batchId: string
  readonly afterN: number
  readonly ops: readonly ModelOp[]
}

export type PushAnswer = {
  readonly receipts: readonly (readonly [n: number, seq: number])[]
  readonly setAside: readonly number[]
}

/** Takes ops into the (copied) store. @throws Refusal with nothing to commit */
export function push(
  store: ServerStore,
  request: PushRequest,
  mutant: Mutant | undefined,
  firstSeq?: number,
): PushAnswer {
  if (request.epoch !== store.epoch) throw new Refusal('epochChanged')
  const replica = store.replicas.get(request.replica) ?? { number: store.replicas.size + 1, lastN: 0 }
  if (request.afterN > replica.lastN) throw new Refusal('gap')
  const numbering = firstSeq === undefined ? undefined : { next: firstSeq }
  const answers = new Map<number, number | null>()
  let { lastN } = replica
  for (const op of request.ops) {
    lastN = Math.max(lastN, op.n)
    const key = `${request.replica}/${op.n}`
    const knownId = store.numbers.get(key) ?? (store.log.has(op.opId) ? op.opId : undefined)
    const known = knownId === undefined ? undefined : store.log.get(knownId)
    if (known !== undefined) {
      if (mutant !== 'noHash' && mutant !== 'rowIdReuse' && known.op.hash !== op.hash)
        throw new Refusal('hashDiffers')
      if (known.seq !== null || known.op.opId !== op.opId || known.batches.includes(request.batchId)) {
        answers.set(op.n, known.seq)
        continue
      }
      // A refused op that is sent again is asked anew, and waits for who sent it.
      store.log.set(op.opId, { ...known, op, replica: request.replica })
    }
    store.numbers.set(key, op.opId)
    const batches = [...(known?.batches ?? []), request.batchId]
    takeOp(store, { id: request.replica, number: replica.number, batches }, op, answers, mutant, numbering)
  }
  for (const row of store.log.values()) {
    // What a later op has repaired is told with every push about that record.
    if (row.replica === request.replica && row.seq !== null && !answers.has(row.op.n))
      if (request.ops.some((op) => op.recordId === row.op.recordId)) answers.set(row.op.n, row.seq)
  }
  store.replicas.set(request.replica, { ...replica, lastN })
  const receipts: [number, number][] = []
  const setAside: number[] = []
  for (const [n, seq] of answers) {
    if (seq === null) {
      setAside.push(n)
      if (mutant === 'refusalIsReceipt') receipts.push([n, store.counter])
    } else receipts.push([n, seq])
  }
  return { receipts, setAside }
}

type Writer = { readonly id: string; readonly number: number; readonly batches: readonly string[] }

/** Numbers of the mutant that gives them out before it commits. */
type Numbering = { next: number } | undefined

function nextSeq(store: ServerStore, numbering: Numbering): number {
  if (numbering === undefined) {
    store.counter += 1
    return store.counter
  }
  numbering.next += 1
  return numbering.next - 1
}

function takeOp(
  store: ServerStore,
  writer: Writer,
  op: ModelOp,
  answers: Map<number, number | null>,
  mutant: Mutant | undefined,
  numbering: Numbering,
): void {
  const logged = { op, replica: writer.id, conflicts: [], batches: writer.batches }
  const own = withoutLater(store, writer.id, asLeft(store, writer.id, op))
  const isNew = !store.records.has(op.recordId)
  const waiting = listWaiting(store, writer.id, op)
  const repaired = waiting
    .map((row) => withoutLater(store, writer.id, row.op))
    // What a program offers nobody has typed again.
    .map((left) => (own.isRescue ? left : { ...left, fields: withoutFields(left.fields, own.fields) }))
    .filter((left) => !isRefused(left))
  const isMergeOfUnknown =
    op.kind === 'merge' && (op.merge === undefined || !store.records.has(op.merge.loserId))
  const isWithoutRecord =
    isNew &&
    ((repaired.length < waiting.length && !own.isRescue) ||
      ![...repaired, own].some((each) => each.isCreation) ||
      op.kind === 'merge')
  if (isRefused(own) || isMergeOfUnknown || isWithoutRecord) {
    if (mutant !== 'forgetsRefused') store.log.set(op.opId, { ...logged, seq: null })
    answers.set(op.n, null)
    return
  }
  const isAsSent = repaired.length === 0 && own.fields === op.fields
  for (const each of [...repaired, own]) {
    const seq = nextSeq(store, numbering)
    const conflicts = applyOp(store, writer, each, seq, isAsSent, mutant, numbering)
    const row = store.log.get(each.opId)
    store.log.set(each.opId, { ...logged, ...row, op: row?.op ?? op, seq, conflicts })
    answers.set(each.n, seq)
  }
}

function isRefused(op: ModelOp): boolean {
  return Object.values(op.fields).includes(REFUSED)
}

/** Refused writes of this replica on this record: a later op repairs them by writing their bad fields again. */
function listWaiting(store: ServerStore, replica: string, op: ModelOp): readonly LogRow[] {
  const waiting: LogRow[] = []
  for (const row of store.log.values()) {
    if (row.seq !== null || row.replica !== replica || row.op.recordId !== op.recordId) continue
    // An older op that is asked again repairs nothing that was typed after it.
    if (row.op.opId !== op.opId && row.op.n < op.n && row.op.kind === 'set') waiting.push(row)
  }
  return waiting.sort((a, b) => a.op.n - b.op.n)
}

/** A decision about the whole record that was refused at first, and that the same replica has made otherwise since, does nothing. */
function asLeft(store: ServerStore, replica: string, op: ModelOp): ModelOp {
  if (op.kind === 'set' || op.kind === 'resolve' || !store.log.has(op.opId)) return op
  for (const row of store.log.values()) {
    if (row.seq === null || row.replica !== replica || row.op.n <= op.n) continue
    const isAboutStatus =
      row.op.recordId === op.recordId && row.op.kind !== 'set' && row.op.kind !== 'resolve'
    const isUnmerging = row.op.kind === 'unmerge' && row.op.recordId === op.merge?.loserId
    if ((isAboutStatus && op.kind !== 'merge') || isUnmerging) return { ...op, kind: 'set', fields: {} }
  }
  return op
}

/** What is left of an op when later accepted ones of the same replica have written its fields again. */
function withoutLater(store: ServerStore, replica: string, op: ModelOp): ModelOp {
  let { fields } = op
  if (Object.keys(fields).length === 0) return op
  for (const row of store.log.values()) {
    if (row.seq === null || row.replica !== replica || row.op.n <= op.n || row.op.isRescue) continue
    if (row.op.recordId === op.recordId) fields = withoutFields(fields, row.op.fields)
  }
  return fields === op.fields ? op : { ...op, fields }
}

function withoutFields(fields: RecordValues, later: RecordValues): RecordValues {
  if (!Object.keys(fields).some((name) => Object.hasOwn(later, name))) return fields
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !Object.hasOwn(later, name)))
}

/** @returns the fields whose own value lost */
function applyOp(
  store: ServerStore,
  writer: Writer,
  op: ModelOp,
  seq: number,
  isAsSent: boolean,
  mutant: Mutant | undefined,
  numbering: Numbering,
): readonly string[] {
  const duplicatesBefore = mayMoveDuplicates(op) ? listAllDuplicates(store) : undefined
  const touched = new Set<string>()
  const found: FieldConflict[] = []
  const take = (id: string, result: MergeResult, originId: string | null, isExact = false): void => {
    const before = store.records.get(id)
    const state =
      before === undefined ? result.state : withRawReferences(before.state, op.fields, result.state)
    putRecord(store, id, before, state, id === op.recordId ? seq : (before?.seq ?? 0), writer, isExact)
    if (id !== op.recordId) touched.add(id)
    for (const conflict of result.conflicts) {
      found.push(conflict)
      addConflict(store, op, seq, id, conflict, originId)
    }
  }
  const record = store.records.get(op.recordId)
  if (op.kind === 'merge') applyMerge(store, writer, op, seq, take, touched, mutant)
  else if (op.kind === 'unmerge' && record?.state.status === 'merged')
    applyUnmerge(store, writer, op, seq, take, touched)
  else if (record?.state.status === 'merged') {
    const targetId = follow(store, op.recordId)
    const target = store.records.get(targetId)
    if (!target) throw new Error('an alias leads nowhere')
    const result = mergeRedirected(
      model,
      { winner: followed(store, target.state), loser: followed(store, record.state) },
      followedEdit(store, op),
      writer.number,
      seq,
    )
    if (mutant === 'forgetsLateOps') take(op.recordId, { ...result.loser, conflicts: [] }, null)
    else {
      take(targetId, result.winner, op.recordId)
      take(op.recordId, result.loser, null)
    }
  } else {
    const result = mergeMutated(store, record, op, writer, seq, mutant)
    const isAsGiven = isAsSent && followedValues(store, op.fields) === op.fields
    take(op.recordId, result, null, isAsGiven && result.isExact && op.kind !== 'resolve')
  }
  if (op.kind === 'resolve') decide(store, op, seq, writer)
  // A merge that was taken without effect is one as well to the record it names beside.
  if (op.kind === 'set' && op.merge) touched.add(op.merge.loserId)
  bump(store, op.recordId, seq)
  for (const id of touched) if (id !== op.recordId) bump(store, id, nextSeq(store, numbering))
  if (duplicatesBefore !== undefined) {
    const after = listAllDuplicates(store)
    for (const id of store.records.keys())
      if (
        id !== op.recordId &&
        !touched.has(id) &&
        duplicatesBefore.get(id)?.join() !== after.get(id)?.join()
      )
        bump(store, id, nextSeq(store, numbering))
    if (duplicatesBefore.get(op.recordId)?.join() !== after.get(op.recordId)?.join())
      spoilEcho(store, op.recordId)
  }
  return found.filter((conflict) => conflict.variant === 'own').map((conflict) => conflict.field)
}

function mergeMutated(
  store: ServerStore,
  record: ModelRecord | undefined,
  op: ModelOp,
  writer: Writer,
  seq: number,
  mutant: Mutant | undefined,
): MergeResult {
  let edit = followedEdit(store, op)
  let state = record && followed(store, record.state)
  if (mutant === 'lastWriterWins') edit = { ...edit, baseSeq: seq }
  if (mutant === 'deleteUnseen' && op.kind === 'delete') edit = { ...edit, baseSeq: seq }
  if (mutant === 'noOwnChain' && state) state = asForeign(state, writer.number)
  return mergeEdit(model, state, edit, writer.number, seq)
}

/** Own writes count like anyone's: what the mutant without an own chain believes. */
function asForeign(state: MergeState, writer: number): MergeState {
  const versions = Object.fromEntries(
    Object.entries(state.versions).map(([name, version]) => [
      name,
      version.writer === writer ? { ...version, foreignSeq: version.seq } : version,
    ]),
  )
  return { ...state, versions }
}

type Take = (id: string, result: MergeResult, originId: string | null) => void

function applyMerge(
  store: ServerStore,
  writer: Writer,
  op: ModelOp,
  seq: number,
  take: Take,
  touched: Set<string>,
  mutant: Mutant | undefined,
): void {
  if (!op.merge) throw new Error('a merge without a loser')
  const winnerId = follow(store, op.recordId)
  const loserId = follow(store, op.merge.loserId)
  for (const id of [op.recordId, op.merge.loserId, winnerId, loserId]) touched.add(id)
  const winner = store.records.get(winnerId)
  const loser = store.records.get(loserId)
  if (!winner || !loser) throw new Error('a merge of an unknown record')
  const isWinnerRedirected = winnerId !== op.recordId
  const origin = isWinnerRedirected ? op.recordId : null
  const edit = followedEdit(store, op)
  if (winnerId === loserId) {
    const how = isWinnerRedirected ? ({ isRedirected: true } as const) : {}
    const asSet = { ...edit, kind: 'set' as const }
    take(winnerId, mergeEdit(model, followed(store, winner.state), asSet, writer.number, seq, how), origin)
    return
  }
  const declared = store.distinct.get(`${winnerId}/${loserId}`)
  const isDeclaredDistinct =
    declared !== undefined && declared.replica !== writer.id && declared.seq > op.baseSeq
  const merged = mergeRecords(
    model,
    { winner: followed(store, winner.state), loser: followed(store, loser.state), winnerId, loserId },
    {
      baseSeq: op.baseSeq,
      loserBaseSeq: mutant === 'mergeUnseen' ? seq : op.merge.loserBaseSeq,
      fields: edit.fields,
    },
    writer.number,
    seq,
    {
      ...(isWinnerRedirected ? { isWinnerRedirected } : {}),
      ...(loserId === op.merge.loserId ? {} : { isLoserRedirected: true }),
      ...(isDeclaredDistinct ? { isDeclaredDistinct } : {}),
    },
  )
  const fields = merged.isMerged
    ? Object.fromEntries(
        Object.keys(merged.undo.fields).map((name) => [name, winner.state.values[name] ?? null]),
      )
    : {}
  take(winnerId, merged.winner, origin)
  take(loserId, merged.loser, loserId === op.merge.loserId ? null : op.merge.loserId)
  if (!merged.isMerged) return
  store.aliases.set(loserId, { winner: winnerId, undo: { ...merged.undo, fields }, seq, opId: op.opId })
  const loserState = merged.loser.state
  for (const conflict of store.conflicts.values()) {
    if (!conflict.isOpen || conflict.recordId !== loserId) continue
    store.conflicts.set(
      conflict.id,
      // Somebody had asked for what has happened now.
      isFulfilled(loserState, conflict) && conflict.field === STATUS_FIELD
        ? { ...conflict, isOpen: false }
        : { ...conflict, recordId: winnerId, originId: conflict.originId ?? loserId },
    )
  }
  touchReferrers(store, loserId, touched)
}

function applyUnmerge(
  store: ServerStore,
  writer: Writer,
  op: ModelOp,
  seq: number,
  take: Take,
  touched: Set<string>,
): void {
  const alias = store.aliases.get(op.recordId)
  const loser = store.records.get(op.recordId)
  const winner = alias && store.records.get(alias.winner)
  if (!alias || !loser || !winner) throw new Error('a merged record without an alias')
  const parted = unmergeRecords(
    { winner: winner.state, loser: loser.state, undo: alias.undo },
    op,
    writer.number,
    seq,
  )
  take(op.recordId, parted.loser, null)
  if (!parted.isUnmerged) return
  const targetId = follow(store, op.recordId)
  take(alias.winner, parted.winner, null)
  touched.add(targetId)
  touchReferrers(store, op.recordId, touched)
  store.aliases.delete(op.recordId)
  const state = store.records.get(op.recordId)?.state
  for (const conflict of store.conflicts.values()) {
    if (!conflict.isOpen) continue
    // The merge's own are over with it; those that came with the record go back with it.
    if (conflict.seq === alias.seq) {
      store.conflicts.set(conflict.id, { ...conflict, isOpen: false })
      touched.add(conflict.recordId)
      continue
    }
    const isHere = conflict.recordId === op.recordId
    const isBack =
      (conflict.recordId === targetId || conflict.recordId === alias.winner) &&
      conflict.originId !== null &&
      isBehind(store, conflict.originId, op.recordId)
    if (!isHere && !isBack) continue
    const back: ModelConflict = {
      ...conflict,
      recordId: op.recordId,
      originId: conflict.originId === op.recordId ? null : conflict.originId,
    }
    store.conflicts.set(conflict.id, { ...back, isOpen: !(state && isFulfilled(state, back)) })
  }
}

/** Whether a record is, or was merged (by way of others) into, the other. */
function isBehind(store: ServerStore, id: string, into: string): boolean {
  for (let each: string | undefined = id; each !== undefined; each = store.aliases.get(each)?.winner)
    if (each === into) return true
  return false
}

function touchReferrers(store: ServerStore, loserId: string, touched: Set<string>): void {
  for (const [id, record] of store.records) {
    const target = record.state.values[REFERENCE]
    if (typeof target === 'string' && isBehind(store, target, loserId)) {
      touched.add(id)
      spoilEcho(store, id)
    }
  }
}

function isFulfilled(state: MergeState, conflict: ModelConflict): boolean {
  if (conflict.field !== STATUS_FIELD)
    return areEqualValues(state.values[conflict.field], conflict.lost as FieldValue)
  const lost = conflict.lost as LostStatus
  return (
    lost.status === state.status &&
    lost.mergedInto === state.mergedInto &&
    canonicalJson(lost.cancellation) === canonicalJson(state.cancellation)
  )
}

/** Closes the conflicts a resolution names and notes what it declares to be different things. */
function decide(store: ServerStore, op: ModelOp, seq: number, writer: Writer): void {
  const recordId = follow(store, op.recordId)
  for (const id of op.resolves ?? []) {
    const conflict = store.conflicts.get(id)
    if (!conflict?.isOpen || (conflict.recordId !== op.recordId && conflict.recordId !== recordId)) continue
    store.conflicts.set(id, { ...conflict, isOpen: false })
  }
  for (const each of op.distinctFrom ?? []) {
    const other = follow(store, each)
    if (other === recordId || !store.records.has(other)) continue
    store.distinct.set(`${recordId}/${other}`, { replica: writer.id, seq })
    store.distinct.set(`${other}/${recordId}`, { replica: writer.id, seq })
  }
}

function addConflict(
  store: ServerStore,
  op: ModelOp,
  seq: number,
  recordId: string,
  conflict: FieldConflict,
  originId: string | null,
): void {
  const id = conflictId(op.opId, conflict.field, conflict.variant)
  const { field, kept, lost } = conflict
  store.conflicts.set(id, { id, opId: op.opId, recordId, originId, field, kept, lost, seq, isOpen: true })
}

function putRecord(
  store: ServerStore,
  id: string,
  before: ModelRecord | undefined,
  state: MergeState,
  seq: number,
  writer: Writer,
  isExact: boolean,
): void {
  const isOngoing = isExact && before?.echoReplica === writer.id
  store.records.set(id, {
    seq,
    state,
    echoReplica: isExact ? writer.id : '',
    echoAfter: isOngoing ? before.echoAfter : (before?.seq ?? 0),
  })
}

/** A record that moves without an exact op of its own is told whole. */
function bump(store: ServerStore, id: string, seq: number): void {
  const record = store.records.get(id)
  if (!record || record.seq === seq) return
  store.records.set(id, { ...record, seq, echoReplica: '' })
}

function spoilEcho(store: ServerStore, id: string): void {
  const record = store.records.get(id)
  if (record) store.records.set(id, { ...record, echoReplica: '' })
}

/** The record an id stands for: merges are followed. */
export function follow(store: ServerStore, id: string): string {
  let current = id
  for (let alias = store.aliases.get(current); alias; alias = store.aliases.get(current))
    current = alias.winner
  return current
}

function followedValues(store: ServerStore, values: RecordValues): RecordValues {
  const target = values[REFERENCE]
  if (typeof target !== 'string' || !store.aliases.has(target)) return values
  return { ...values, [REFERENCE]: follow(store, target) }
}

function followed(store: ServerStore, state: MergeState): MergeState {
  const values = followedValues(store, state.values)
  return values === state.values ? state : { ...state, values }
}

function followedEdit(store: ServerStore, op: ModelOp): ModelOp {
  const fields = followedValues(store, op.fields)
  return fields === op.fields ? op : { ...op, fields }
}

/** References are compared followed and stored as they were written: an unmerging brings their record back. */
function withRawReferences(before: MergeState, sent: RecordValues, after: MergeState): MergeState {
  const value = after.values[REFERENCE]
  if (typeof value !== 'string') return after
  const isOld = after.versions[REFERENCE]?.seq === before.versions[REFERENCE]?.seq
  const raw = isOld ? before.values[REFERENCE] : (sent[REFERENCE] ?? value)
  return raw === value || raw === undefined
    ? after
    : { ...after, values: { ...after.values, [REFERENCE]: raw } }
}

function mayMoveDuplicates(op: ModelOp): boolean {
  return (
    op.kind !== 'set' ||
    op.isCreation ||
    Object.hasOwn(op.fields, 'documentNumber') ||
    Object.hasOwn(op.fields, 'documentTypeCode')
  )
}

/** Per record the others with the same document that nobody has said to be someone else. */
function listAllDuplicates(store: ServerStore): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const [id, { state }] of store.records) {
    const number = state.values['documentNumber']
    if ((state.status !== 'active' && state.status !== 'cancelled') || typeof number !== 'string') continue
    const key = `${String(state.values['documentTypeCode'])}/${number}`
    const group = groups.get(key)
    if (group) group.push(id)
    else groups.set(key, [id])
  }
  const all = new Map<string, readonly string[]>()
  for (const group of groups.values()) {
    for (const id of group) {
      const others = group.filter((other) => other !== id && !store.distinct.has(`${id}/${other}`))
      if (others.length > 0) all.set(id, others.sort())
    }
  }
  return all
}

/** A record as it is given out. */
export type GivenRecord = {
  readonly recordId: string
  readonly seq: number
  readonly status: ServerStatus
  readonly mergedInto: string | null
  readonly cancellation: RecordValues | null
  readonly values: RecordValues
  readonly conflicts: readonly Pick<ModelConflict, 'id' | 'field' | 'lost'>[]
  readonly duplicates: readonly string[]
}
/** Stands for a record that only the asking replica's ops have changed after `after`, each taken exactly as sent. */
export type OwnEcho = {
  readonly recordId: string
  readonly seq: number
  readonly echo: true
  readonly after: number
}

export function giveRecords(store: ServerStore, ids: Iterable<string>): readonly GivenRecord[] {
  const duplicates = listAllDuplicates(store)
  const given: GivenRecord[] = []
  for (const id of ids) {
    const record = store.records.get(id)
    if (!record) continue
    const { status, mergedInto, cancellation, values } = record.state
    given.push({
      recordId: id,
      seq: record.seq,
      status,
      mergedInto,
      cancellation,
      values: followedValues(store, values),
      conflicts: listOpenConflicts(store, id),
      duplicates: duplicates.get(id) ?? [],
    })
  }
  return given
}

function listOpenConflicts(store: ServerStore, recordId: string): GivenRecord['conflicts'] {
  const open: Pick<ModelConflict, 'id' | 'field' | 'lost'>[] = []
  for (const conflict of store.conflicts.values())
    if (conflict.isOpen && conflict.recordId === recordId)
      open.push({ id: conflict.id, field: conflict.field, lost: conflict.lost })
  return open
}

export type PullAnswer = {
  readonly rows: readonly (GivenRecord | OwnEcho)[]
  readonly next: number
  readonly more: boolean
}

/** Records changed after the cursor, oldest change first. @throws Refusal */
export function pull(
  store: ServerStore,
  request: {
    readonly replica: string
    readonly epoch: number
    readonly cursor: number
    readonly limit: number
  },
): PullAnswer {
  if (request.epoch !== store.epoch) throw new Refusal('epochChanged')
  const changed = [...store.records]
    .filter(([, record]) => record.seq > request.cursor)
    .sort(([, a], [, b]) => a.seq - b.seq)
  const page = changed.slice(0, request.limit)
  const more = changed.length > page.length
  const given = giveRecords(
    store,
    page.map(([id]) => id),
  )
  const rows = page.map(([id, record], index): GivenRecord | OwnEcho => {
    const row = given[index]
    if (!row) throw new Error('a record of the page is missing')
    const isEcho =
      record.echoReplica === request.replica &&
      record.echoAfter <= request.cursor &&
      row.conflicts.length === 0
    return isEcho ? { recordId: id, seq: record.seq, echo: true, after: record.echoAfter } : row
  })
  return { rows, next: more ? (page.at(-1)?.[1].seq ?? request.cursor) : store.counter, more }
}
