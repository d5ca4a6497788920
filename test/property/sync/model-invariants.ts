import type { FieldValue } from '../../../src-shared/fields/field.ts'
import { areEqualValues, canonicalJson } from '../../../src-shared/fields/merge.ts'
import { STATUS_FIELD } from '../../../src-shared/sync/merge.ts'
import { findShown } from './model-client.ts'
import { follow, giveRecords, REFERENCE, REFUSED, type LogRow, type ModelOp } from './model-server.ts'
import { familyOf, type Client, type World } from './model-world.ts'

/** An op with what was on the editor's screen when it was made. */
export type OpNote = {
  readonly op: ModelOp
  /** The station's file, whatever replica id it has; a copy is another. */
  readonly author: string
  readonly replica: string
  /** By record and field (or `@status`): the values that were shown. */
  readonly saw: ReadonlyMap<string, Readonly<Record<string, readonly FieldValue[]>>>
  /** Made by the program: nobody saw anything. */
  readonly isRescue: boolean
}

/** The twelve sentences of sync.md. */
export const INVARIANTS = {
  1: "after quiescence every replica equals the server's view of its scope",
  2: 'every op is acknowledged or set aside with a reason',
  3: 'every local edit is in the op log exactly once',
  4: 'each written value is current, or overwritten by an op that had seen it, or in a conflict',
  5: 'a pending edit is visible locally',
  6: 'no replica conflicts with itself alone',
  7: 'an acknowledged edit stays visible',
  8: 'cursor and rows move together',
  9: 'an acknowledged op survives the loss of the client and the restore of the server',
  10: 'a receipt leaves only after a durable commit',
  11: 'no record points to a photo that is not stored',
  12: 'the mark 已上传 is shown only for a stored receipt',
} as const
export type InvariantNumber = keyof typeof INVARIANTS

export class Breach extends Error {
  readonly invariant: InvariantNumber
  constructor(invariant: InvariantNumber, detail: string) {
    super(`invariant ${invariant} (${INVARIANTS[invariant]}): ${detail}`)
    this.invariant = invariant
  }
}

/** What must hold after every transaction of a client. */
export function checkClient(world: World, client: Client): void {
  cursorAndRowsMoveTogether(world, client)
  pendingEditsAreVisible(world, client)
  ownEditsStayVisible(world, client)
  marksHaveReceipts(world, client)
}

/** What must hold when everything has come to rest. */
export function checkAtEnd(world: World): void {
  receiptsAreDurable(world)
  everyOpIsAnswered(world)
  everyEditIsLoggedOnce(world)
  acknowledgedOpsSurvive(world)
  replicasEqualTheServer(world)
  noValueDisappears(world)
  closedRecordsHideNothingUnseen(world)
  mergedRecordsHideNothingUnseen(world)
  nobodyConflictsWithHimself(world)
  photosAreStored(world)
  for (const client of world.clients) checkClient(world, client)
}

function cursorAndRowsMoveTogether(world: World, { store }: Client): void {
  if (store.epoch !== world.server.epoch) return
  for (const [id, { seq }] of world.server.records) {
    if (seq > store.cursor) continue
    const here = store.rows.get(id)?.seq
    if (here !== seq)
      throw new Breach(8, `${id} is at ${seq}, here ${here ?? 'nothing'} with cursor ${store.cursor}`)
  }
}

function pendingEditsAreVisible(world: World, { store }: Client): void {
  const last = new Map<string, readonly [id: string, field: string, value: FieldValue]>()
  for (const { op, state, isBroughtBack } of store.outbox) {
    if (isBroughtBack) continue
    if (op.kind === 'merge' || op.kind === 'unmerge') {
      for (const [key, [id]] of last)
        if (familyOf(world, id) === familyOf(world, op.recordId)) last.delete(key)
      continue
    }
    for (const [field, value] of Object.entries(op.fields)) {
      const key = `${op.recordId}/${field}`
      if (state === 'acked') last.delete(key)
      else last.set(key, [op.recordId, field, value])
    }
  }
  for (const [id, field, value] of last.values()) {
    const shown = findShown(store, id, world.mutant)
    // A file built anew or rolled back shows an edit once it has the record.
    if (shown !== undefined && !areEqualValues(shown.values[field], value))
      throw new Breach(5, `${id} ${field} shows ${text(shown.values[field])} instead of ${text(value)}`)
  }
}

