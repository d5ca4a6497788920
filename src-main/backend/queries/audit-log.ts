import { sql, type CompiledQuery } from 'kysely'
import { build } from '../database/database.ts'

/** What narrows the log; null does not. Instants are UTC milliseconds, both inclusive. */
export type AuditFilter = {
  readonly from: number | null
  readonly to: number | null
  readonly accountName: string | null
  readonly acts: readonly string[] | null
  readonly register: string | null
  readonly recordId: string | null
}

/**
 * Numbers of the lines up to `newest`, the newest first. Lines of one record come from an index of their own; without conditions the
 * table itself is walked; all else is answered from one index that holds every condition, without looking at a line.
 */
export function auditLinesQuery(filter: AuditFilter, newest: number, limit: number | null): CompiledQuery {
  const { from, to, accountName, acts, register, recordId } = filter
  const parts = [sql`id <= ${newest}`]
  if (from !== null) parts.push(sql`at >= ${from}`)
  if (to !== null) parts.push(sql`at <= ${to}`)
  if (accountName !== null) parts.push(sql`account_name = ${accountName}`)
  if (acts !== null) parts.push(sql`act IN (${sql.join(acts)})`)
  if (register !== null) parts.push(sql`register = ${register}`)
  if (recordId !== null) parts.push(sql`record_id = ${recordId} AND record_id <> ''`)
  const access =
    recordId !== null
      ? sql`INDEXED BY audit_record`
      : parts.length === 1
        ? sql`NOT INDEXED`
        : sql`INDEXED BY audit_at`
  const limited = limit === null ? sql`` : sql`LIMIT ${limit}`
  return sql`SELECT id FROM audit ${access} WHERE ${sql.join(parts, sql` AND `)} ORDER BY id DESC ${limited}`.compile(
    build,
  )
}

/** How many lines there are up to `newest`, counted in the index. */
export function auditCountQuery(newest: number): CompiledQuery {
  return sql`SELECT count(*) FROM audit INDEXED BY audit_at WHERE id <= ${newest}`.compile(build)
}

/** One line of everybody who has one after `since`: names are read from these. All lines are looked through in the index, later ones one by one. */
export function auditPeopleQuery(since: number): CompiledQuery {
  return since === 0
    ? sql`SELECT min(id) FROM audit INDEXED BY audit_at GROUP BY account_name`.compile(build)
    : sql`SELECT min(id) FROM audit NOT INDEXED WHERE id > ${since} GROUP BY account_name`.compile(build)
}
