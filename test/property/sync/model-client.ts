import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import { findBaseSeq } from '../../../src-shared/sync/base-seq.ts'
import { overlayEdits, type OverlaidEdit, type ShownState } from '../../../src-shared/sync/merge.ts'
import {
  hashOf,
  model,
  type GivenRecord,
  type ModelOp,
  type Mutant,
  type OwnEcho,
  type PushAnswer,
} from './model-server.ts'

/**
 * A client of the model. Its store is never changed in place: a transaction makes the next one, so every earlier one is what a
 * crash, a lost -wal or an old copy would bring back.
 */

export type OutboxOp = {
  readonly op: ModelOp
  /** `withdrawn`: set aside, and its clerk thinks otherwise meanwhile. */
  readonly state: 'pending' | 'acked' | 'setAside' | 'withdrawn'
  /** The change number of the receipt. */
  readonly seq: number | null
  /** Lost here and fetched from the server: older than what has a smaller number now. */
  readonly isBroughtBack?: true
}

export type ClientStore = {
  readonly replica: string
  /** The newest number ever given out (AUTOINCREMENT). */
  readonly newestN: number
  readonly outbox: readonly OutboxOp[]
  readonly epoch: number | null
  readonly cursor: number
  /** The server's records as last told. */
  readonly rows: ReadonlyMap<string, GivenRecord>
  /** What a restored server may have lost of a record: offered again when nobody else has done so for a day. */
  readonly lost: ReadonlyMap<string, { readonly above: number; readonly row: GivenRecord }>
  /** Rows of the time before a server was put back that it has not told anew, by their number then. */
  readonly stale: ReadonlyMap<string, number>
  readonly photos: ReadonlySet<string>
  /** Ops are numbered in its file; a file copied or put back goes on under a new replica id. */
  readonly incarnation: number
}

export function emptyClient(replica: string): ClientStore {
  return {
    replica,
    newestN: 0,
    outbox: [],
    epoch: null,
    cursor: 0,
    rows: new Map(),
    lost: new Map(),
    stale: new Map(),
    photos: new Set(),
    incarnation: 0,
  }
}

const UNKNOWN: ShownState = { status: 'active', cancellation: null, mergedInto: null, values: {} }

/** Own ops on a record, also as the other side of a merge, that its row does not contain, oldest first. */
export function listOverlaid(
  store: ClientStore,
  recordId: string,
  mutant: Mutant | undefined,
): readonly OutboxOp[] {
  const seq = store.rows.get(recordId)?.seq ?? 0
  const overlaid: OutboxOp[] = []
  for (const each of store.outbox) {
    // What was brought back comes with the pull, or stands in the queue; laid over, it would hide what was typed since.
    if (each.isBroughtBack) continue
    if (each.op.recordId !== recordId && each.op.merge?.loserId !== recordId) {
      if (each.op.kind !== 'unmerge' || !isWinnerOf(store, recordId, each.op.recordId)) continue
    }
    const isUnderWay = each.state === 'acked' && mutant !== 'dropOnAck' && each.seq !== null && each.seq > seq
    if (each.state === 'setAside' || each.state === 'pending' || isUnderWay)
      overlaid.push({ ...each, op: withoutAccepted(store, each.op) })
  }
  return overlaid
}

/** What a later own op has written again, and the server has taken, an earlier one that still waits has no say in. */
function withoutAccepted(store: ClientStore, op: ModelOp): ModelOp {
  let { fields } = op
  for (const later of store.outbox) {
    if (
      later.state !== 'acked' ||
      later.isBroughtBack ||
      later.op.isRescue ||
      later.op.n <= op.n ||
      later.op.recordId !== op.recordId
    )
      continue
    fields = Object.fromEntries(
      Object.entries(fields).filter(([name]) => !Object.hasOwn(later.op.fields, name)),
    )
  }
  return fields === op.fields ? op : { ...op, fields }
}

