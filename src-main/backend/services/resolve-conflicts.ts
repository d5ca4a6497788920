import type { CountOutput, RequestInput } from '../../../src-shared/contract/requests.ts'
import { checkRecord } from '../../../src-shared/fields/check.ts'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import type { Register } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { STATUS_FIELD } from '../../../src-shared/sync/merge.ts'
import type { LostStatus, RecordConflict } from '../../../src-shared/sync/op.ts'
import type { WriteDatabase } from '../database/database.ts'
import { followMerges } from '../queries/gone-record.ts'
import { conflictGroupOf } from './conflicts.ts'
import { actorOf, type Actor, type Context } from './context.ts'
import { findSeenSeq } from './overlaid-ops.ts'
import { refuseByRules, RequestRefusal } from './request-failure.ts'
import { findPresent, type Present } from './show-record.ts'
import { tellTouched, type TouchedRecords } from './touched-records.ts'
import { writeDecision } from './write-decision.ts'

type ResolveInput = RequestInput<'conflict.resolve'>
type Choice = ResolveInput['decisions'][number]
type Decided = { readonly conflict: RecordConflict; readonly choice: Choice }

/**
 * Decides conflicts of one record: the value that is shown, the one that lost, or a third one. Fields of one group are
 * decided together. The loser stays in the history. Works offline; the decision vanishes from the list at once.
 *
 * @throws RequestRefusal `notFound`, `changedMeanwhile` (decided already), `notPossible` (half of a group), `ruleBroken`
 */
export async function resolveConflicts(context: Context, input: ResolveInput): Promise<CountOutput> {
  const register = getRegister(input.register)
  const actor = actorOf(context)
  const touched: TouchedRecords = new Map()
  await context.store.write((database) => {
    const present = findPresent(database, input.register, input.recordId)
    if (!present.current && !present.gone)
      throw new RequestRefusal('notFound', `找不到该${register.label},请刷新后再处理。`)
    const decided = readDecided(database, register, input)
    const values = present.current?.values ?? present.gone?.record.values ?? {}
    const { fields, changes } = decideFields(register, decided, values)
    assertDecidedIsValid(context, register, { ...values, ...fields }, Object.keys(fields))
    const status = decideStatus(decided, present)
    writeDecision(
      database,
      actor,
      {
        register,
        recordId: input.recordId,
        kind: 'resolve',
        act: 'resolved',
        baseSeq: present.current?.serverSeq ?? present.gone?.seq ?? 0,
        fields,
        changes,
        cancellation: status?.status === 'cancelled' ? status.cancellation : null,
        reason: '',
        resolves: decided.map(({ conflict }) => conflict.id),
        ...(status?.status === 'active' || status?.status === 'cancelled' ? { status: status.status } : {}),
      },
      touched,
    )
    if (status?.status === 'deleted' || status?.status === 'merged')
      closeRecord(database, actor, register, input.recordId, status, touched)
  })
  tellTouched(touched, (name, ids) => context.recordsStored(name, ids, 'local'))
  if (!touched.get(input.register)?.has(input.recordId))
    context.recordsStored(input.register, [input.recordId], 'local')
  return { count: input.decisions.length, savedAt: actor.at }
}

/** What each decided field is to be, and what the history says of it: what gave way to what. */
function decideFields(
  register: Register,
  decided: readonly Decided[],
  values: RecordValues,
): {
  readonly fields: RecordValues
  readonly changes: Readonly<Record<string, readonly [FieldValue, FieldValue]>>
} {
  const fields: Record<string, FieldValue> = {}
  const changes: Record<string, readonly [FieldValue, FieldValue]> = {}
  for (const { conflict, choice } of decided) {
    const { field } = conflict
    if (field === STATUS_FIELD) continue
    const kept = values[field] ?? null
    const lost = conflict.lost as FieldValue
    const value = choice.choice === 'other' ? choice.value : choice.choice === 'lost' ? lost : kept
    const before = fields[field]
    if (areEqualValues(value, kept)) {
      fields[field] ??= kept
      changes[field] ??= [lost, kept]
      continue
    }
    // Two may have lost against the same value: only one of them, or a third one, can take its place.
    if (before !== undefined && !areEqualValues(before, kept) && !areEqualValues(before, value))
      throw new RequestRefusal('notPossible', `「${labelOf(register, field)}」只能保留一个值,请重新选择。`)
    fields[field] = value
    changes[field] = [kept, value]
  }
  return { fields, changes }
}

