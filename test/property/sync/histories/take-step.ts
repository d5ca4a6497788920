import { createHash } from 'node:crypto'
import { v7 as makeUuid } from 'uuid'
import { findRecord, type RecordRow } from '../../../../src-main/backend/queries/record-row.ts'
import { isEmptyValue, type FieldValue, type RecordValues } from '../../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../../src-shared/fields/merge.ts'
import { getRegister } from '../../../../src-shared/registers/registers.ts'
import { GOOD_EDUCATION, makeEdit, makeValues, type HistoryRegister } from './made.ts'
import type { Harms, Step } from './step.ts'
import { ACCOUNTS, copyStore } from './template.ts'
import {
  attempt,
  backUpServer,
  count,
  noteForfeited,
  noteOps,
  reopenServer,
  reopenStation,
  restoreServer,
  runRound,
  type Station,
  type World,
} from './world.ts'

const HISTORY_REGISTERS = [
  'resident',
  'employer',
  'coordinator',
] as const satisfies readonly HistoryRegister[]

/** Takes one step, and what is true at once is checked at once. */
export async function takeStep(world: World, step: Step): Promise<void> {
  const station = 'station' in step ? world.stations[step.station % world.stations.length] : undefined
  await act(world, step, station ?? getStation(world, 0))
  for (const each of world.stations) {
    noteOps(world, each)
    checkOwn(world, each)
  }
}

function getStation(world: World, index: number): Station {
  const station = world.stations[index]
  if (!station) throw new Error('no such station')
  return station
}

async function act(world: World, step: Step, station: Station): Promise<void> {
  const { backend } = station
  switch (step.act) {
    case 'create':
      return create(world, station, step.choice, step.isBroken)
    case 'edit': {
      const record = chooseRecord(world, station, step.record)
      if (!record) return
      const coordinators = listIds(station, 'coordinator')
      return edit(world, station, record, makeEdit(toRegister(record), step.choice, coordinators))
    }
    case 'repair': {
      const record = chooseRecord(world, station, step.record, 'resident')
      if (record) await edit(world, station, record, { educationCode: GOOD_EDUCATION })
      return
    }
    case 'photo': {
      const record = chooseRecord(world, station, step.record, 'coordinator')
      if (!record) return
      const put = await attempt(world, station, 'photo.put', { base64: makePhoto(step.record) })
      if (put) {
        count(world, 'photos')
        await edit(world, station, record, { photo: put.hash })
      }
      return
    }
    case 'cancel': {
      const record = chooseRecord(world, station, step.record)
      if (!record || record.status !== 'active' || record.register === 'coordinator') return
      const register = toRegister(record) === 'resident' ? 'resident' : 'employer'
      noteEditor(world, station, record.id)
      const done = await attempt(world, station, `${register}.cancel`, {
        ids: [record.id],
        cancellation: { reasonCode: '10', cancelDate: '2026-01-02' },
      })
      if (done) count(world, 'cancelled')
      return
    }
    case 'restore': {
      const record = chooseRecord(world, station, step.record)
      if (!record || record.status !== 'cancelled') return
      noteEditor(world, station, record.id)
      const done = await attempt(world, station, `${toRegister(record)}.restore`, {
        ids: [record.id],
        reason: '误注销',
      })
      if (done) count(world, 'restored')
      return
    }
    case 'delete': {
      const record = chooseRecord(world, station, step.record)
      if (!record) return
      noteEditor(world, station, record.id)
      const done = await attempt(world, station, 'record.delete', {
        register: toRegister(record),
        ids: [record.id],
        reason: '登记有误',
      })
      if (done) {
        count(world, 'deleted')
        world.typed.delete(record.id)
      }
      return
    }
    case 'merge':
      return merge(world, station, step.record, step.choice)
    case 'unmerge': {
      const merges = await attempt(world, station, 'merge.list', { offset: 0, limit: 20 })
      const line = pick(merges?.rows ?? [], step.record)
      if (!line) return
      noteEditor(world, station, line.loserId, line.winnerId)
      const done = await attempt(world, station, 'record.unmerge', {
        register: line.register,
        loserId: line.loserId,
        reason: '不是同一人',
      })
      if (done) {
        count(world, 'unmerged')
        forgetTyped(world, line.loserId, line.winnerId)
      }
      return
    }
    case 'dismiss': {
      const duplicates = await attempt(world, station, 'duplicate.list', { offset: 0, limit: 20 })
      const pair = pick(duplicates?.rows ?? [], step.record)
      if (!pair) return
      noteEditor(world, station, pair.left.id, pair.right.id)
      const done = await attempt(world, station, 'duplicate.dismiss', {
        register: pair.register,
        ids: [pair.left.id, pair.right.id],
      })
      if (done) count(world, 'dismissed')
      return
    }
    case 'resolve':
      return resolve(world, station, step.record, step.choice)
    case 'hold':
    case 'release':
    case 'sendOne':
    case 'withdraw':
      return handleQueue(world, station, step.act, step.record)
    case 'sync':
      await runRound(world, station, step.harms)
      return
    case 'syncAll':
      for (const each of world.stations) await runRound(world, each)
      return
    case 'crashClient':
      await withStalledRound(world, station, step, () => reopenStation(world, station))
      count(world, 'client crashed')
      return
    case 'crashServer':
      await withStalledRound(world, station, step, () => reopenServer(world))
      count(world, 'server crashed')
      await checkReceipts(world)
      return
    case 'fiveWeeksPass':
      world.server.advance(36 * 86_400_000)
      world.weeksPassed += 1
      count(world, 'five weeks passed')
      return
    case 'backUpServer':
      return backUpServer(world)
    case 'restoreServer':
      return restoreServer(world)
    case 'copyClient': {
      const copy = `${station.folder}-copy`
      copyStore(station.folder, copy)
      station.copy = copy
      return
    }
    case 'restoreClient':
      if (station.copy === undefined) return
      await reopenStation(world, station, { from: station.copy })
      await noteForfeited(world, station)
      count(world, 'client restored')
      return
    case 'removeLog':
      await reopenStation(world, station, { withoutLog: true })
      await noteForfeited(world, station)
      count(world, '-wal removed')
      return
    case 'rebuild': {
      const done = await attempt(world, station, 'store.rebuild', {})
      if (!done) return
      await reopenStation(world, station)
      count(world, 'store rebuilt')
      return
    }
    case 'check': {
      const done = await attempt(world, station, 'sync.check', {})
      if (done) count(world, 'checked')
      return
    }
    case 'changeOperator': {
      const name =
        ACCOUNTS[(ACCOUNTS.indexOf(station.accountName as (typeof ACCOUNTS)[number]) + 1) % ACCOUNTS.length]
      if (name === undefined) return
      // Another station's account would make this another station's store.
      await backend.call('account.signOut', {})
      station.accountName = name
      await attempt(world, station, 'account.signIn', { accountName: name, password: 'correct horse 1' })
      count(world, 'operator changed')
      return
    }
  }
}

