import { randomUUID } from 'node:crypto'
import type { WriteDatabase } from '../database/database.ts'
import {
  pushAnswer,
  type HelloAnswer,
  type PushAnswer,
} from '../../../src-shared/contract/server-messages.ts'
import type { TouchedRecords } from '../services/touched-records.ts'
import {
  countOpsToSend,
  listOpsToSend,
  listOpsUpTo,
  noteAttempt,
  readNewestNumber,
  setAsideOp,
  storePushAnswer,
  type OutgoingOp,
} from './outbox.ts'
import { noteBatch } from './round-history.ts'
import { ask, identityOf, tellMarked, tellRound, type Round } from './round-line.ts'
import { JsonText, ServerFailure } from './server-client.ts'

/** Milliseconds a batch may take before it is halved: the next smaller one gets through a slow line. */
const PUSH_TIMEOUT = 60_000

/** One batch on its way. */
type Flight = {
  readonly ops: readonly OutgoingOp[]
  readonly batchId: string
  readonly sentAt: number
  readonly answer: Promise<PushAnswer>
}

/**
 * Sends the ops that wait when it begins, one batch at a time: while one is on its way the next is made, and while an answer
 * is stored the next is on its way. What is saved meanwhile waits for the next push: saves as fast as the line would otherwise
 * keep a round from ever pulling.
 * @param onlyUpTo this op and the earlier ones of its record, instead of all
 * @throws ServerFailure why it stopped; what was acknowledged before is stored
 */
export async function pushAll(round: Round, hello: HelloAnswer, onlyUpTo?: number): Promise<void> {
  const { store } = round.options
  // What stands around the ops in a message needs some room too.
  const limits = { ops: hello.limits.pushOps, bytes: hello.limits.pushBytes - 4_096 }
  let size = limits.ops
  let { lastN } = hello
  const total = onlyUpTo === undefined ? countOpsToSend(store.read, hello.lastN) : undefined
  const upTo = readNewestNumber(store.read)
  const before = round.tally.pushed
  const prepare = (afterN: number): readonly OutgoingOp[] =>
    onlyUpTo === undefined
      ? listOpsToSend(store.read, { after: afterN, upTo }, hello.lastN, { ops: size, bytes: limits.bytes })
      : listOpsUpTo(store.read, onlyUpTo)
          .filter((op) => op.n > afterN)
          .slice(0, size)

  function send(ops: readonly OutgoingOp[]): Flight | undefined {
    const first = ops[0]
    if (!first) return undefined
    const done = round.tally.pushed - before
    round.onProgress({ phase: 'push', done, total: Math.max(total ?? 0, done + ops.length) })
    const { replica, epoch } = identityOf(round)
    const batchId = randomUUID()
    const afterN = Math.min(first.n - 1, lastN)
    const text = `{"replica":"${replica}","epoch":"${epoch}","batchId":"${batchId}","afterN":${afterN},"ops":[${ops.map((op) => op.text).join(',')}]}`
    const answer = ask(round, '/sync/1/push', new JsonText(text), pushAnswer, PUSH_TIMEOUT)
    // It is awaited only after the previous answer is stored.
    answer.catch(() => undefined)
    return { ops, batchId, sentAt: round.options.clock.deviceNow(), answer }
  }

  let flight = send(prepare(0))
  while (flight) {
    const sentUpTo: number = flight.ops.at(-1)?.n ?? 0
    const next = prepare(sentUpTo)
    let answer: PushAnswer
    try {
      answer = await flight.answer
    } catch (error) {
      const resumeAfter = await noteFailure(round, flight, error)
      if (resumeAfter === undefined) throw error
      if (flight.ops.length > 1) size = Math.ceil(flight.ops.length / 2)
      flight = send(prepare(resumeAfter))
      continue
    }
    lastN = Math.max(lastN, answer.ackedN)
    const following = send(next)
    await storeAnswer(round, flight, answer)
    flight = following
  }
}

/**
 * @returns the number after which to go on with smaller batches; undefined where the round stops
 */
async function noteFailure(round: Round, flight: Flight, error: unknown): Promise<number | undefined> {
  const { store } = round.options
  const failure = error instanceof ServerFailure ? error : undefined
  const isTooLarge = failure?.code === 'tooLarge'
  const isSlow = failure?.kind === 'timeout'
  const first = flight.ops[0]
  const touched: TouchedRecords = new Map()
  await store.write((database) => {
    noteAttempt(
      database,
      flight.ops,
      failure === undefined || failure.kind === 'cancelled' ? null : failure.message,
    )
    noteBatch(database, round.roundId, {
      ...batchOf(flight),
      accepted: 0,
      conflicts: 0,
      setAside: 0,
      unanswered: flight.ops.length,
    })
    if (isTooLarge && flight.ops.length === 1 && first)
      setAsideOp(database, first.n, '内容太大,服务器不接收。请打开该记录,删减后重新保存。', touched)
  })
  tellRound(round, touched)
  if (!first) return undefined
  if (flight.ops.length > 1) return isTooLarge || isSlow ? first.n - 1 : undefined
  return isTooLarge ? first.n : undefined
}

async function storeAnswer(round: Round, flight: Flight, answer: PushAnswer): Promise<void> {
  const own = new Set(flight.ops.map((op) => op.n))
  const results = answer.results.filter((result) => own.has(result.n))
  const conflicts = results.filter((result) => result.outcome === 'conflict').length
  const setAside = results.length - conflicts
  const touched: TouchedRecords = new Map()
  const marked: TouchedRecords = new Map()
  await round.options.store.write((database) => {
    storePushAnswer(database, withoutForeignReceipts(database, own, answer), touched, marked)
    noteBatch(database, round.roundId, {
      ...batchOf(flight),
      accepted: flight.ops.length - conflicts - setAside,
      conflicts,
      setAside,
      unanswered: 0,
    })
  })
  round.tally.pushed += flight.ops.length
  round.tally.conflicts += conflicts
  tellRound(round, touched)
  tellMarked(round, marked)
}

/**
 * An answer also tells of ops that were not in its question: those a later one has repaired, which stand refused here. In
 * a copied file another op may bear such a number: one that was never sent takes no receipt.
 */
function withoutForeignReceipts(
  database: WriteDatabase,
  own: ReadonlySet<number>,
  answer: PushAnswer,
): PushAnswer {
  const others = [...answer.receipts.map(([n]) => n), ...answer.results.map((result) => result.n)].filter(
    (n) => !own.has(n),
  )
  if (others.length === 0) return answer
  const refused = new Set(
    database.pluck<number>(
      "SELECT n FROM outbox WHERE state = 'setAside' AND n IN (SELECT value FROM json_each(?))",
      JSON.stringify(others),
    ),
  )
  const isKnown = (n: number): boolean => own.has(n) || refused.has(n)
  return {
    ...answer,
    receipts: answer.receipts.filter(([n]) => isKnown(n)),
    results: answer.results.filter((result) => isKnown(result.n)),
  }
}

function batchOf(flight: Flight): {
  readonly batchId: string
  readonly sentAt: number
  readonly sent: number
} {
  return { batchId: flight.batchId, sentAt: flight.sentAt, sent: flight.ops.length }
}
