import type { CountOutput } from '../../../src-shared/contract/requests.ts'
import type { CoordinatorHoldings } from '../../../src-shared/contract/types.ts'
import { INSPECTION_STAGE } from '../../../src-shared/registers/inspection.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { WriteDatabase } from '../database/database.ts'
import { findRecord, listRecords, type RecordRow } from '../queries/record-row.ts'
import { cancelOne, getRecord, type CancelInput } from './change-status.ts'
import { checkCancellation } from './check-values.ts'
import { actorOf, type Actor, type Context } from './context.ts'
import { RequestRefusal } from './request-failure.ts'
import { writeEdit } from './write-edit.ts'

/** Registers whose records a coordinator looks after. */
const LOOKED_AFTER = ['dwelling', 'employer'] as const satisfies readonly RegisterName[]
type LookedAfter = (typeof LOOKED_AFTER)[number]

function getActiveCoordinator(database: WriteDatabase, id: string): RecordRow {
  const coordinator = getRecord(database, 'coordinator', id)
  if (coordinator.status === 'cancelled')
    throw new RequestRefusal('notPossible', '所选的协管员已注销,请选择在岗的协管员。')
  return coordinator
}

function assignOne(
  database: WriteDatabase,
  actor: Actor,
  register: LookedAfter,
  record: RecordRow,
  coordinatorId: string,
  reason: string,
): void {
  writeEdit(database, actor, {
    register: getRegister(register),
    recordId: record.id,
    current: record,
    kind: 'set',
    act: 'assigned',
    fields: { coordinatorId },
    provenance: { coordinatorId: 'typed' },
    cancellation: null,
    reason,
  })
}

/**
 * 分配协管员 to one or many dwellings and employers, all or none. Those that have this coordinator already do not count.
 *
 * @throws RequestRefusal `notFound`, `notPossible` (cancelled coordinator or record)
 */
export async function assignCoordinator(
  context: Context,
  input: { readonly ids: readonly string[]; readonly coordinatorId: string },
): Promise<CountOutput> {
  const actor = actorOf(context)
  const changed = await context.store.write((database) => {
    getActiveCoordinator(database, input.coordinatorId)
    const done: Record<LookedAfter, string[]> = { dwelling: [], employer: [] }
    for (const id of new Set(input.ids)) {
      const dwelling = findRecord(database, 'dwelling', id)
      const register: LookedAfter = dwelling ? 'dwelling' : 'employer'
      const record = dwelling ?? getRecord(database, 'employer', id)
      if (record.status === 'cancelled')
        throw new RequestRefusal('notPossible', '所选记录中有已注销的,不能分配协管员。请先恢复或不选它。')
      if (record.values['coordinatorId'] === input.coordinatorId) continue
      assignOne(database, actor, register, record, input.coordinatorId, '')
      done[register].push(id)
    }
    return done
  })
  for (const register of LOOKED_AFTER)
    if (changed[register].length > 0) context.recordsStored(register, changed[register], 'local')
  return { count: changed.dwelling.length + changed.employer.length, savedAt: actor.at }
}

/**
 * What a coordinator is responsible for at present. Open inspections are counted for the clerk to see; 检查人 stays who was
 * there: it is a fact, not a duty that can be handed over.
 */
export function countHoldings(context: Context, input: { readonly id: string }): CoordinatorHoldings {
  const { read } = context.store
  const count = (text: string, ...parameters: readonly string[]): number =>
    Number(read.pluck<number>(text, ...parameters)[0])
  return {
    dwellings: count(
      "SELECT count(*) FROM dwelling WHERE coordinator_id = ? AND status = 'active'",
      input.id,
    ),
    employers: count(
      "SELECT count(*) FROM employer WHERE coordinator_id = ? AND status = 'active'",
      input.id,
    ),
    openInspections: count(
      "SELECT count(*) FROM inspection WHERE inspector_id = ? AND status = 'active' AND stage_code = ?",
      input.id,
      INSPECTION_STAGE.toRectify,
    ),
  }
}

/**
 * 协管员注销: the coordinator's dwellings and employers go to the successor and the coordinator is cancelled, in one
 * transaction.
 *
 * @throws RequestRefusal `ruleBroken`, `notFound`, `notPossible` (no successor though there is something to hand over)
 */
export async function cancelCoordinator(
  context: Context,
  input: CancelInput & { readonly successorId: string | null },
): Promise<CountOutput> {
  const register = getRegister('coordinator')
  const cancellation = checkCancellation(context, register, input.cancellation)
  const actor = actorOf(context)
  const id = input.ids[0] ?? ''
  const changed = await context.store.write((database) => {
    const coordinator = getRecord(database, 'coordinator', id)
    if (coordinator.status === 'cancelled') return undefined
    const handedOver = {
      dwelling: listOf(database, 'dwelling', id),
      employer: listOf(database, 'employer', id),
    }
    const count = handedOver.dwelling.length + handedOver.employer.length
    if (count > 0) {
      if (input.successorId === null || input.successorId === id) {
        throw new RequestRefusal(
          'notPossible',
          `该协管员名下还有房屋 ${handedOver.dwelling.length} 处、单位 ${handedOver.employer.length} 家,请选择由哪位协管员接管。`,
        )
      }
      const successor = getActiveCoordinator(database, input.successorId)
      const reason = `协管员${String(coordinator.values['name'])}注销`
      for (const each of LOOKED_AFTER)
        for (const record of listRecords(database, each, handedOver[each]))
          assignOne(database, actor, each, record, successor.id, reason)
    }
    cancelOne(database, context, actor, register, coordinator, cancellation, '')
    return handedOver
  })
  if (changed === undefined) return { count: 0, savedAt: actor.at }
  for (const each of LOOKED_AFTER) {
    // Pages are told at most 1,000 ids; none means many.
    const ids = changed[each]
    if (ids.length > 0) context.recordsStored(each, ids.length > 1_000 ? [] : ids, 'local')
  }
  context.recordsStored('coordinator', [id], 'local')
  return { count: 1, savedAt: actor.at }
}

function listOf(database: WriteDatabase, register: LookedAfter, coordinatorId: string): readonly string[] {
  return database.pluck<string>(
    `SELECT id FROM ${register} WHERE coordinator_id = ? AND status = 'active'`,
    coordinatorId,
  )
}
