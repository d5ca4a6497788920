import { sql } from 'kysely'
import { z } from 'zod'
import type { ServerDatabase, ServerTransaction } from './database.ts'
import { BUCKET_MODULUS } from '../../src-shared/contract/server-messages.ts'
import { REGISTER_NAMES } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { findDamage, jsonText, readSnapshot } from './engine.ts'

const REGISTERS = REGISTER_NAMES.map(getRegister)

const gapList = z.array(z.tuple([z.int(), z.int()]))

/** What a database holds and what is wrong with it; sentences for the operator. */
export type DatabaseCheck = {
  readonly records: number
  readonly ops: number
  readonly seq: number
  /** Photos that records name and that no station has sent yet: no fault, they are to come. */
  readonly missingPhotos: number
  readonly problems: readonly string[]
}

/**
 * Checks the file's pages, the references, and that the numbers tell one story: each change number up to the counter
 * belongs to exactly one change, what is kept beside the records agrees with them, and no replica has ops beyond what it was told to have.
 */
export async function checkDatabase(database: ServerDatabase): Promise<DatabaseCheck> {
  const damage = await findDamage(database)
  // What cannot be read cannot be counted.
  if (damage.length > 0)
    return {
      records: 0,
      ops: 0,
      seq: 0,
      missingPhotos: 0,
      problems: damage.map((text) => `数据库文件有损坏:${text}`),
    }
  return readSnapshot(database, async (transaction) => {
    const seq = await countOf(transaction, sql`SELECT seq AS total FROM counter`)
    const skipped = (await listSkippedNumbers(transaction)).reduce(
      (sum, [from, to]) => sum + to - from + 1,
      0,
    )
    // Every number belongs to an op, to one that was set aside and repaired, or to a record that another one's op concerned.
    const numbers = sql`SELECT seq FROM op_log WHERE seq IS NOT NULL
      UNION ALL SELECT seq FROM set_aside WHERE seq IS NOT NULL UNION ALL SELECT seq FROM touch`
    const { rows } = await sql<{ total: number; different: number; newest: number | null }>`
      SELECT count(*) AS total, count(DISTINCT seq) AS different, max(seq) AS newest FROM (${numbers}) AS numbers`.execute(
      transaction,
    )
    const { total = 0, different = 0, newest = 0 } = rows[0] ?? {}
    const problems: string[] = []
    const expect = (isGood: boolean, problem: string): void => {
      if (!isGood) problems.push(problem)
    }
    expect((newest ?? 0) <= seq, `有编号${newest}的修改,但计数器只到${seq}。`)
    expect(total === different, `有${total - different}个修改编号用了两次。`)
    expect(
      different + skipped === seq,
      `修改编号缺${seq - skipped - different}个(计数器${seq},有${different}个)。`,
    )
    const none = async (problem: (count: number) => string, query: ReturnType<typeof sql>): Promise<void> => {
      const count = await countOf(transaction, query)
      expect(count === 0, problem(count))
    }
    await none(
      (count) => `有${count}条记录的编号不属于任何一次修改。`,
      sql`SELECT count(*) AS total FROM record WHERE NOT EXISTS (SELECT 1 FROM op_log WHERE op_log.register = record.register
        AND op_log.record_id = record.id AND op_log.seq = record.seq) AND NOT EXISTS (SELECT 1 FROM set_aside
        WHERE set_aside.record_id = record.id AND set_aside.seq = record.seq) AND NOT EXISTS (SELECT 1 FROM touch
        WHERE touch.seq = record.seq AND touch.register = record.register AND touch.record_id = record.id)`,
    )
    for (const [problem, query] of [...DERIVED, ...listReferenceChecks(transaction)])
      await none(problem, query)
    await none(
      (count) => `有${count}台电脑的内容比服务器回执的少。`,
      // It may be more: a restored store sends under a new id what the server has under the old one.
      sql`SELECT count(*) AS total FROM replica WHERE last_n <
        coalesce((SELECT max(n) FROM op_log WHERE op_log.replica = replica.number), 0)`,
    )
    await none(
      (count) => `有${count}处未接收的内容没有说明原因。`,
      sql`SELECT count(*) AS total FROM op_log WHERE seq IS NULL AND NOT EXISTS (SELECT 1 FROM set_aside
        WHERE set_aside.replica = op_log.replica AND set_aside.n = op_log.n)`,
    )
    await none(
      (count) => `有${count}张照片标为已上传,内容却不在。`,
      sql`SELECT count(*) AS total FROM blob_use WHERE is_stored = 1 AND NOT EXISTS (SELECT 1 FROM blob
        WHERE blob.scope = blob_use.scope AND blob.hash = blob_use.hash)`,
    )
    return {
      records: await countOf(transaction, sql`SELECT count(*) AS total FROM record`),
      ops: await countOf(transaction, sql`SELECT count(*) AS total FROM op_log`),
      seq,
      missingPhotos: await countOf(
        transaction,
        sql`SELECT count(*) AS total FROM blob_use WHERE is_stored = 0`,
      ),
      problems,
    }
  })
}