async function create(world: World, station: Station, choice: number, isBroken: boolean): Promise<void> {
  const { register, values } = makeValues(choice, isBroken, world.template.ground)
  const id = makeUuid()
  const done = await attempt(world, station, `${register}.save`, { id, revision: 0, values, draftId: null })
  if (!done) return
  world.createdIds.push(id)
  count(world, 'created')
  noteEditor(world, station, id)
  world.typed.set(id, { ...values })
  checkShown(station, register, id, values)
}

async function edit(world: World, station: Station, record: RecordRow, fields: RecordValues): Promise<void> {
  if (record.status !== 'active') return
  const register = toRegister(record)
  const declared = Object.keys(getRegister(register).fields)
  const values = Object.fromEntries(declared.map((name) => [name, record.values[name] ?? null]))
  noteEditor(world, station, record.id)
  const done = await attempt(world, station, `${register}.save`, {
    id: record.id,
    revision: record.revision,
    values: { ...values, ...fields },
    draftId: null,
  })
  if (!done) return
  count(world, 'edited')
  world.typed.set(record.id, { ...world.typed.get(record.id), ...fields })
  checkShown(station, register, record.id, fields)
}

async function merge(world: World, station: Station, record: number, choice: number): Promise<void> {
  const duplicates = await attempt(world, station, 'duplicate.list', { offset: 0, limit: 20 })
  const pair = pick(duplicates?.rows ?? [], record)
  const resident = chooseRecord(world, station, record, choice % 4 === 0 ? 'coordinator' : 'resident')
  const other = resident && chooseRecord(world, station, record + 1 + (choice % 3), toRegister(resident))
  // Mostly what the program offers, now and then two records a clerk has found himself.
  const two =
    pair !== undefined
      ? { register: pair.register, ids: [pair.left.id, pair.right.id] }
      : resident && other && resident.id !== other.id
        ? { register: resident.register, ids: [resident.id, other.id] }
        : undefined
  if (!two) return
  const [winnerId = '', loserId = ''] = choice % 2 === 0 ? two.ids : two.ids.toReversed()
  if (winnerId === world.template.ground.collectorId || loserId === world.template.ground.collectorId) return
  noteEditor(world, station, winnerId, loserId)
  const done = await attempt(world, station, 'record.merge', {
    register: two.register,
    winnerId,
    loserId,
    picks: choice % 3 === 0 ? { telephone: 'loser' } : choice % 3 === 1 ? { name: 'loser' } : {},
  })
  if (!done) return
  count(world, 'merged')
  for (const id of [winnerId, loserId]) world.merged.add(id)
  forgetTyped(world, winnerId, loserId)
}

