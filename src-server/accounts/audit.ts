import type { ServerDatabase, ServerTransaction } from '../storage/database.ts'

/** Writes who did what. `detail` never carries personal data: counts, registers, numbers. */
export async function writeAudit(
  database: ServerDatabase | ServerTransaction,
  by: { readonly accountName: string; readonly stationCode: string },
  act: string,
  detail: Readonly<Record<string, string | number>>,
  now: number,
): Promise<void> {
  await database
    .insertInto('audit')
    .values({
      at: now,
      account_name: by.accountName,
      station_code: by.stationCode,
      act,
      detail: JSON.stringify(detail),
    })
    .execute()
}
