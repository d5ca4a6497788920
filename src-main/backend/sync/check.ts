import {
  bucketAnswer,
  BUCKET_MODULUS,
  BUCKETS,
  checkAnswer,
} from '../../../src-shared/contract/server-messages.ts'
import type { CheckReport } from '../../../src-shared/contract/sync-types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { REGISTER_NAMES, type RegisterName } from '../../../src-shared/registers/register.ts'
import type { ReadDatabase } from '../database/database.ts'
import { applyServerRecord } from '../services/apply-server-record.ts'
import { touch, type TouchedRecords } from '../services/touched-records.ts'
import { askRecords } from './pull.ts'
import { rescueRecord } from './rescue.ts'
import { actorOfRound, ask, identityOf, letOthersGo, tellRound, type Round } from './round-line.ts'
import { readSyncState, writeSyncState } from './sync-state.ts'

/** Rows counted in one step, between which saves and questions have their turn. */
const COUNT_STEP = 1_500
/** Records stored or offered in one act. */
const REPAIR_STEP = 50
const DAY_MS = 86_400_000
/** Other stations go on writing: so often a check begins anew before it is put off. */
const TRIES = 3

type Key = readonly [register: RegisterName, id: string]

/** Whether the daily check is due; a clock that was set back does not put it off for long. */
export function isCheckDue(round: Round): boolean {
  const { lastCheckAt } = readSyncState(round.options.store.read)
  const now = round.options.clock.deviceNow()
  return lastCheckAt === null || Math.abs(now - lastCheckAt) > DAY_MS
}

/**
 * Compares what is here with the server, bucket by bucket, and repairs by adding: what differs is pulled again, what only this store
 * has is offered to the server. Nothing is taken away.
 *
 * @param pull brings the cursor to the server's newest number again
 * @returns undefined where the server never stood still for long enough: the next round tries again
 * @throws ServerFailure
 */
export async function checkWithServer(
  round: Round,
  pull: () => Promise<void>,
): Promise<CheckReport | undefined> {
  const { store, clock } = round.options
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const answer = await ask(round, '/sync/1/check', identityOf(round), checkAnswer)
    if (readSyncState(store.read).cursor !== answer.head) {
      await pull()
      continue
    }
    const here = await sumBuckets(round)
    const differing = answer.counts.flatMap((count, bucket) =>
      count === here.counts[bucket] && answer.sums[bucket] === here.sums[bucket] ? [] : [bucket],
    )
    const repaired = differing.length === 0 ? { repaired: 0, onlyHere: 0 } : await repair(round, differing)
    const checkedAt = clock.deviceNow()
    await store.write((database) => writeSyncState(database, { lastCheckAt: checkedAt }))
    const total = here.counts.reduce((sum, count) => sum + count, 0)
    return {
      checkedAt,
      differingBuckets: differing.length,
      ...repaired,
      message: describe(total, differing.length, repaired),
    }
  }
  return undefined
}

function describe(
  total: number,
  differing: number,
  { repaired, onlyHere }: { readonly repaired: number; readonly onlyHere: number },
): string {
  if (differing === 0) return `核对完成:本机与服务器的 ${total} 条记录一致。`
  const parts = [
    ...(repaired > 0 ? [`重新取回 ${repaired} 条`] : []),
    ...(onlyHere > 0 ? [`只有本机才有的 ${onlyHere} 条将重新上传`] : []),
  ]
  return parts.length === 0
    ? '核对完成:有新版程序才认识的内容,升级后会自动补全。'
    : `核对发现与服务器不一致,已修复:${parts.join(',')}。没有删除任何内容。`
}

/** Count and sum of the change numbers here, by the last two digits of the ids. */
async function sumBuckets(
  round: Round,
): Promise<{ readonly counts: readonly number[]; readonly sums: readonly number[] }> {
  const counts = Array.from({ length: BUCKETS }, () => 0)
  const sums = Array.from({ length: BUCKETS }, () => 0)
  let done = 0
  for await (const rows of listSeqs(round)) {
    for (const { id, seq } of rows) {
      const bucket = bucketOf(id)
      counts[bucket] = (counts[bucket] ?? 0) + 1
      sums[bucket] = ((sums[bucket] ?? 0) + seq) % BUCKET_MODULUS
    }
    done += rows.length
    round.onProgress({ phase: 'check', done, total: null })
  }
  return { counts, sums }
}

function bucketOf(id: string): number {
  return Number.parseInt(id.slice(-2), 16)
}

