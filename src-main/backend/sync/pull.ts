import {
  ownEcho,
  pullAnswer,
  recordsAnswer,
  type PullAnswer,
} from '../../../src-shared/contract/server-messages.ts'
import { readServerRecord } from '../../../src-shared/contract/read-server-record.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { REGISTER_NAMES, type RegisterName } from '../../../src-shared/registers/register.ts'
import type { ServerRecord } from '../../../src-shared/sync/op.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { findGone } from '../queries/gone-record.ts'
import { applyOwnEcho, applyServerRecord, listPlain } from '../services/apply-server-record.ts'
import { touch, type TouchedRecords } from '../services/touched-records.ts'
import { rescueDifference } from './rescue.ts'
import { actorOfRound, ask, identityOf, letOthersGo, tellRound, type Round } from './round-line.ts'
import { ServerFailure } from './server-client.ts'
import { readSyncState, writeSyncState } from './sync-state.ts'

/** Milliseconds one act of storing takes: a question of a page never waits longer for its turn. */
const ACT_MS = 8
/** The same while no further page is here: an answer comes in many pieces, and each waits for the end of an act. */
const HUNGRY_ACT_MS = 2
/** Milliseconds a transaction stays open for the next page. */
const PAGE_WAIT_MS = 250
/**
 * A transaction takes no more after so many rows: its commit, during which all waits, grows with them (10,000 rows: up to
 * 0.4 s, once, and only while nobody has typed for a while). Smaller ones write the pages of the indexes again and again.
 */
const ROWS_A_TRANSACTION = 10_000
const ROWS_WHILE_TYPING = 200
/** Pages that wait to be stored. */
const PAGES_AHEAD = 4
/** With more changes to come than this, more of the store is kept at hand while they are stored. */
const MUCH = 3_000
/** So many changed records are told at once; more are told of together, now and then: a look-up is built anew for them. */
const TOLD_AT_ONCE = 1_000
const TELL_EVERY_MS = 60_000
/** Rows of which it is asked at once whether anything stands beside them. */
const PLAIN_ROWS = 100
/** Records asked for by id at once. */
const RECORDS_PER_QUESTION = 200

/** A row of a page, read and checked. */
type Row =
  | { readonly kind: 'record'; readonly seq: number; readonly record: ServerRecord }
  | {
      readonly kind: 'echo'
      readonly seq: number
      readonly echo: { readonly register: RegisterName; readonly recordId: string; readonly seq: number }
    }
  /** Of a newer program: it is pulled again after an update. */
  | { readonly kind: 'unknown'; readonly seq: number; readonly register: string }

/**
 * A program that knows other fields or registers than the one that pulled begins again at the first change: what its predecessor
 * did not understand was left out, and storing a record a second time changes nothing.
 */
export async function pullAgainAfterUpdate(round: Round): Promise<void> {
  const { store } = round.options
  const declarations = REGISTER_NAMES.map((name) => `${name} ${getRegister(name).version}`).join(', ')
  const state = readSyncState(store.read)
  if (state.declarations === declarations) return
  await store.write((database) => writeSyncState(database, { declarations, cursor: 0 }))
}

/**
 * Pulls until nothing is left. While pages are stored the next ones are on their way; they are stored in one transaction
 * for as long as no other write waits, each time with the cursor that belongs to it.
 * @param limit rows a page
 * @throws ServerFailure
 */
export async function pullAll(round: Round, limit: number): Promise<void> {
  const { store } = round.options
  const start = readSyncState(store.read).cursor
  const line = fetchAhead(round, start, limit)
  const telling: Telling = { touched: new Map(), toldAt: performance.now() }
  let hasLargeCache = false
  try {
    for (let page = await line.next(); page !== undefined; page = await line.next()) {
      if (!hasLargeCache && page.head - page.next > MUCH) {
        store.setCache('large')
        hasLargeCache = true
      }
      await storePages(round, page, line, telling, (done, head) => {
        round.onProgress({ phase: 'pull', done: done - start, total: Math.max(head - start, 0) })
      })
    }
  } finally {
    line.stop()
    // What was stored before a failure is there.
    tellRound(round, telling.touched)
    if (hasLargeCache) store.setCache('usual')
  }
}

/** Records that pages and look-ups have not been told of yet. */
type Telling = { readonly touched: TouchedRecords; toldAt: number }

function tellNowAndThen(round: Round, telling: Telling): void {
  const count = [...telling.touched.values()].reduce((sum, ids) => sum + ids.size, 0)
  if (count > TOLD_AT_ONCE && performance.now() - telling.toldAt < TELL_EVERY_MS) return
  tellRound(round, telling.touched)
  telling.touched.clear()
  telling.toldAt = performance.now()
}

type PageLine = {
  /** The next page; undefined after the last. @throws ServerFailure */
  readonly next: () => Promise<PullAnswer | undefined>
  /** The next page if it is here already and holds records only. */
  readonly takeArrived: () => PullAnswer | undefined
  /** Whether the next page is still on its way. */
  readonly isAwaited: () => boolean
  readonly stop: () => void
}