/** On records nobody else has ever touched: also the reason why nobody can have a conflict there. */
function ownEditsStayVisible(world: World, client: Client): void {
  if (client.typed.size === 0) return
  const author = String(world.clients.indexOf(client))
  const others = new Set<string>()
  const { replica } = client.store
  for (const note of world.notes.values()) {
    // Under a new replica id a file is somebody else to what it wrote before, and so is a copy that sent it first.
    const sentAs = world.server.log.get(note.op.opId)?.replica ?? replica
    if (note.author !== author || note.replica !== replica || sentAs !== replica || note.isRescue)
      others.add(familyOf(world, note.op.recordId))
  }
  for (const [id, typed] of client.typed) {
    if (others.has(familyOf(world, id))) continue
    const shown = findShown(client.store, id, world.mutant)
    if (shown?.status === 'merged') continue
    for (const [field, value] of typed) {
      if (field === REFERENCE || areEqualValues(shown?.values[field], value)) continue
      // Codes of two records that are one come together.
      if (field === 'socialInsuranceCodes' && familyOf(world, id) !== id) continue
      throw new Breach(7, `${id} ${field} shows ${text(shown?.values[field])} instead of ${text(value)}`)
    }
  }
}

function marksHaveReceipts(world: World, { store }: Client): void {
  for (const { op, state, seq } of store.outbox) {
    if (state !== 'acked') continue
    if (seq === null) throw new Breach(12, `${op.opId} has no receipt`)
    if (!world.committed.has(op.opId)) throw new Breach(10, `${op.opId} is marked and was never stored`)
    if (store.epoch === world.server.epoch && world.server.log.get(op.opId)?.seq === null)
      throw new Breach(12, `${op.opId} is marked and was refused`)
  }
}

function receiptsAreDurable(world: World): void {
  for (const opId of world.acked)
    if (!world.committed.has(opId)) throw new Breach(10, `${opId} was acknowledged and never stored`)
}

function everyOpIsAnswered(world: World): void {
  world.clients.forEach(({ store }, index) => {
    for (const { op, state } of store.outbox)
      if (state === 'pending') throw new Breach(2, `${op.opId} of client ${index} still waits`)
  })
}

function everyEditIsLoggedOnce(world: World): void {
  const withdrawn = new Set(
    world.clients.flatMap(({ store }) =>
      store.outbox.filter(({ state }) => state === 'withdrawn').map(({ op }) => op.opId),
    ),
  )
  for (const [opId, note] of world.notes) {
    const row = world.server.log.get(opId)
    // What its clerk has withdrawn is kept here, and not sent again to a server that has lost it.
    if (!row && withdrawn.has(opId)) continue
    if (!row && !world.gone.has(opId) && !(world.mutant === undefined && note.isRescue))
      throw new Breach(3, `${opId} is not in the log`)
    if (row && row.op.hash !== note.op.hash)
      throw new Breach(3, `${opId} was logged otherwise than it was made`)
  }
  const numbers = [...world.server.log.values()].flatMap(({ seq }) => (seq === null ? [] : [seq]))
  if (new Set(numbers).size !== numbers.length) throw new Breach(3, 'a change number was given twice')
}

function acknowledgedOpsSurvive(world: World): void {
  for (const opId of world.acked)
    if (!world.server.log.has(opId) && !world.gone.has(opId))
      throw new Breach(9, `${opId} was acknowledged and is lost`)
  for (const { recordId, field, value } of world.claims) {
    const row: Place = { recordId, field, value }
    if (!isAccountedFor(world, row))
      throw new Breach(9, `${recordId} ${field} ${text(value)} was acknowledged and is lost`)
  }
}