/** The conflicts that were decided, whole groups of them. */
function readDecided(database: WriteDatabase, register: Register, input: ResolveInput): readonly Decided[] {
  const open = database
    .allOf(
      'SELECT body FROM conflict WHERE register = ? AND record_id = ? AND is_decided = 0 ORDER BY at, id',
      input.register,
      input.recordId,
    )
    .map((row) => JSON.parse(String(row['body'])) as RecordConflict)
  const decided = open.flatMap((conflict): Decided[] => {
    const choice = input.decisions.find((each) => each.conflictId === conflict.id)
    return choice ? [{ conflict, choice }] : []
  })
  if (decided.length < new Set(input.decisions.map((each) => each.conflictId)).size)
    throw new RequestRefusal('changedMeanwhile', '其中有冲突已经处理过了,请刷新后再看。')
  const groups = new Set(decided.map(({ conflict }) => conflictGroupOf(register, conflict.field)))
  const missing = open.find(
    (conflict) =>
      groups.has(conflictGroupOf(register, conflict.field)) &&
      !decided.some((each) => each.conflict.id === conflict.id),
  )
  if (missing) {
    throw new RequestRefusal(
      'notPossible',
      `「${labelOf(register, missing.field)}」与所选内容是一组,请一起处理。`,
    )
  }
  return decided
}

function labelOf(register: Register, field: string): string {
  return field === STATUS_FIELD ? '状态' : (register.fields[field]?.label ?? field)
}

/** Only what was decided is judged: the rest of the record may be older than a rule. */
function assertDecidedIsValid(
  context: Context,
  register: Register,
  values: RecordValues,
  decided: readonly string[],
): void {
  const breaches = checkRecord(register, values, {
    today: context.clock.today(),
    hasCode: context.dictionaries.hasCode,
    isStoredRow: () => true,
  }).filter((breach) => decided.includes(breach.field))
  if (breaches.length > 0) throw refuseByRules(breaches)
}

/** What the status is to be; undefined where nothing about it was decided. */
function decideStatus(decided: readonly Decided[], present: Present): LostStatus | undefined {
  const about = decided.filter(({ conflict }) => conflict.field === STATUS_FIELD)
  if (about.length === 0) return undefined
  const lost = about.filter(({ choice }) => choice.choice === 'lost').map(({ conflict }) => conflict.lost)
  if (lost.length > 1 || about.some(({ choice }) => choice.choice === 'other'))
    throw new RequestRefusal('notPossible', '状态只能选择其中一个,请重新选择。')
  if (lost[0] !== undefined) return lost[0] as LostStatus
  // To keep a record merged or deleted nothing has to be written: the conflict is only closed.
  const { current } = present
  return current
    ? { status: current.status, cancellation: current.cancellation, mergedInto: null }
    : undefined
}

/** The other side had merged or deleted the record: that is done now, with everything seen. */
function closeRecord(
  database: WriteDatabase,
  actor: Actor,
  register: Register,
  recordId: string,
  status: LostStatus,
  touched: TouchedRecords,
): void {
  const loser = findPresent(database, register.name, recordId).current
  if (!loser) return
  const common = { register, fields: {}, cancellation: null, reason: '' } as const
  if (status.status === 'deleted') {
    writeDecision(
      database,
      actor,
      {
        ...common,
        recordId,
        kind: 'delete',
        act: 'deleted',
        baseSeq: findSeenSeq(database, register, loser, null),
      },
      touched,
    )
    return
  }
  const winnerId = followMerges(database, register.name, status.mergedInto ?? '')
  const winner = findPresent(database, register.name, winnerId).current
  if (!winner || winnerId === recordId)
    throw new RequestRefusal('notPossible', '要合并到的记录已不在本机,请刷新后再处理。')
  writeDecision(
    database,
    actor,
    {
      ...common,
      recordId: winnerId,
      kind: 'merge',
      act: 'merged',
      baseSeq: findSeenSeq(database, register, winner, null),
      merge: { loserId: recordId, loserBaseSeq: findSeenSeq(database, register, loser, null) },
      otherId: recordId,
    },
    touched,
  )
}
