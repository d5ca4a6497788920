import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { getMeta, type ServerDatabase, type ServerTransaction } from './database.ts'

/** An earlier life of the database: its numbers up to `upTo` mean the same in this one. */
const epochList = z.array(z.object({ epoch: z.uuid(), upTo: z.int().min(0) }))
export type EarlierEpoch = z.infer<typeof epochList>[number]

/** The earlier epochs that this database goes back to. */
export async function listEpochs(
  database: ServerDatabase | ServerTransaction,
): Promise<readonly EarlierEpoch[]> {
  const row = await database
    .selectFrom('meta')
    .select('value')
    .where('name', '=', 'epochs')
    .executeTakeFirst()
  return row === undefined ? [] : epochList.parse(JSON.parse(row.value))
}

/** Earlier epochs and the present one, each with how far its numbers go. */
export async function readLineage(
  database: ServerDatabase | ServerTransaction,
): Promise<readonly EarlierEpoch[]> {
  const { seq } = await database.selectFrom('counter').select('seq').executeTakeFirstOrThrow()
  return [...(await listEpochs(database)), { epoch: await getMeta(database, 'epoch'), upTo: seq }]
}

/**
 * Begins a new epoch in a database that was copied from a backup. Call before any number is given out or passed over.
 *
 * @param replaced the lineage of the database that the backup replaces, where it can be read: its stations are told how far they
 *   can go on
 */
export async function beginEpoch(database: ServerDatabase, replaced: readonly EarlierEpoch[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const own = await readLineage(transaction)
    const value = JSON.stringify([...own, ...joinLineage(own, replaced)])
    await transaction.updateTable('meta').set({ value: randomUUID() }).where('name', '=', 'epoch').execute()
    await transaction
      .insertInto('meta')
      .values({ name: 'epochs', value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute()
  })
}

/** What is known here of epochs that only the replaced database had: both tell one story up to where they part. */
function joinLineage(
  own: readonly EarlierEpoch[],
  replaced: readonly EarlierEpoch[],
): readonly EarlierEpoch[] {
  const upTo = new Map(own.map((each) => [each.epoch, each.upTo]))
  const shared = replaced.flatMap((each) => {
    const known = upTo.get(each.epoch)
    return known === undefined ? [] : [Math.min(known, each.upTo)]
  })
  if (shared.length === 0) return []
  const parting = Math.max(...shared)
  return replaced
    .filter((each) => !upTo.has(each.epoch))
    .map((each) => ({ epoch: each.epoch, upTo: Math.min(each.upTo, parting) }))
}
