import { createHash } from 'node:crypto'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { Connection } from './connection.ts'

/** What a clerk has typed into one store that neither the server nor another store has. */
export type UnsentContent = {
  readonly ops: ReadonlyMap<RegisterName, number>
  readonly drafts: number
  readonly dayEnds: number
}

type Row = Readonly<Record<string, unknown>>

/**
 * Compares what waits in `here` with what stands in `there`, a store of the same or an older shape: ops without a receipt, drafts,
 * forms of sheets that were put aside, confirmed 日结.
 */
export function findUnsent(here: Connection, there: Connection): UnsentContent {
  const ops = new Map<RegisterName, number>()
  const findOp = there.prepare('SELECT 1 FROM outbox WHERE op_id = ?').pluck()
  const waiting = here
    .prepare("SELECT op_id, register FROM outbox WHERE state IN ('pending', 'setAside')")
    .iterate() as IterableIterator<Row>
  for (const { op_id: opId, register } of waiting) {
    if (findOp.get(opId) !== undefined) continue
    const name = register as RegisterName
    ops.set(name, (ops.get(name) ?? 0) + 1)
  }
  const known = new Set(draftsOf(there).map(hashOf))
  const knownSheets = new Set(sheetsOf(there))
  const knownDays = new Set(dayEndsOf(there))
  return {
    ops,
    drafts:
      draftsOf(here).filter((draft) => !known.has(hashOf(draft))).length +
      sheetsOf(here).filter((sheet) => !knownSheets.has(sheet)).length,
    dayEnds: dayEndsOf(here).filter((day) => !knownDays.has(day)).length,
  }
}

/**
 * A mark of what is typed in a store: it differs once more was typed. Ops are told by their newest number, unfinished forms by
 * what stands in them (not where the caret is).
 */
export function typedMarkOf(here: Connection): string {
  const newest = here.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").pluck().get() ?? 0
  return hashOf([newest, draftsOf(here), sheetsOf(here)])
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

/** Each draft with what was typed into it. */
function draftsOf(connection: Connection): readonly unknown[] {
  if (!hasTable(connection, 'draft')) return []
  const inputs = connection.prepare('SELECT field, input FROM draft_input WHERE draft_id = ? ORDER BY field')
  const drafts = connection
    .prepare("SELECT id, json_extract(head, '$.changeInputs') FROM draft ORDER BY id")
    .raw()
    .all() as [string, string | null][]
  return drafts.map(([id, changeInputs]) => [id, changeInputs, inputs.raw().all(id)])
}

function sheetsOf(connection: Connection): readonly string[] {
  if (!hasTable(connection, 'batch_sheet')) return []
  return connection
    .prepare('SELECT draft FROM batch_sheet WHERE draft IS NOT NULL ORDER BY id')
    .pluck()
    .all() as string[]
}

function dayEndsOf(connection: Connection): readonly string[] {
  if (!hasTable(connection, 'day_end')) return []
  return connection
    .prepare("SELECT account_name || '/' || day || '/' || confirmed_at FROM day_end")
    .pluck()
    .all() as string[]
}

function hasTable(connection: Connection, table: string): boolean {
  return (
    connection.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").pluck().get(table) !==
    undefined
  )
}