async function resolve(world: World, station: Station, record: number, choice: number): Promise<void> {
  const conflicts = await attempt(world, station, 'conflict.list', { offset: 0, limit: 50 })
  const chosen = pick(conflicts?.rows ?? [], record)
  if (!conflicts || !chosen) return
  // Conflicts of a group are decided together.
  const together = conflicts.rows.filter(
    (row) =>
      row.recordId === chosen.recordId &&
      row.register === chosen.register &&
      row.group === chosen.group &&
      !row.isDecided,
  )
  if (together.length === 0) return
  noteEditor(world, station, chosen.recordId)
  const done = await attempt(world, station, 'conflict.resolve', {
    register: chosen.register,
    recordId: chosen.recordId,
    decisions: together.map((row) =>
      choice % 3 === 2 && row.field === 'remarks'
        ? { conflictId: row.id, choice: 'other', value: '第三' }
        : { conflictId: row.id, choice: choice % 2 === 0 ? 'kept' : 'lost' },
    ),
  })
  if (!done) return
  count(world, 'resolved')
  forgetTyped(world, chosen.recordId)
}

async function handleQueue(
  world: World,
  station: Station,
  what: 'hold' | 'release' | 'sendOne' | 'withdraw',
  record: number,
): Promise<void> {
  const state = what === 'withdraw' ? 'setAside' : what === 'release' ? 'held' : 'pending'
  const queue = await attempt(world, station, 'sync.queue', { state, offset: 0, limit: 50 })
  const row = pick(queue?.rows ?? [], record)
  if (what === 'sendOne' && !row) {
    // What the server has refused can be sent again as it is.
    const refused = await attempt(world, station, 'sync.queue', { state: 'setAside', offset: 0, limit: 50 })
    const again = pick(refused?.rows ?? [], record)
    if (again && (await attempt(world, station, 'sync.sendOne', { n: again.n }))) count(world, 'sent again')
  }
  if (!row) return
  if (what === 'sendOne') {
    if (await attempt(world, station, 'sync.sendOne', { n: row.n })) count(world, 'sent alone')
    return
  }
  if (what === 'withdraw') {
    const done = await attempt(world, station, 'sync.withdraw', { numbers: [row.n], reason: '登记有误' })
    if (done) {
      count(world, 'withdrawn')
      forgetTyped(world, row.recordId)
    }
    return
  }
  const done = await attempt(world, station, 'sync.hold', { numbers: [row.n], isHeld: what === 'hold' })
  if (done) count(world, what === 'hold' ? 'held' : 'released')
}

/** Lets a round come to its so-maniest request and no further, and acts then. */
async function withStalledRound(
  world: World,
  station: Station,
  step: { readonly atRequest: number; readonly isBeforeServer: boolean },
  then: () => Promise<void>,
): Promise<void> {
  const { proxy } = world.template
  const harms: Harms = [
    ...Array.from({ length: step.atRequest }, () => null),
    step.isBeforeServer ? { kind: 'unanswered' } : { kind: 'stalled', direction: 'down', afterBytes: 0 },
  ]
  const stalled = (): number => proxy.counts().unanswered + proxy.counts().stalled
  const before = stalled()
  for (const harm of harms) proxy.harmNext(harm)
  let isOver = false
  const round = station.backend.sync.run().finally(() => {
    isOver = true
  })
  while (!isOver && stalled() === before) await new Promise((resolve) => setImmediate(resolve))
  proxy.forgetHarms()
  if (stalled() > before) count(world, 'crashed in a round')
  await then()
  await round.catch(() => undefined)
}