/** Whether the store itself has merged `loserId` into the record: the own unmerging concerns both. */
function isWinnerOf(store: ClientStore, recordId: string, loserId: string): boolean {
  return store.outbox.some(({ op }) => op.merge?.loserId === loserId && op.recordId === recordId)
}

/** What a page shows of a record, or undefined where nothing is known of it. */
export function findShown(
  store: ClientStore,
  recordId: string,
  mutant: Mutant | undefined,
): ShownState | undefined {
  const row = store.rows.get(recordId)
  const ops = listOverlaid(store, recordId, mutant)
  if (!row && !ops.some(({ op }) => op.isCreation && op.recordId === recordId)) return undefined
  return overlayEdits(
    row ?? UNKNOWN,
    ops.map(({ op }): OverlaidEdit => {
      if (op.kind === 'merge' && op.merge)
        return {
          ...op,
          pair:
            op.recordId === recordId
              ? { side: 'winner', otherId: op.merge.loserId }
              : { side: 'loser', otherId: op.recordId },
        }
      if (op.kind === 'unmerge')
        return {
          ...op,
          pair:
            op.recordId === recordId
              ? { side: 'loser', otherId: '' }
              : { side: 'winner', otherId: op.recordId },
        }
      return op
    }),
  )
}

/** Ids of the records a page lists. */
export function listShown(store: ClientStore, mutant: Mutant | undefined): readonly string[] {
  const ids = new Set(store.rows.keys())
  for (const { op } of store.outbox) ids.add(op.recordId)
  return [...ids].filter((id) => {
    const status = findShown(store, id, mutant)?.status
    return status === 'active' || status === 'cancelled'
  })
}

/** An op as the page asks for it. */
export type NewOp = Omit<ModelOp, 'n' | 'hash' | 'opId' | 'baseSeq' | 'isCreation' | 'merge'> & {
  readonly isCreation?: boolean
  readonly loserId?: string
  /** A rescue says what it had seen itself. */
  readonly baseSeq?: number
}

/** The transaction of a save: the op gets its number and stands in the outbox. */
export function writeOp(
  store: ClientStore,
  opId: string,
  { loserId, baseSeq, ...asked }: NewOp,
  mutant: Mutant | undefined,
): ClientStore {
  const newestN =
    mutant === 'rowIdReuse' ? store.outbox.reduce((max, each) => Math.max(max, each.op.n), 0) : store.newestN
  const needed = asked.kind === 'set' ? Object.keys(asked.fields) : null
  const content = {
    ...asked,
    opId,
    isCreation: asked.isCreation === true,
    baseSeq: baseSeq ?? baseOf(store, asked.recordId, asked.kind === 'resolve' ? [] : needed, mutant),
    ...(loserId === undefined
      ? {}
      : { merge: { loserId, loserBaseSeq: baseOf(store, loserId, null, mutant) } }),
  }
  const op: ModelOp = { ...content, n: newestN + 1, hash: hashOf(content) }
  const photo = op.fields['photo']
  return {
    ...store,
    newestN: Math.max(store.newestN, op.n),
    outbox: [...store.outbox, { op, state: 'pending', seq: null }],
    photos: typeof photo === 'string' ? new Set(store.photos).add(photo) : store.photos,
  }
}

/** @param fields those the edit writes; null: it is about the whole record */
function baseOf(
  store: ClientStore,
  recordId: string,
  fields: readonly string[] | null,
  mutant: Mutant | undefined,
): number {
  const seq = store.rows.get(recordId)?.seq ?? 0
  if (mutant === 'baseOfServer') return seq
  const overlaid = listOverlaid(store, recordId, mutant).map(({ op }) =>
    op.merge?.loserId === recordId ? { ...op, baseSeq: op.merge.loserBaseSeq } : op,
  )
  return findBaseSeq(model, seq, overlaid, fields)
}