/** Asks for pages one after the other, some ahead of what is stored. */
function fetchAhead(round: Round, start: number, limit: number): PageLine {
  const arrived: PullAnswer[] = []
  let failure: { readonly error: unknown } | undefined
  let isOver = false
  let wake: () => void = () => undefined
  let cursor = start
  let isAsking = false

  const ask = async (): Promise<void> => {
    if (isAsking) return
    isAsking = true
    try {
      while (!isOver && failure === undefined && arrived.length < PAGES_AHEAD) {
        const page = await askPage(round, cursor, limit)
        assertWhole(page)
        cursor = page.next
        arrived.push(page)
        if (!page.more) isOver = true
        wake()
      }
    } catch (error) {
      failure = { error }
      wake()
    } finally {
      isAsking = false
    }
  }
  const take = (): PullAnswer | undefined => {
    const page = arrived.shift()
    void ask()
    return page
  }
  void ask()
  return {
    next: async () => {
      for (;;) {
        if (arrived.length > 0) return take()
        if (failure !== undefined) throw failure.error
        if (isOver) return undefined
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    takeArrived: () => {
      const page = arrived[0]
      return page === undefined || page.rows.length === 0 || page.rows.some((row) => row['echo'] === true)
        ? undefined
        : take()
    },
    isAwaited: () => arrived.length === 0 && !isOver && failure === undefined,
    stop: () => {
      isOver = true
    },
  }
}

function askPage(round: Round, cursor: number, limit: number): Promise<PullAnswer> {
  return ask(round, '/sync/1/pull', { ...identityOf(round), cursor, limit }, pullAnswer)
}

/** @throws ServerFailure where the answer does not add up: it is thrown away whole */
function assertWhole(page: PullAnswer): void {
  const sum = page.rows.reduce((total, row) => total + row.seq, 0)
  if (page.rows.length === page.end.rows && sum === page.end.sum) return
  throw new ServerFailure(
    'cut',
    '服务器的回答只收到一部分,没有采用。本机录入的内容都在,稍后会自动再试;若一直如此,请检查网络。',
  )
}

/** Stores a page, and in the same transactions the ones that arrive meanwhile. */
async function storePages(
  round: Round,
  first: PullAnswer,
  line: PageLine,
  telling: Telling,
  onProgress: (done: number, head: number) => void,
): Promise<void> {
  const { store } = round.options
  if (first.rows.length === 0) {
    if (readSyncState(store.read).cursor !== first.next)
      await store.writeUnsynced((database) => writeSyncState(database, { cursor: first.next }))
    return
  }
  const echoes = first.rows.flatMap((row) => (row['echo'] === true ? [ownEcho.parse(row)] : []))
  const missing = readSyncState(store.read).lost
  const asked = await askRecords(
    round,
    echoes
      .filter((echo) => !canKnow(store.read, echo, missing))
      .map((echo) => [echo.register, echo.recordId]),
  )
  let page = first
  let next = 0
  let isDone = false
  while (!isDone) {
    let inTransaction = 0
    let plain: ReadonlySet<string> = new Set()
    let askedUpTo = next
    let waitedSince: number | undefined
    // What is pulled can be pulled again: it need not wait for the disk. Rows and cursor come there together.
    await store.writeInActs((database) => {
      const most = round.options.isClerkTyping?.() === true ? ROWS_WHILE_TYPING : ROWS_A_TRANSACTION
      if (next >= page.rows.length) {
        // The page is stored whole; the transaction goes on with the next one, if that comes soon.
        const following = inTransaction < most ? line.takeArrived() : undefined
        if (following === undefined) {
          waitedSince ??= performance.now()
          const mayWait = inTransaction < most && performance.now() - waitedSince < PAGE_WAIT_MS
          isDone = !(mayWait && line.isAwaited() && !round.signal.aborted)
          return isDone ? 'done' : 'wait'
        }
        page = following
        next = 0
        askedUpTo = 0
        waitedSince = undefined
      }
      const deadline = performance.now() + (line.isAwaited() ? HUNGRY_ACT_MS : ACT_MS)
      const { lost } = readSyncState(database)
      for (;;) {
        const row = page.rows[next]
        if (row === undefined) break
        if (next >= askedUpTo) {
          // What one of these rows does to another's references does not stand beside the other.
          askedUpTo = next + PLAIN_ROWS
          plain = listPlain(database, keysOf(page.rows.slice(next, askedUpTo)))
        }
        storeRow(round, database, readRow(row, asked), lost, plain, telling.touched)
        next += 1
        inTransaction += 1
        // Rows of one number belong to one op: the cursor must not come between them.
        if (performance.now() > deadline && page.rows[next]?.seq !== row.seq) break
      }
      const last = page.rows[next - 1]
      const isPageStored = next >= page.rows.length
      writeSyncState(database, { cursor: isPageStored || last === undefined ? page.next : last.seq })
      if (isPageStored) onProgress(page.next, page.head)
      return (inTransaction >= most && !isPageStored) || round.signal.aborted ? 'done' : 'more'
    })
    // Another write may have ended the transaction between two pages.
    isDone ||= next >= page.rows.length
    round.tally.pulled += inTransaction
    tellNowAndThen(round, telling)
    await letOthersGo(round)
  }
}

function readRow(row: PullAnswer['rows'][number], asked: ReadonlyMap<string, ServerRecord>): Row {
  if (row['echo'] === true) {
    const echo = ownEcho.parse(row)
    const whole = asked.get(echo.recordId)
    return whole ? { kind: 'record', seq: row.seq, record: whole } : { kind: 'echo', seq: row.seq, echo }
  }
  const record = readServerRecord(row)
  return record
    ? { kind: 'record', seq: row.seq, record }
    : { kind: 'unknown', seq: row.seq, register: row.register }
}

/** Register and id of the rows that are records of this program. */
function keysOf(rows: PullAnswer['rows']): readonly (readonly [RegisterName, string])[] {
  return rows.flatMap((row) => {
    const id = row['recordId']
    return typeof id === 'string' && row['echo'] !== true ? [[row.register as RegisterName, id] as const] : []
  })
}

function storeRow(
  round: Round,
  database: WriteDatabase,
  row: Row,
  lost: { readonly above: number; readonly upTo: number } | null,
  plain: ReadonlySet<string>,
  touched: TouchedRecords,
): void {
  switch (row.kind) {
    case 'unknown':
      round.options.log(`sync: left out change ${row.seq} of ${row.register}: not known here`)
      return
    case 'echo':
      if (!applyOwnEcho(database, row.echo, touched)) throw new Error('an echo that nobody here can know')
      return
    case 'record': {
      const { record } = row
      if (lost !== null && record.seq > lost.upTo) {
        const known = knownSeqOf(database, record.register, record.recordId)
        if (known > lost.above && known <= lost.upTo)
          rescueDifference(database, actorOfRound(round), record, lost.above, touched)
      }
      applyServerRecord(database, record, { touched, isPlain: lost === null && plain.has(record.recordId) })
      // Also where only the mark or what waits for a person has changed.
      touch(touched, record.register, record.recordId)
    }
  }
}

function knownSeqOf(database: ReadDatabase, register: RegisterName, recordId: string): number {
  const row = database.firstOf(`SELECT server_seq FROM ${getRegister(register).table} WHERE id = ?`, recordId)
  return row ? Number(row['server_seq']) : (findGone(database, register, recordId)?.seq ?? 0)
}

/**
 * Whether this store can know what an echo means: it has the op with that number, and what it was made on. A store that
 * has lost something asks for the record itself.
 */
function canKnow(
  read: ReadDatabase,
  echo: {
    readonly register: RegisterName
    readonly recordId: string
    readonly seq: number
    readonly after?: number
  },
  lost: { readonly above: number; readonly upTo: number } | null,
): boolean {
  const row = read.firstOf(
    `SELECT server_seq FROM ${getRegister(echo.register).table} WHERE id = ?`,
    echo.recordId,
  )
  const known = row ? Number(row['server_seq']) : undefined
  // Part of what stands here may be of an op that the server has lost.
  if (lost !== null && known !== undefined && known > lost.above && known <= lost.upTo) return false
  if (known !== undefined && known >= echo.seq) return true
  // Another's change came between what stands here and the own ops: a record that moves on is passed over by earlier pages.
  const here = known ?? findGone(read, echo.register, echo.recordId)?.seq ?? 0
  if (here < (echo.after ?? 0)) return false
  if (known === undefined && findGone(read, echo.register, echo.recordId) === undefined) return false
  const ops = read.firstOf(
    `SELECT count(*) FILTER (WHERE state = 'acked' AND seq = ?) AS newest,
       count(*) FILTER (WHERE json_extract(body, '$.act') = 'created') AS first
     FROM outbox WHERE register = ? AND record_id = ?`,
    echo.seq,
    echo.register,
    echo.recordId,
  )
  return ops?.['newest'] !== 0 && ((known ?? 0) > 0 || ops?.['first'] !== 0)
}

/**
 * Asks for records by id. What the server does not give out is missing in the answer.
 * @throws ServerFailure
 */
export async function askRecords(
  round: Round,
  keys: readonly (readonly [RegisterName, string])[],
): Promise<ReadonlyMap<string, ServerRecord>> {
  const found = new Map<string, ServerRecord>()
  for (let start = 0; start < keys.length; start += RECORDS_PER_QUESTION) {
    const records = keys.slice(start, start + RECORDS_PER_QUESTION)
    const answer = await ask(round, '/sync/1/records', { ...identityOf(round), records }, recordsAnswer)
    for (const row of answer.rows) {
      const record = readServerRecord(row)
      if (record) found.set(record.recordId, record)
    }
  }
  return found
}
