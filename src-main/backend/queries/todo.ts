import type { CompiledQuery } from 'kysely'
import { sql } from 'kysely'
import { build } from '../database/database.ts'

/** Lists of records that are due by a day of their own. */
export const DATED_TODO_KINDS = [
  'permitEnding',
  'permitInProcess',
  'leaseEnding',
  'hazard',
  'serviceRequest',
] as const
export type DatedTodoKind = (typeof DATED_TODO_KINDS)[number]

/** The days a list reaches over, both inclusive. */
export type DaySpan = { readonly from: string; readonly to: string }

/** A list is counted and shown up to this many rows: beyond it nobody works through a list, and a count would cost. */
export const TODO_LIMIT = 2_000

type DatedList = {
  readonly table: string
  readonly index: string
  readonly day: string
  /** What stands between the day and the row in the index: read in its order, nothing is sorted. */
  readonly thenBy?: string
  /** As the partial index says it, word for word: SQLite uses it only then. */
  readonly open: string
  readonly besides: string
}

const IN_PROCESS = "stage_code IN ('10', '20', '30')"

/** What each list reads. A permit is not due any more once a later one of its holder is under way or issued. */
const LISTS: Readonly<Record<DatedTodoKind, DatedList>> = {
  permitEnding: {
    table: 'residence_permit',
    index: 'residence_permit_ending',
    day: 'valid_until_date',
    thenBy: 'applicant_id',
    open: "status = 'active' AND stage_code = '40'",
    besides: ` AND NOT EXISTS (
      SELECT 1 FROM residence_permit AS later INDEXED BY residence_permit_holder
      WHERE later.applicant_id = due.applicant_id AND later.status = 'active' AND (later.stage_code IN ('10', '20', '30')
        OR later.stage_code = '40' AND later.valid_until_date > due.valid_until_date))
    AND NOT EXISTS (SELECT 1 FROM resident WHERE resident.id = due.applicant_id AND resident.status = 'cancelled')`,
  },
  permitInProcess: {
    table: 'residence_permit',
    index: 'residence_permit_in_process',
    day: 'due_date',
    open: `status = 'active' AND ${IN_PROCESS}`,
    besides: '',
  },
  leaseEnding: {
    table: 'lease',
    index: 'lease_ending',
    day: 'end_date',
    open: "status = 'active' AND stage_code = '10'",
    besides: '',
  },
  hazard: {
    table: 'inspection',
    index: 'inspection_to_rectify',
    day: 'rectify_by_date',
    open: "status = 'active' AND stage_code = '20'",
    besides: '',
  },
  serviceRequest: {
    table: 'service_request',
    index: 'service_request_open',
    day: 'due_date',
    open: "status = 'active' AND stage_code IN ('10', '20')",
    besides: '',
  },
}

function dueRows(kind: DatedTodoKind, span: DaySpan, limit: number, offset: number) {
  const { table, index, day, thenBy, open, besides } = LISTS[kind]
  const order = [day, ...(thenBy === undefined ? [] : [thenBy]), 'row'].join(', ')
  return sql<{
    row: number
  }>`SELECT row, ${sql.raw(day)} AS day FROM ${sql.raw(`${table} AS due INDEXED BY ${index}`)}
    WHERE ${sql.raw(open)} AND ${sql.raw(day)} BETWEEN ${span.from} AND ${span.to}${sql.raw(besides)}
    ORDER BY ${sql.raw(order)} LIMIT ${limit} OFFSET ${offset}`
}

/** Row numbers of a list, the earliest day first. */
export function dueRowsQuery(
  kind: DatedTodoKind,
  span: DaySpan,
  limit: number,
  offset: number,
): CompiledQuery {
  const count = Math.min(limit, Math.max(TODO_LIMIT - offset, 0))
  return sql`SELECT row FROM (${dueRows(kind, span, count, offset)})`.compile(build)
}

/** Two numbers, both up to {@link TODO_LIMIT}: how many rows a list has, and how many of them are due before `today`. */
export function dueCountsQuery(kind: DatedTodoKind, span: DaySpan, today: string): CompiledQuery {
  return sql`WITH counted AS MATERIALIZED (${dueRows(kind, span, TODO_LIMIT, 0)})
    SELECT count(*) FROM counted UNION ALL SELECT count(*) FROM counted WHERE day < ${today}`.compile(build)
}