function replicasEqualTheServer(world: World): void {
  const truth = new Map(
    giveRecords(world.server, world.server.records.keys()).map((row) => [row.recordId, row]),
  )
  world.clients.forEach(({ store }, index) => {
    for (const [id, row] of truth) {
      const here = store.rows.get(id)
      if (here !== row && canonicalJson(normal(here)) !== canonicalJson(normal(row)))
        throw new Breach(
          1,
          `client ${index} ${id}: ${JSON.stringify(here)} instead of ${JSON.stringify(row)}`,
        )
    }
    for (const id of store.rows.keys())
      if (!truth.has(id)) throw new Breach(1, `client ${index} has ${id}, the server has not`)
    const refused = new Set(
      store.outbox
        .filter(({ state }) => state === 'setAside')
        .flatMap(({ op }) => [op.recordId, op.merge?.loserId]),
    )
    for (const [id, row] of truth) {
      if (refused.has(id)) continue
      const shown = findShown(store, id, world.mutant)
      if (
        shown?.status !== row.status ||
        Object.keys(row.values).some((name) => !areEqualValues(shown.values[name], row.values[name]))
      )
        throw new Breach(1, `client ${index} shows ${id} as ${JSON.stringify(shown)}`)
    }
  })
}

/** Absent and null are one value, and open conflicts come in any order. */
function normal(
  row: { readonly values: object; readonly conflicts: readonly { readonly id: string }[] } | undefined,
) {
  if (!row) return row
  return {
    ...row,
    values: Object.fromEntries(Object.entries(row.values).filter(([, value]) => value !== null)),
    conflicts: row.conflicts.map((each) => each.id).sort(),
  }
}

type Place = {
  readonly recordId: string
  readonly field: string
  readonly value: FieldValue
  readonly note?: OpNote
}

function noValueDisappears(world: World): void {
  for (const [opId, row] of world.server.log) {
    const note = world.notes.get(opId)
    if (row.seq === null || !note) continue
    const { op } = note
    for (const [field, value] of Object.entries(op.fields)) {
      if (op.kind === 'merge' && isTakenBack(world, op, value)) continue
      if (!isAccountedFor(world, { recordId: op.recordId, field, value, note }))
        throw new Breach(4, `${opId} of ${note.author}: ${op.recordId} ${field} ${text(value)} is nowhere`)
    }
    const status =
      op.kind === 'cancel'
        ? 'cancelled'
        : op.kind === 'delete'
          ? 'deleted'
          : op.kind === 'restore'
            ? 'active'
            : op.status
    if (
      status !== undefined &&
      !isAccountedFor(world, { recordId: op.recordId, field: STATUS_FIELD, value: status, note })
    )
      throw new Breach(4, `${opId} of ${note.author}: ${op.recordId} is nowhere ${status}`)
  }
}

/** A pick is a copy of what the other record said: an unmerging takes it back to where it stands. */
function isTakenBack(world: World, op: ModelOp, pick: FieldValue): boolean {
  const family = familyOf(world, op.recordId)
  for (const [id, { state }] of world.server.records)
    if (
      familyOf(world, id) === family &&
      Object.values(state.values).some((value) => areEqualValues(value, pick))
    )
      return true
  return [...world.server.log.values()].some(
    (row) => row.op.kind === 'unmerge' && row.seq !== null && row.op.recordId === op.merge?.loserId,
  )
}