type SeqRow = { readonly register: RegisterName; readonly id: string; readonly seq: number }

/** Every record here that the server has confirmed, shown or gone, in steps. */
async function* listSeqs(round: Round): AsyncGenerator<readonly SeqRow[]> {
  const { read } = round.options.store
  for (const name of REGISTER_NAMES) {
    const { table } = getRegister(name)
    for (let last = 0; ;) {
      const rows = read.allOf(
        `SELECT row, id, server_seq FROM ${table} WHERE row > ? ORDER BY row LIMIT ${COUNT_STEP}`,
        last,
      )
      yield rows.flatMap((row) => {
        const seq = Number(row['server_seq'])
        return seq > 0 ? [{ register: name, id: String(row['id']), seq }] : []
      })
      await letOthersGo(round)
      if (rows.length < COUNT_STEP) break
      last = Number(rows.at(-1)?.['row'])
    }
  }
  let last = ''
  for (;;) {
    const rows = read.allOf(
      `SELECT register, record_id, seq FROM gone_record WHERE register || ' ' || record_id > ?
       ORDER BY register || ' ' || record_id LIMIT ${COUNT_STEP}`,
      last,
    )
    yield rows.flatMap((row) => {
      const seq = Number(row['seq'])
      return seq > 0 ? [{ register: row['register'] as RegisterName, id: String(row['record_id']), seq }] : []
    })
    await letOthersGo(round)
    const newest = rows.at(-1)
    if (rows.length < COUNT_STEP || !newest) return
    last = `${String(newest['register'])} ${String(newest['record_id'])}`
  }
}

async function repair(
  round: Round,
  buckets: readonly number[],
): Promise<{ readonly repaired: number; readonly onlyHere: number }> {
  const wanted = new Set(buckets)
  const here = new Map<string, SeqRow>()
  for await (const rows of listSeqs(round))
    for (const row of rows) if (wanted.has(bucketOf(row.id))) here.set(row.id, row)
  const differing: Key[] = []
  for (const bucket of buckets) {
    const answer = await ask(round, '/sync/1/bucket', { ...identityOf(round), bucket }, bucketAnswer)
    for (const [register, id, seq] of answer.records) {
      const known = here.get(id)
      here.delete(id)
      if (known?.seq !== seq && isRegisterName(register)) differing.push([register, id])
    }
  }
  return { repaired: await pullAgain(round, differing), onlyHere: await offer(round, [...here.values()]) }
}

function isRegisterName(name: string): name is RegisterName {
  return (REGISTER_NAMES as readonly string[]).includes(name)
}

async function pullAgain(round: Round, keys: readonly Key[]): Promise<number> {
  const { store, log } = round.options
  const records = [...(await askRecords(round, keys)).values()]
  if (records.length > 0) log(`sync: check pulls ${records.length} records again`)
  for (let start = 0; start < records.length; start += REPAIR_STEP) {
    const touched: TouchedRecords = new Map()
    await store.write((database) => {
      for (const record of records.slice(start, start + REPAIR_STEP)) {
        applyServerRecord(database, record, { isForced: true, touched })
        touch(touched, record.register, record.recordId)
      }
    })
    tellRound(round, touched)
    await letOthersGo(round)
  }
  return records.length
}

async function offer(round: Round, rows: readonly SeqRow[]): Promise<number> {
  const { store, log } = round.options
  if (rows.length > 0) log(`sync: check offers ${rows.length} records that only this store has`)
  let count = 0
  for (let start = 0; start < rows.length; start += REPAIR_STEP) {
    const touched: TouchedRecords = new Map()
    count += await store.write((database) => {
      let offered = 0
      for (const { register, id, seq } of rows.slice(start, start + REPAIR_STEP)) {
        // Changed while the buckets were asked for: the next check sees it as it is then.
        if (seqOf(database, register, id) !== seq) continue
        if (rescueRecord(database, actorOfRound(round), register, id, 0, touched)) offered += 1
      }
      return offered
    })
    tellRound(round, touched)
    await letOthersGo(round)
  }
  return count
}

function seqOf(database: ReadDatabase, register: RegisterName, id: string): number | undefined {
  const { table } = getRegister(register)
  return database.pluck<number>(
    `SELECT server_seq FROM ${table} WHERE id = ? UNION ALL SELECT seq FROM gone_record WHERE register = ? AND record_id = ?`,
    id,
    register,
    id,
  )[0]
}
