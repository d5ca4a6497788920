import type { CountOutput, MoveOutput } from '../../../src-shared/contract/requests.ts'
import { checkRecord } from '../../../src-shared/fields/check.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { VACANT_OCCUPANCY_USE_CODE } from '../../../src-shared/registers/dwelling-rules.ts'
import type { RuleBreach } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { WriteDatabase } from '../database/database.ts'
import { findRecord, type RecordRow } from '../queries/record-row.ts'
import { cancelOne, getRecord } from './change-status.ts'
import { checkCancellation } from './check-values.ts'
import { actorOf, type Actor, type Context } from './context.ts'
import { dwellingTitle, hasOccupants, listOccupantRows, type OccupantRegister } from './occupancy.ts'
import { refuseByRules, RequestRefusal } from './request-failure.ts'
import { writeEdit } from './write-edit.ts'

/** One person of a household, as pages name them. */
export type PersonId = { readonly register: OccupantRegister; readonly id: string }

/** What precedes the reason in the history of everybody who moved. */
export const MOVE_ACT = '整户迁移'

/**
 * 整户迁移: people go to another dwelling in one transaction with one reason. Residents get the day they move in as 入住日期.
 * Those who live there already do not count, so that a repeated request is the same request.
 *
 * @returns with the dwellings that are empty now and not said to be so
 * @throws RequestRefusal `ruleBroken`, `notFound`, `notPossible` (a cancelled person or dwelling)
 */
export async function moveHousehold(
  context: Context,
  input: {
    readonly people: readonly PersonId[]
    readonly dwellingId: string
    readonly moveInDate: string
    readonly reason: string
  },
): Promise<MoveOutput> {
  const actor = actorOf(context)
  const reason = `${MOVE_ACT}:${input.reason.trim()}`
  const { moved, emptied } = await context.store.write((database) => {
    assertIsOpen(database, input.dwellingId)
    const people = uniquePeople(input.people)
      .map(({ register, id }) => getRecord(database, register, id))
      .filter((person) => person.values['dwellingId'] !== input.dwellingId)
    for (const person of people)
      moveOne(database, context, actor, person, input.dwellingId, input.moveInDate, reason)
    const left = [...new Set(people.map((person) => String(person.values['dwellingId'] ?? '')))]
    return {
      moved: people,
      emptied: left.flatMap((id) => {
        const dwelling = findRecord(database, 'dwelling', id)
        const isSaid = dwelling?.values['occupancyUseCode'] === VACANT_OCCUPANCY_USE_CODE
        return dwelling?.status === 'active' && !isSaid && !hasOccupants(database, id)
          ? [{ id, title: dwellingTitle(database, context, dwelling) }]
          : []
      }),
    }
  })
  tellPeople(context, moved)
  return { count: moved.length, savedAt: actor.at, emptied }
}

/**
 * 空置 for dwellings that a household has left. One where somebody lives (again), or that is called so already, stays as it is.
 *
 * @throws RequestRefusal `notFound`, `notPossible` for a cancelled dwelling
 */
export async function markVacant(
  context: Context,
  input: { readonly ids: readonly string[]; readonly reason: string },
): Promise<CountOutput> {
  const actor = actorOf(context)
  const register = getRegister('dwelling')
  const changed = await context.store.write((database) =>
    [...new Set(input.ids)].filter((id) => {
      const dwelling = getRecord(database, 'dwelling', id)
      if (dwelling.status === 'cancelled')
        throw new RequestRefusal('notPossible', '该房屋已注销,不能改为空置。')
      if (dwelling.values['occupancyUseCode'] === VACANT_OCCUPANCY_USE_CODE || hasOccupants(database, id))
        return false
      writeEdit(database, actor, {
        register,
        recordId: id,
        current: dwelling,
        kind: 'set',
        act: 'changed',
        fields: { occupancyUseCode: VACANT_OCCUPANCY_USE_CODE },
        cancellation: null,
        reason: `${MOVE_ACT}:${input.reason.trim()}`,
      })
      return true
    }),
  )
  if (changed.length > 0) context.recordsStored('dwelling', changed, 'local')
  return { count: changed.length, savedAt: actor.at }
}

/** Where the people of a dwelling go before it is cancelled. */
export type WayOut =
  /** 全部迁出: everybody is cancelled with this. */
  | { readonly kind: 'cancel'; readonly cancellation: RecordValues }
  /** 全部迁往…: everybody goes to another dwelling. */
  | { readonly kind: 'move'; readonly dwellingId: string; readonly moveInDate: string }

/**
 * 房屋注销 of a dwelling where people live: they go first, then the dwelling, in one transaction with one reason. `people` are
 * those whom the clerk was shown: when others live there by now nothing is done.
 *
 * @throws RequestRefusal `ruleBroken`, `notFound`, `changedMeanwhile`, `notPossible`
 */