function isAccountedFor(world: World, place: Place): boolean {
  const { recordId, field, value, note } = place
  // Taken only after a later op had written the field again.
  if (value === REFUSED) return true
  const { server } = world
  const family = familyOf(world, recordId)
  const isSame = (other: FieldValue | undefined): boolean => {
    if (field === REFERENCE && typeof value === 'string' && typeof other === 'string')
      // Two names that stood for one record when they were written are one value.
      return familyOf(world, other) === familyOf(world, value)
    // Codes come together: nothing written is missing in what holds it.
    if (Array.isArray(value) && Array.isArray(other))
      return (value as readonly string[]).every((code) => (other as readonly unknown[]).includes(code))
    return areEqualValues(other, value)
  }
  const of = field === STATUS_FIELD ? 'status' : null
  for (const id of new Set([recordId, follow(server, recordId)])) {
    const state = server.records.get(id)?.state
    if (state && isSame(of ? state.status : (state.values[field] ?? null))) return true
  }
  for (const conflict of server.conflicts.values()) {
    if (conflict.field !== field) continue
    if (note && conflict.opId === note.op.opId) return true
    if (familyOf(world, conflict.recordId) !== family) continue
    if (field !== STATUS_FIELD && isSame(conflict.lost as FieldValue)) return true
  }
  // A list that came together with another is never what one of the two wrote.
  if (field === 'socialInsuranceCodes') {
    for (const later of world.notes.values())
      if (
        later.op.fields[field] !== undefined &&
        familyOf(world, later.op.recordId) === family &&
        later !== note
      )
        return true
  }
  // Whoever saw it and wrote the field has decided about it, from the first such op of his that was taken.
  const sawIt = new Set<string>()
  // A rescue brings back the value of one who had seen it.
  const writtenAfter = new Set<string>()
  for (const later of world.notes.values()) {
    if (later === note) sawIt.add(later.author)
    if (later === note || familyOf(world, later.op.recordId) !== family || !writes(later.op, field)) continue
    const result = server.log.get(later.op.opId)
    const isTaken = result !== undefined && result.seq !== null && !result.conflicts.includes(field)
    if (later.isRescue) {
      if (isTaken && writtenAfter.has(text(later.op.fields[field]))) return true
      continue
    }
    // Who saw what was written by one who had seen it, has seen it too.
    for (const seen of later.saw.values())
      if (seen[field]?.some((each) => isSame(each) || writtenAfter.has(text(each)))) sawIt.add(later.author)
    if (!sawIt.has(later.author)) continue
    // What one replaces oneself is replaced, whatever becomes of the later edit.
    if (isTaken || later.author === note?.author) return true
    writtenAfter.add(text(later.op.fields[field]))
  }
  return false
}

/** Whether an op replaces what its editor saw in the field: a merge chooses between both records' values in all of them. */
function writes(op: ModelOp, field: string): boolean {
  if (op.kind === 'merge') return true
  if (field !== STATUS_FIELD) return Object.hasOwn(op.fields, field)
  return (
    op.kind === 'cancel' ||
    op.kind === 'restore' ||
    op.kind === 'delete' ||
    op.kind === 'unmerge' ||
    op.status !== undefined
  )
}

/** Invariant 4 for records out of sight: whoever deleted one had seen all it says. */
function closedRecordsHideNothingUnseen(world: World): void {
  for (const [id, { state }] of world.server.records) {
    if (state.status !== 'deleted') continue
    const row = findBySeq(world, state.statusVersion.seq)
    const note = row && world.notes.get(row.op.opId)
    if (!note || note.op.kind !== 'delete') continue
    // Under an own edit that was refused the value stood there before.
    const seen = [...world.notes.values()]
      .filter((each) => each.author === note.author || each.replica === note.replica)
      .map((each) => each.saw.get(id))
    for (const [field, version] of Object.entries(state.versions)) {
      const value = state.values[field] ?? null
      if (value === null || version.seq > state.statusVersion.seq || field === REFERENCE) continue
      const writer = findBySeq(world, version.seq)
      const written = writer && world.notes.get(writer.op.opId)
      // A copied file knows what was written in it before.
      if (written?.author === note.author || (written && written.replica === note.replica)) continue
      if (writer && writer.replica === row.replica) continue
      // Who saw what was written by one who had seen it, has seen it too.
      const after = new Set([text(value)])
      for (const { op, saw } of world.notes.values())
        if (
          op.recordId === id &&
          writes(op, field) &&
          saw.get(id)?.[field]?.some((one) => after.has(text(one)))
        )
          after.add(text(op.fields[field]))
      if (!seen.some((each) => each?.[field]?.some((one) => after.has(text(one)))))
        throw new Breach(
          4,
          `${id} was deleted by ${note.op.opId}, which had not seen ${field} ${text(value)}`,
        )
    }
  }
}

