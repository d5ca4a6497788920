import { z } from 'zod'
import type { HelloAnswer } from '../../../src-shared/contract/server-messages.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { readSetting, writeSetting } from '../queries/settings.ts'

const stored = z.object({
  version: z.string(),
  stations: z.record(z.string(), z.string()),
  people: z.record(z.string(), z.string()),
})

/** What the server has told of the names of its stations and people; nothing in 单机 use. */
type Names = z.infer<typeof stored>

function readNames(read: ReadDatabase): Names {
  const parsed = stored.safeParse(readSetting(read, 'names'))
  return parsed.success ? parsed.data : { version: '', stations: {}, people: {} }
}

/** Which names are here; empty for none. */
export function readNamesVersion(read: ReadDatabase): string {
  return readNames(read).version
}

export function storeNames(database: WriteDatabase, names: NonNullable<HelloAnswer['names']>): void {
  writeSetting(database, 'names', names)
}

export type Namer = {
  /** A station by name; by code where the server has not told it. */
  readonly station: (code: string) => string
  /** A person by name; by account where the server has not told it. */
  readonly person: (accountName: string) => string
}

/** Names as they are known at this moment. */
export function namerFor(read: ReadDatabase): Namer {
  const names = readNames(read)
  const stations = new Map(Object.entries(names.stations))
  const people = new Map(Object.entries(names.people))
  return {
    station: (code) => stations.get(code) ?? code,
    person: (accountName) => people.get(accountName) ?? accountName,
  }
}
