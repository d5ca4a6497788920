import type { ServerDatabase } from '../storage/database.ts'

/** As long as clients keep what they may have to send again. */
const KEEP_MS = 35 * 86_400_000

/** Lets go of photos that were begun and never finished, and of content that nothing names, after 35 days. */
export async function pruneBlobs(database: ServerDatabase, now: number): Promise<void> {
  await database
    .deleteFrom('blob_part')
    .where('touched_at', '<', now - KEEP_MS)
    .execute()
  await database
    .deleteFrom('blob')
    .where('stored_at', '<', now - KEEP_MS)
    .where((expression) =>
      expression.not(
        expression.exists(
          expression
            .selectFrom('blob_use')
            .select('blob_use.hash')
            .whereRef('blob_use.scope', '=', 'blob.scope')
            .whereRef('blob_use.hash', '=', 'blob.hash'),
        ),
      ),
    )
    .execute()
}