function findBySeq(world: World, seq: number): LogRow | undefined {
  for (const row of world.server.log.values()) if (row.seq === seq) return row
  return undefined
}

/** Invariant 4 for records out of sight: what a merged record says is in the other, or was seen by who merged, or is in a conflict. */
function mergedRecordsHideNothingUnseen(world: World): void {
  for (const [id, alias] of world.server.aliases) {
    const state = world.server.records.get(id)?.state
    const merge = world.notes.get(alias.opId)
    if (!state || !merge) continue
    for (const [field, value] of Object.entries(state.values)) {
      if (value === null || field === REFERENCE || field === 'socialInsuranceCodes') continue
      const wasSeen =
        [...merge.saw.values()].some((seen) => seen[field]?.some((each) => areEqualValues(each, value))) ||
        // Or he had written it himself, before he saw what came after.
        [...world.notes.values()].some(
          (each) => each.author === merge.author && areEqualValues(each.op.fields[field], value),
        )
      if (!wasSeen && !isAccountedForBeyond(world, id, field, value))
        throw new Breach(4, `${id} was merged by ${alias.opId}, which had not seen ${field} ${text(value)}`)
    }
  }
}

function isAccountedForBeyond(world: World, id: string, field: string, value: FieldValue): boolean {
  const winner = world.server.records.get(follow(world.server, id))?.state
  if (areEqualValues(winner?.values[field], value)) return true
  const family = familyOf(world, id)
  for (const conflict of world.server.conflicts.values())
    if (
      conflict.field === field &&
      familyOf(world, conflict.recordId) === family &&
      areEqualValues(conflict.lost as FieldValue, value)
    )
      return true
  for (const note of world.notes.values()) {
    if (familyOf(world, note.op.recordId) !== family || !writes(note.op, field)) continue
    for (const seen of note.saw.values())
      if (seen[field]?.some((each) => areEqualValues(each, value))) return true
  }
  return false
}

function nobodyConflictsWithHimself(world: World): void {
  const authors = new Map<string, Set<string>>()
  for (const note of world.notes.values()) {
    const family = familyOf(world, note.op.recordId)
    const set = authors.get(family) ?? new Set()
    // Under a new replica id a file is somebody else to what it wrote before.
    const sentAs = world.server.log.get(note.op.opId)?.replica ?? note.replica
    authors.set(
      family,
      set
        .add(`${note.author}/${note.replica}/${note.isRescue}`)
        .add(`${note.author}/${sentAs}/${note.isRescue}`),
    )
  }
  const refused = new Set<string>()
  for (const opId of world.refused) {
    const note = world.notes.get(opId)
    if (note) refused.add(familyOf(world, note.op.recordId))
  }
  for (const conflict of world.server.conflicts.values()) {
    // What was refused at first comes in after what was typed later, and is laid over it until then.
    if (refused.has(familyOf(world, conflict.recordId))) continue
    const set = authors.get(familyOf(world, conflict.recordId))
    if (set?.size === 1) throw new Breach(6, `${conflict.id} on ${conflict.recordId} of one replica alone`)
  }
}

function photosAreStored(world: World): void {
  for (const [id, { state }] of world.server.records) {
    const photo = state.values['photo']
    if (typeof photo !== 'string') continue
    const isStored = world.server.photos.has(photo) && !world.damagedPhotos.has(photo)
    const isHeld = world.clients.some(({ store }) => store.photos.has(photo))
    if (!isStored && isHeld) throw new Breach(11, `${id} points to ${photo}`)
  }
}

function text(value: FieldValue | undefined): string {
  return JSON.stringify(value ?? null)
}