export async function vacateDwelling(
  context: Context,
  input: {
    readonly id: string
    readonly cancellation: RecordValues
    readonly people: readonly PersonId[]
    readonly wayOut: WayOut
  },
): Promise<CountOutput> {
  const register = getRegister('dwelling')
  const actor = actorOf(context)
  const { wayOut } = input
  const cancellation = checkCancellation(context, register, input.cancellation)
  // Residents and minors are asked the same at 注销: one answer serves both.
  const departure =
    wayOut.kind === 'cancel' ? checkCancellation(context, getRegister('resident'), wayOut.cancellation) : null
  const reason = `房屋注销:${labelOfReason(context, cancellation)}`
  const left = await context.store.write((database) => {
    const dwelling = getRecord(database, 'dwelling', input.id)
    if (dwelling.status === 'cancelled') return undefined
    const people = listOccupantRows(database, input.id)
    assertSamePeople(people, input.people)
    if (wayOut.kind === 'move') {
      if (wayOut.dwellingId === input.id)
        throw refuseByRules([
          { field: 'targetDwellingId', message: '迁往房屋不能是要注销的房屋,请重新选择!' },
        ])
      assertIsOpen(database, wayOut.dwellingId)
    }
    for (const person of people) {
      if (wayOut.kind === 'move')
        moveOne(database, context, actor, person, wayOut.dwellingId, wayOut.moveInDate, reason)
      else if (departure)
        cancelOne(database, context, actor, getRegister(person.register), person, departure, reason)
    }
    cancelOne(database, context, actor, register, dwelling, cancellation, reason)
    return people
  })
  if (left === undefined) return { count: 0, savedAt: actor.at }
  tellPeople(context, left)
  context.recordsStored('dwelling', [input.id], 'local')
  return { count: left.length + 1, savedAt: actor.at }
}

function labelOfReason(context: Context, cancellation: RecordValues): string {
  const field = getRegister('dwelling').cancellation['reasonCode']
  const code = cancellation['reasonCode']
  return field?.kind === 'code' && typeof code === 'string'
    ? context.dictionaries.labelOf(field.dictionary, code)
    : ''
}

function uniquePeople(people: readonly PersonId[]): readonly PersonId[] {
  return [...new Map(people.map((person) => [`${person.register} ${person.id}`, person])).values()]
}

function assertSamePeople(present: readonly RecordRow[], shown: readonly PersonId[]): void {
  const known = new Set(shown.map(({ register, id }) => `${register} ${id}`))
  if (known.size === present.length && present.every(({ register, id }) => known.has(`${register} ${id}`)))
    return
  throw new RequestRefusal(
    'changedMeanwhile',
    '该房屋的在住人员在您打开之后有变化,没有注销。请关闭后重新打开,核对人员。',
  )
}

function assertIsOpen(database: WriteDatabase, dwellingId: string): void {
  const target = getRecord(database, 'dwelling', dwellingId)
  if (target.status === 'cancelled')
    throw refuseByRules([{ field: 'targetDwellingId', message: '迁往房屋已注销,请重新选择!' }])
}

function moveOne(
  database: WriteDatabase,
  context: Context,
  actor: Actor,
  person: RecordRow,
  dwellingId: string,
  moveInDate: string,
  reason: string,
): void {
  const register = getRegister(person.register)
  const name = String(person.values['name'] ?? '')
  if (person.status === 'cancelled')
    throw new RequestRefusal('notPossible', `「${name}」已注销,不能迁移。请先恢复,或不选此人。`)
  const fields: RecordValues = person.register === 'resident' ? { dwellingId, moveInDate } : { dwellingId }
  const breaches = checkRecord(
    register,
    { ...person.values, ...fields },
    { today: context.clock.today(), hasCode: context.dictionaries.hasCode, isStoredRow: () => true },
  ).filter((breach) => Object.hasOwn(fields, breach.field))
  // The rest of the record may be older than a rule: only what the move writes is judged.
  if (breaches.length > 0) throw refuseByRules(breaches.map((breach) => toMoveBreach(breach, name)))
  writeEdit(database, actor, {
    register,
    recordId: person.id,
    current: person,
    kind: 'set',
    act: 'changed',
    fields,
    provenance: { dwellingId: 'typed', moveInDate: 'typed' },
    cancellation: null,
    reason,
    // A new fact, since the day they moved in.
    changeKind: 'change',
    effectiveDate: moveInDate,
  })
}

function toMoveBreach(breach: RuleBreach, name: string): RuleBreach {
  return {
    field: breach.field === 'dwellingId' ? 'targetDwellingId' : breach.field,
    message: `${name}:${breach.message}`,
  }
}

function tellPeople(context: Context, people: readonly RecordRow[]): void {
  for (const register of ['resident', 'minor'] as const) {
    const ids = people.filter((person) => person.register === register).map((person) => person.id)
    if (ids.length > 0) context.recordsStored(register, ids, 'local')
  }
}
