import { hash } from 'node:crypto'
import type { HelloAnswer } from '../../src-shared/contract/server-messages.ts'
import type { ServerDatabase } from '../storage/database.ts'

/**
 * What the stations of a scope and the people who work there are called, so that clerks read names where records carry
 * codes. Undefined where the asker has them already.
 *
 * @param known version of what the asker has; undefined for a program that does not ask
 */
export async function listNames(
  database: ServerDatabase,
  scope: string,
  known: string | undefined,
): Promise<HelloAnswer['names']> {
  if (known === undefined) return undefined
  const stations = await database
    .selectFrom('station')
    .select(['code', 'name'])
    .where('scope', '=', scope)
    .orderBy('code')
    .execute()
  // Also of those who are gone: what they wrote stays.
  const people = await database
    .selectFrom('account')
    .innerJoin('station', 'station.code', 'account.station_code')
    .select(['account.name as name', 'account.display_name as displayName'])
    .where('station.scope', '=', scope)
    .orderBy('account.name')
    .execute()
  const names = {
    stations: Object.fromEntries(stations.map((row) => [row.code, row.name])),
    people: Object.fromEntries(people.map((row) => [row.name, row.displayName])),
  }
  const version = hash('sha256', JSON.stringify(names)).slice(0, 16)
  return version === known ? undefined : { version, ...names }
}
