import { createHmac } from 'node:crypto'
import type { z } from 'zod'
import type {
  findDuplicatesRequest,
  FindDuplicatesAnswer,
} from '../../src-shared/contract/server-messages.ts'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import type { Register } from '../../src-shared/registers/register.ts'
import { getField } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { displayValue } from '../../src-shared/fields/display.ts'
import { findNaturalKey } from '../../src-shared/sync/natural-key.ts'
import { writeAudit } from '../accounts/audit.ts'
import type { Session } from '../accounts/session.ts'
import type { ServerContext } from '../context.ts'
import { getMeta } from '../storage/database.ts'
import type { KnownCodes } from './dictionaries.ts'

/** Hexadecimal digits of a stored key: 128 bits never meet by chance, and half the length is half the index. */
const KEY_LENGTH = 32

/** The stored form of a natural key: without the secret it cannot be turned back or guessed from the table alone. */
export function hashNaturalKey(secret: string, register: Register, values: RecordValues): string | undefined {
  const key = findNaturalKey(register, values)
  return key === undefined
    ? undefined
    : createHmac('sha256', secret).update(`${register.name}\n${key}`).digest('hex').slice(0, KEY_LENGTH)
}

/** The most candidates one question is answered with. */
const LIMIT = 20

/** Records of a scope with the same natural key: title and station only, whoever they belong to. */
export async function findDuplicates(
  context: Pick<ServerContext, 'database' | 'knownCodes' | 'now'>,
  session: Session,
  request: z.infer<typeof findDuplicatesRequest>,
): Promise<FindDuplicatesAnswer> {
  const { database } = context
  const codes = await context.knownCodes()
  const register = getRegister(request.register)
  const key = hashNaturalKey(await getMeta(database, 'naturalKeySecret'), register, request.values)
  if (key === undefined) return { duplicates: [] }
  const rows = await database
    .selectFrom('natural_key')
    .innerJoin('record', (join) =>
      join
        .onRef('record.register', '=', 'natural_key.register')
        .onRef('record.id', '=', 'natural_key.record_id'),
    )
    .leftJoin('station', 'station.code', 'record.station_code')
    .select([
      'record.id as id',
      'record.data as data',
      'record.status as status',
      'record.station_code as stationCode',
      'station.name as stationName',
    ])
    .where('natural_key.scope', '=', session.scope)
    .where('natural_key.register', '=', register.name)
    .where('natural_key.key', '=', key)
    .where('record.id', '!=', request.exceptId ?? '')
    .orderBy('record.created_at')
    .limit(LIMIT)
    .execute()
  const duplicates = rows.length
  await writeAudit(
    database,
    session.account,
    'findDuplicates',
    { register: register.name, duplicates },
    context.now(),
  )
  return {
    duplicates: rows.map((row) => ({
      id: row.id,
      title: titleOf(register, JSON.parse(row.data) as RecordValues, codes),
      stationCode: row.stationCode,
      stationName: row.stationName ?? row.stationCode,
      status: row.status === 'cancelled' ? 'cancelled' : 'active',
    })),
  }
}

function titleOf(register: Register, values: RecordValues, codes: KnownCodes): string {
  return register.title
    .map((name) =>
      displayValue(getField(register, name), values[name], (field, code) =>
        field.kind === 'code' ? (codes.findName(field.dictionary, code) ?? code) : code,
      ),
    )
    .filter((part) => part !== '')
    .join(' ')
}