type Check = readonly [problem: (count: number) => string, query: ReturnType<typeof sql>]

/** What follows from the records and their conflicts, and is kept so that nobody has to compute it. */
const DERIVED: readonly Check[] = [
  [
    (count) => `有${count}个核对桶与记录不符。`,
    sql`SELECT count(*) AS total FROM (SELECT scope, bucket, count(*) AS records, sum(seq) % ${sql.lit(BUCKET_MODULUS)} AS numbers FROM record
      GROUP BY scope, bucket) AS own LEFT JOIN bucket ON bucket.scope = own.scope AND bucket.bucket = own.bucket
      WHERE bucket.count IS NULL OR bucket.count <> own.records OR bucket.sum <> own.numbers`,
  ],
  [
    (count) => `有${count}个核对桶没有记录。`,
    sql`SELECT count(*) AS total FROM bucket WHERE NOT EXISTS (SELECT 1 FROM record
      WHERE record.scope = bucket.scope AND record.bucket = bucket.bucket)`,
  ],
  [
    (count) => `有${count}条合并关系没有指向最后的记录。`,
    sql`SELECT count(*) AS total FROM alias WHERE EXISTS (SELECT 1 FROM alias AS next
      WHERE next.register = alias.register AND next.loser = alias.target)`,
  ],
  [
    (count) => `有${count}条合并关系与记录的状态不符。`,
    sql`SELECT count(*) AS total FROM alias WHERE NOT EXISTS (SELECT 1 FROM record WHERE record.register = alias.register
      AND record.id = alias.loser AND record.status = 'merged' AND record.merged_into = alias.winner)
      OR NOT EXISTS (SELECT 1 FROM record WHERE record.register = alias.register AND record.id = alias.target)`,
  ],
  [
    (count) => `有${count}条已并入的记录不知并入了哪一条。`,
    sql`SELECT count(*) AS total FROM record WHERE status = 'merged' AND NOT EXISTS (SELECT 1 FROM alias
      WHERE alias.register = record.register AND alias.loser = record.id)`,
  ],
  [
    (count) => `有${count}处冲突所属的记录不存在。`,
    sql`SELECT count(*) AS total FROM conflict WHERE NOT EXISTS (SELECT 1 FROM record
      WHERE record.register = conflict.register AND record.id = conflict.record_id)`,
  ],
  [
    (count) => `有${count}条记录的冲突数不对。`,
    sql`SELECT count(*) AS total FROM record WHERE open_conflicts <> (SELECT count(*) FROM conflict
      WHERE conflict.record_id = record.id AND conflict.register = record.register AND conflict.state = 'open')`,
  ],
  [
    (count) => `有${count}条记录的重复数不对。`,
    sql`SELECT count(*) AS total FROM record WHERE duplicates <> (SELECT count(*) FROM natural_key AS own
      JOIN natural_key AS other ON other.scope = own.scope AND other.register = own.register AND other.key = own.key
        AND other.record_id <> own.record_id
      LEFT JOIN dismissed ON dismissed.register = own.register AND dismissed.record_id = own.record_id
        AND dismissed.other_id = other.record_id
      WHERE own.register = record.register AND own.record_id = record.id AND dismissed.seq IS NULL)`,
  ],
  [
    (count) => `有${count}条已并入或已删除的记录还留有查重用的标识。`,
    sql`SELECT count(*) AS total FROM natural_key JOIN record ON record.register = natural_key.register
      AND record.id = natural_key.record_id WHERE record.status IN ('merged', 'deleted')`,
  ],
  [
    (count) => `有${count}条记录没有标明引用了已并入的记录,或标错了。`,
    sql`SELECT (SELECT count(*) FROM record WHERE has_alias = 1) + count(*)
      - 2 * coalesce(sum(has_alias), 0) AS total FROM record JOIN (SELECT DISTINCT reference.register, reference.id, alias.scope
      FROM alias JOIN reference ON reference.target = alias.loser) AS referrer ON referrer.register = record.register
      AND referrer.id = record.id AND referrer.scope = record.scope`,
  ],
]

