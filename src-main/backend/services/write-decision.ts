import type { FieldValue } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import type { WriteDatabase } from '../database/database.ts'
import type { Actor } from './context.ts'
import { findPresent, findServerState, reshowRecord } from './show-record.ts'
import type { TouchedRecords } from './touched-records.ts'
import { writeAudit } from './write-audit.ts'
import { keepServerState, logOwnChange, wordOf, writeOp, type NewOp } from './write-edit.ts'

/** A decision about one or two records, judged and ready to be stored. */
export type Decision = NewOp & {
  /** What the history says of it: field → [old, new]; the op's fields against what is shown where absent. */
  readonly changes?: Readonly<Record<string, readonly [FieldValue, FieldValue]>>
  /** The other record that is shown anew and gets a line in its history: the loser of a merge, or its winner. */
  readonly otherId?: string
}

/**
 * Stores an op that is more than an edit (resolve, merge, unmerge, delete): outbox, history, audit and what is shown from
 * now on. The caller holds the transaction.
 * @returns the op's number
 */
export function writeDecision(
  database: WriteDatabase,
  actor: Actor,
  decision: Decision,
  touched: TouchedRecords,
): number {
  const { register, recordId } = decision
  const ids = [recordId, ...(decision.otherId === undefined ? [] : [decision.otherId])]
  const presents = ids.map((id) => findPresent(database, register.name, id))
  for (const present of presents) {
    if (present.current) keepServerState(database, present.current)
    else if (present.gone && present.gone.seq > 0) keepGoneState(database, present.gone)
  }
  const shown = presents[0]?.current?.values ?? presents[0]?.gone?.record.values ?? {}
  const changes: Record<string, readonly [FieldValue, FieldValue]> = {}
  for (const [name, value] of Object.entries(decision.fields)) {
    const old = shown[name] ?? null
    if (!areEqualValues(old, value)) changes[name] = [old, value]
  }
  // What a person decided is that person's value; a value that only stays is not.
  const spoken: Decision =
    decision.act === 'resolved'
      ? {
          ...decision,
          provenance: Object.fromEntries(Object.keys(changes).map((name) => [name, 'typed' as const])),
        }
      : decision
  const opNumber = writeOp(database, actor, spoken)
  ids.forEach((id, index) => {
    logOwnChange(database, actor, {
      register: register.name,
      recordId: id,
      act: decision.act,
      changes: index === 0 ? (decision.changes ?? changes) : {},
      reason: decision.reason,
      opNumber,
      ...(index === 0 ? wordOf(spoken) : {}),
    })
    reshowRecord(database, register.name, id, touched)
  })
  writeAudit(database, actor, `record.${decision.act}`, register.name, recordId, {
    fields: Object.keys(decision.fields),
    ...(decision.otherId === undefined ? {} : { other: decision.otherId }),
  })
  return opNumber

  function keepGoneState(
    writing: WriteDatabase,
    gone: NonNullable<ReturnType<typeof findPresent>['gone']>,
  ): void {
    const state = findServerState(writing, gone.register, gone.recordId, { current: undefined, gone })
    if (!state) return
    writing.runOf(
      'INSERT OR IGNORE INTO server_record (register, record_id, seq, body) VALUES (?, ?, ?, ?)',
      gone.register,
      gone.recordId,
      state.seq,
      JSON.stringify(state),
    )
  }
}
