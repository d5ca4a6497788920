import type { Meter, MeterLine } from '../../../src-shared/contract/batch-types.ts'
import { REGISTER_NAMES, type RegisterName } from '../../../src-shared/registers/register.ts'
import type { SqlRow } from '../database/database.ts'
import { actorOf, type Context } from './context.ts'

/** What one saved record took: see `docs/decisions/2026-11-28-batch-as-unit-of-work.md` for what counts. */
export type MeterReading = {
  readonly register: RegisterName
  readonly keyCount: number
  readonly openingMs: number
  readonly savingMs: number
  readonly listMs: number
}

/** Adds one record to the sums of the day. No op, no audit: nobody but the clerk learns of it. */
export async function addToMeter(context: Context, reading: MeterReading): Promise<void> {
  const { accountName } = actorOf(context)
  await context.store.write((database) => {
    database.runOf(
      `INSERT INTO own_meter (account_name, day, register, record_count, key_count, opening_ms, saving_ms, list_ms)
       VALUES (?, ?, ?, 1, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET
         record_count = record_count + 1,
         key_count = key_count + excluded.key_count,
         opening_ms = opening_ms + excluded.opening_ms,
         saving_ms = saving_ms + excluded.saving_ms,
         list_ms = list_ms + excluded.list_ms`,
      accountName,
      context.clock.today(),
      reading.register,
      reading.keyCount,
      reading.openingMs,
      reading.savingMs,
      reading.listMs,
    )
  })
}

/** The present account's own sums. */
export function readMeter(context: Context): Meter {
  const { read } = context.store
  const { accountName } = actorOf(context)
  const sums = `SELECT register, sum(record_count) AS record_count, sum(key_count) AS key_count,
    sum(opening_ms) AS opening_ms, sum(saving_ms) AS saving_ms, sum(list_ms) AS list_ms FROM own_meter`
  const since = read.pluck<string | null>(
    'SELECT min(day) FROM own_meter WHERE account_name = ?',
    accountName,
  )[0]
  return {
    today: toLines(
      read.allOf(
        `${sums} WHERE account_name = ? AND day = ? GROUP BY register`,
        accountName,
        context.clock.today(),
      ),
    ),
    total: toLines(read.allOf(`${sums} WHERE account_name = ? GROUP BY register`, accountName)),
    since: since ?? null,
  }
}

/** Begins the present account's sums anew. */
export async function resetMeter(context: Context): Promise<void> {
  const { accountName } = actorOf(context)
  await context.store.write((database) => {
    database.runOf('DELETE FROM own_meter WHERE account_name = ?', accountName)
  })
}

/** In the order of the menus. */
function toLines(rows: readonly SqlRow[]): readonly MeterLine[] {
  return REGISTER_NAMES.flatMap((register) => {
    const row = rows.find((each) => each['register'] === register)
    if (!row) return []
    return [
      {
        register,
        recordCount: Number(row['record_count']),
        keyCount: Number(row['key_count']),
        openingMs: Number(row['opening_ms']),
        savingMs: Number(row['saving_ms']),
        listMs: Number(row['list_ms']),
      },
    ]
  })
}