/** The transaction that stores the answer to a push. */
export function storePushAnswer(
  store: ClientStore,
  sent: readonly ModelOp[],
  answer: PushAnswer,
  mutant: Mutant | undefined,
): ClientStore {
  const asked = new Set(sent.map((op) => op.n))
  const receipts = new Map(answer.receipts)
  const setAside = new Set(answer.setAside)
  let outbox = store.outbox.map((each): OutboxOp => {
    const seq = receipts.get(each.op.n)
    // Receipts of earlier ops are of such as were set aside: in a copied file a number may be another op.
    if (seq !== undefined && (asked.has(each.op.n) || each.state === 'setAside'))
      return { ...each, state: 'acked', seq }
    if (!setAside.has(each.op.n) || each.state === 'acked') return each
    const isUndone = store.outbox.some(
      ({ op }) => op.kind === 'unmerge' && op.n > each.op.n && op.recordId === each.op.merge?.loserId,
    )
    return { ...each, state: isUndone ? 'withdrawn' : 'setAside' }
  })
  if (mutant === 'dropOnAck') outbox = outbox.filter((each) => each.state !== 'acked')
  return { ...store, outbox }
}

/** One row of a pull into a copied map of rows. @returns false for an echo that this store cannot vouch for */
export function takeRow(
  store: ClientStore,
  rows: Map<string, GivenRecord>,
  row: GivenRecord | OwnEcho,
  mutant: Mutant | undefined,
): boolean {
  if (!('echo' in row)) {
    rows.set(row.recordId, row)
    return true
  }
  const before = rows.get(row.recordId)
  const isVouched = store.outbox.some(
    ({ op, state, seq }) => op.recordId === row.recordId && state === 'acked' && seq === row.seq,
  )
  // What the server may have lost is nothing to build on.
  const isStale = before !== undefined && store.stale.get(row.recordId) === before.seq
  const isKnown = isVouched && !isStale && (before?.seq ?? 0) >= row.after
  if (!isKnown && mutant !== 'echoUnchecked') return false
  const ops = store.outbox.filter(
    ({ op, state, seq }) =>
      op.recordId === row.recordId &&
      state === 'acked' &&
      seq !== null &&
      seq > (before?.seq ?? 0) &&
      seq <= row.seq,
  )
  const shown = overlayEdits(
    before ?? UNKNOWN,
    ops.map(({ op }) => op),
  )
  rows.set(row.recordId, {
    recordId: row.recordId,
    seq: row.seq,
    ...shown,
    conflicts: before?.conflicts ?? [],
    duplicates: before?.duplicates ?? [],
  })
  return true
}

/** What is still missing at a server that was put back: values that no row has brought again since. */
export function settleLost(
  lost: ClientStore['lost'],
  rows: ReadonlyMap<string, GivenRecord>,
): ClientStore['lost'] {
  if (lost.size === 0) return lost
  const left = new Map<string, { readonly above: number; readonly row: GivenRecord }>()
  for (const [id, { above, row }] of lost) {
    const now = findToldRow(rows, row)
    const values: RecordValues = Object.fromEntries(
      Object.entries(row.values).filter(
        ([name, value]) =>
          now === undefined ||
          // Somebody has brought the record back meanwhile: an empty field says nothing then.
          (!areEqualValues(now.values[name], value) && (value !== null || now.seq <= above)),
      ),
    )
    const isStatusMissing =
      row.status !== (now?.status ?? 'active') || row.mergedInto !== (now?.mergedInto ?? null)
    if (now === undefined || Object.keys(values).length > 0 || isStatusMissing)
      left.set(id, { above, row: { ...row, values } })
  }
  return left
}

/** What the server that was put back says of a record; a row of the time before stands until then. */
export function findToldRow(
  rows: ReadonlyMap<string, GivenRecord>,
  lost: GivenRecord,
): GivenRecord | undefined {
  const row = rows.get(lost.recordId)
  return row?.seq === lost.seq ? undefined : row
}