/** The list of references says what the records say. */
function listReferenceChecks(transaction: ServerTransaction): readonly Check[] {
  const lost = (count: number): string => `有${count}处引用与记录的内容不符。`
  const value = jsonText(transaction, 'record.data', 'reference.field')
  const checks: Check[] = [
    [
      lost,
      sql`SELECT count(*) AS total FROM reference LEFT JOIN record ON record.register = reference.register
        AND record.id = reference.id WHERE record.id IS NULL OR (coalesce(${value}, '') <> reference.target
        AND coalesce(${value}, '') NOT LIKE '%"' || reference.target || '"%')`,
    ],
  ]
  for (const register of REGISTERS) {
    for (const [name, field] of Object.entries(register.fields)) {
      if (field.kind !== 'reference' && field.kind !== 'references') continue
      const text = jsonText(transaction, 'data', sql.lit(name))
      // Of several ids each stands between two quotation marks, and no id has one in it.
      const named =
        field.kind === 'reference'
          ? sql`CASE WHEN coalesce(${text}, '') <> '' THEN 1 ELSE 0 END`
          : sql`(length(coalesce(${text}, '')) - length(replace(coalesce(${text}, ''), '"', ''))) / 2`
      checks.push([
        lost,
        sql`SELECT abs((SELECT coalesce(sum(${named}), 0) FROM record WHERE register = ${register.name})
          - (SELECT count(*) FROM reference WHERE register = ${register.name} AND field = ${name})) AS total`,
      ])
    }
  }
  return checks
}

async function countOf(transaction: ServerTransaction, query: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await query.execute(transaction)
  return Number((rows[0] as { total?: unknown } | undefined)?.total ?? 0)
}

/** Change numbers, from and to, that were passed over on purpose. */
export async function listSkippedNumbers(
  database: ServerDatabase | ServerTransaction,
): Promise<readonly (readonly [number, number])[]> {
  const row = await database
    .selectFrom('meta')
    .select('value')
    .where('name', '=', 'skippedNumbers')
    .executeTakeFirst()
  return row === undefined ? [] : gapList.parse(JSON.parse(row.value))
}

/**
 * Passes over change numbers, so that the next one is greater than any that was given out after the backup was made: stations
 * whose cursor is ahead of a restored database would else never see what is sent again.
 */
export async function skipNumbers(
  database: ServerDatabase,
  newestKnown: number,
  more: number,
): Promise<number> {
  return database.transaction().execute(async (transaction) => {
    const { seq } = await transaction.selectFrom('counter').select('seq').executeTakeFirstOrThrow()
    const next = Math.max(seq, newestKnown) + more
    const value = JSON.stringify([...(await listSkippedNumbers(transaction)), [seq + 1, next]])
    await transaction.updateTable('counter').set({ seq: next }).execute()
    await transaction
      .insertInto('meta')
      .values({ name: 'skippedNumbers', value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute()
    return next
  })
}

/** More changes a second than a server can take: lives of a database that began at different seconds never share numbers. */
const NUMBERS_A_SECOND = 10_000
const NUMBERING_SINCE = Date.UTC(2026, 0, 1)

/** How many numbers a database passes over that begins a life at this moment (UTC ms). */
export function countNumbersBefore(now: number): number {
  return NUMBERS_A_SECOND * Math.max(0, Math.floor((now - NUMBERING_SINCE) / 1_000))
}

/**
 * Lets a new, empty database begin behind the numbers that any earlier server can have given out: where stations go over to it from one
 * that is lost for good, what they had seen there must not pass for seen here.
 */
export async function beginNumbers(database: ServerDatabase, now: number): Promise<void> {
  const { seq } = await database.selectFrom('counter').select('seq').executeTakeFirstOrThrow()
  if (seq === 0) await skipNumbers(database, 0, countNumbersBefore(now))
}