/** Invariant 10: every receipt a station holds is true at a server that has just crashed. */
async function checkReceipts(world: World): Promise<void> {
  const log = await world.server.database.selectFrom('op_log').select('op_id').execute()
  const stored = new Set(log.map((row) => row.op_id))
  for (const station of world.stations) {
    const acked = station.backend.context.store.read.pluck<string>(
      "SELECT op_id FROM outbox WHERE state = 'acked'",
    )
    const missing = acked.filter((opId) => !stored.has(opId) && !isKnownToBeLost(world, opId))
    if (missing.length > 0)
      throw new Error(
        `invariant 10: station ${station.index} has receipts the server does not know: ${missing.join()}`,
      )
  }
}

function isKnownToBeLost(world: World, opId: string): boolean {
  return (world.tally['server restored'] ?? 0) > 0 && world.made.has(opId)
}

/** Invariant 5: what was typed is visible at once. */
function checkShown(station: Station, register: HistoryRegister, id: string, fields: RecordValues): void {
  const shown = findRecord(station.backend.context.store.read, register, id)?.values ?? {}
  for (const [name, value] of Object.entries(fields)) {
    if (!isSame(shown[name], value))
      throw new Error(
        `invariant 5: ${register} ${id} ${name} was typed ${String(value)}, shown ${String(shown[name])}`,
      )
  }
}

/** Invariant 7: a record that only one station works on always shows what was typed there last, acknowledged or not. */
export function checkOwn(world: World, station: Station): void {
  for (const [id, typed] of world.typed) {
    const editors = world.editors.get(id)
    if (editors?.size !== 1 || !editors.has(String(station.index)) || world.merged.has(id)) continue
    for (const register of HISTORY_REGISTERS) {
      const shown = findRecord(station.backend.context.store.read, register, id)
      if (!shown) continue
      for (const [name, value] of Object.entries(typed)) {
        // Others may have merged what it refers to: the reference follows.
        if (getRegister(register).fields[name]?.kind === 'reference' && world.tally['merged'] !== undefined)
          continue
        if (!isSame(shown.values[name], value))
          throw new Error(
            `invariant 7: station ${station.index} alone works on ${register} ${id}, typed ${name} = ${String(value)}, sees ${String(shown.values[name])}`,
          )
      }
    }
  }
}

export function isSame(left: FieldValue | undefined, right: FieldValue | undefined): boolean {
  return areEqualValues(isEmptyValue(left) ? null : left, isEmptyValue(right) ? null : right)
}

function noteEditor(world: World, station: Station, ...ids: readonly string[]): void {
  for (const id of ids) world.editors.set(id, (world.editors.get(id) ?? new Set()).add(String(station.index)))
}

function forgetTyped(world: World, ...ids: readonly string[]): void {
  for (const id of ids) world.typed.delete(id)
}

/** One of the records the history made, in the order in which they were made. */
function chooseRecord(
  world: World,
  station: Station,
  index: number,
  register?: HistoryRegister,
): RecordRow | undefined {
  const { read } = station.backend.context.store
  const here = world.createdIds.flatMap((id) => {
    for (const name of register ? [register] : HISTORY_REGISTERS) {
      const record = findRecord(read, name, id)
      if (record) return [record]
    }
    return []
  })
  return pick(here, index)
}

function listIds(station: Station, register: HistoryRegister): readonly string[] {
  return station.backend.context.store.read.pluck<string>(
    `SELECT id FROM ${getRegister(register).table} ORDER BY id`,
  )
}

function toRegister(record: { readonly register: string }): HistoryRegister {
  const found = HISTORY_REGISTERS.find((each) => each === record.register)
  if (!found) throw new Error(`${record.register} is in no history`)
  return found
}

function pick<Item>(items: readonly Item[], index: number): Item | undefined {
  return items[index % Math.max(1, items.length)]
}

function makePhoto(choice: number): string {
  const noise = createHash('sha512').update(String(choice)).digest()
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), noise, Buffer.from([0xff, 0xd9])]).toString(
    'base64',
  )
}
