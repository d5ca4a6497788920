import { randomOf, type Random } from '../../../src-shared/demo/random.ts'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import { STATUS_FIELD } from '../../../src-shared/sync/merge.ts'
import type { LostStatus } from '../../../src-shared/sync/op.ts'
import {
  emptyClient,
  findShown,
  findToldRow,
  listShown,
  settleLost,
  storePushAnswer,
  takeRow,
  writeOp,
  type ClientStore,
  type NewOp,
} from './model-client.ts'
import { checkAtEnd, checkClient, type OpNote } from './model-invariants.ts'
import {
  copyServer,
  emptyServer,
  giveRecords,
  hello,
  pull,
  push,
  REFERENCE,
  REFUSED,
  Refusal,
  restoreServer,
  type GivenRecord,
  type Mutant,
  type PushAnswer,
  type PushRequest,
  type ServerStore,
} from './model-server.ts'

/**
 * Random histories: stations that edit, a line that harms, crashes, lost and copied stores, a server put back. Everything
 * depends on the seed alone.
 */

export type Client = {
  store: ClientStore
  /** The stores before, newest last: what a removed -wal or an old copy brings back. */
  readonly past: ClientStore[]
  round: Generator<void, void, void> | null
  /** What was typed last, for records nobody else has touched. */
  readonly typed: Map<string, Map<string, FieldValue>>
}

export type World = {
  readonly random: Random
  readonly mutant: Mutant | undefined
  server: ServerStore
  readonly clients: Client[]
  /** Requests that are still under way, or will arrive a second time. */
  late: (() => void)[]
  backups: ServerStore[]
  epochs: number
  restores: number
  ids: number
  isHostile: boolean
  readonly notes: Map<string, OpNote>
  /** Ops that were ever durably taken, and those a client ever held a receipt for. */
  readonly committed: Set<string>
  readonly acked: Set<string>
  readonly refused: Set<string>
  /** Ops no store and no server holds any more, through losses that nothing could have made good. */
  readonly gone: Set<string>
  /** Values of such ops that another station still had: they must come back. */
  claims: { readonly recordId: string; readonly field: string; readonly value: FieldValue }[]
  /** Records that were ever merged belong together. */
  readonly family: Map<string, string>
  readonly damagedPhotos: Set<string>
  readonly counts: Counts
}

export type Counts = Record<(typeof COUNTED)[number], number>
export const COUNTED = [
  'ops',
  'drops',
  'answersLost',
  'duplicates',
  'reorders',
  'clientCrashes',
  'serverCrashes',
  'serverRestores',
  'clientRestores',
  'copies',
  'clientLosses',
  'reinitialisations',
  'newReplicas',
  'alarms',
  'merges',
  'unmerges',
  'resolves',
  'deletes',
  'cancels',
  'restores',
  'distinct',
  'photos',
  'rescues',
  'echoes',
  'echoesAsked',
  'setAside',
  'conflicts',
] as const

export function emptyCounts(): Counts {
  return Object.fromEntries(COUNTED.map((name) => [name, 0])) as Counts
}

/** Plays one history to its end and checks it. @throws Breach */
export function playHistory(
  seed: number,
  counts: Counts,
  mutant?: Mutant,
  look: (world: World) => void = () => undefined,
): void {
  const world: World = {
    random: randomOf(seed),
    mutant,
    server: emptyServer(),
    clients: [],
    late: [],
    backups: [],
    epochs: 1,
    restores: 0,
    ids: 0,
    isHostile: true,
    notes: new Map(),
    committed: new Set(),
    acked: new Set(),
    refused: new Set(),
    gone: new Set(),
    claims: [],
    family: new Map(),
    damagedPhotos: new Set(),
    counts,
  }
  look(world)
  const { random } = world
  const clients = 2 + random.below(2)
  for (let index = 0; index < clients; index += 1) addClient(world, emptyClient(makeId(world, 'replica')))
  // Half of the histories know nothing of disasters: there nothing may be excused.
  const isDisastrous = random.chance(0.5)
  const steps = 40 + random.below(80)
  for (let step = 0; step < steps; step += 1) takeStep(world, isDisastrous)
  settle(world)
  checkAtEnd(world)
}

function addClient(world: World, store: ClientStore): Client {
  const client: Client = { store, past: [], round: null, typed: new Map() }
  world.clients.push(client)
  return client
}

function makeId(world: World, kind: string): string {
  world.ids += 1
  return `${kind}-${world.ids}`
}

function takeStep(world: World, isDisastrous: boolean): void {
  const { random } = world
  const client = random.pick(world.clients)
  const draw = random.below(1_000)
  if (draw < 380) edit(world, client)
  else if (draw < 920) advance(world, client)
  else if (draw < 940) deliverLate(world)
  else if (draw < 960) {
    if (client.round !== null) world.counts.clientCrashes += 1
    client.round = null
  } else if (draw < 970) world.backups.push(world.server)
  else if (draw < 980) rescue(world, client)
  else if (isDisastrous) strike(world, client)
}

function deliverLate(world: World): void {
  const [request] = world.late.splice(world.random.below(Math.max(1, world.late.length)), 1)
  if (!request) return
  world.counts.reorders += 1
  try {
    request()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}

function strike(world: World, client: Client): void {
  const { random, counts } = world
  switch (random.below(6)) {
    case 0: {
      if (world.backups.length === 0) return
      counts.serverRestores += 1
      world.epochs += 1
      world.restores += 1
      world.server = restoreServer(random.pick(world.backups), world.epochs, world.restores, world.mutant)
      break
    }
    case 1: {
      // The -wal is gone: the newest transactions never were.
      const lost = 1 + random.below(4)
      const before = client.past.at(-lost)
      if (!before) return
      counts.clientRestores += 1
      putBack(client, before)
      break
    }
    case 2: {
      const [before] = client.past.length === 0 ? [] : [random.pick(client.past)]
      if (!before) return
      counts.clientRestores += 1
      putBack(client, before)
      break
    }
    case 3: {
      // A copy goes on beside the original.
      if (world.clients.length >= 4) return
      counts.copies += 1
      const copy = addClient(world, client.store)
      for (const each of client.past) copy.past.push(each)
      break
    }
    case 4:
      if (random.chance(0.5)) return
      counts.clientLosses += 1
      putBack(client, emptyClient(makeId(world, 'replica')))
      break
    case 5: {
      // Built beside the old file with a line at hand: the queue is carried over, the records are the server's.
      if (client.store.epoch !== world.server.epoch) return
      counts.reinitialisations += 1
      client.round = null
      const rows = new Map(
        giveRecords(world.server, world.server.records.keys()).map((row) => [row.recordId, row]),
      )
      transact(world, client, (store) => ({
        ...emptyClient(makeId(world, 'replica')),
        epoch: store.epoch,
        newestN: store.newestN,
        outbox: askAgain(store.outbox),
        cursor: world.server.counter,
        rows,
        lost: settleLost(store.lost, rows),
        photos: store.photos,
      }))
      break
    }
  }
  noteGone(world)
}

function putBack(client: Client, store: ClientStore): void {
  client.store = store
  client.past.length = 0
  client.round = null
  client.typed.clear()
}

/** Ops that nobody holds any more are excused; what other stations still show of them is not. */
function noteGone(world: World): void {
  const held = new Set(world.server.log.keys())
  for (const { store } of world.clients) for (const { op } of store.outbox) held.add(op.opId)
  for (const [opId, { op }] of world.notes) {
    if (held.has(opId) || world.gone.has(opId)) continue
    world.gone.add(opId)
    for (const [field, value] of Object.entries(op.fields))
      if (value !== null) world.claims.push({ recordId: op.recordId, field, value })
  }
  world.claims = world.claims.filter((claim) => isHeldSomewhere(world, claim))
}

function isHeldSomewhere(world: World, { recordId, field, value }: World['claims'][number]): boolean {
  if (areEqualValues(world.server.records.get(recordId)?.state.values[field], value)) return true
  return world.clients.some(
    ({ store }) =>
      areEqualValues(store.rows.get(recordId)?.values[field], value) ||
      areEqualValues(store.lost.get(recordId)?.row.values[field], value),
  )
}

/** A transaction of a client: the store before is what a lost one leaves. */
export function transact(world: World, client: Client, change: (store: ClientStore) => ClientStore): void {
  client.past.push(client.store)
  if (client.past.length > 30) client.past.shift()
  client.store = change(client.store)
  checkClient(world, client)
}

// What people do.

const TELEPHONES = ['1', '2', null]
const REMARKS = ['a', 'b', null]
const NUMBERS = ['x', 'y']

function edit(world: World, client: Client): void {
  const { random, mutant } = world
  const { store } = client
  const shown = listShown(store, mutant)
  const draw = random.below(100)
  const id = shown.length === 0 ? undefined : random.pick(shown)
  if (id === undefined || draw < 10) return create(world, client)
  const row = store.rows.get(id)
  const base = { recordId: id, cancellation: null, fields: {} }
  if (draw < 60) save(world, client, { ...base, kind: 'set', fields: drawFields(world, client) })
  else if (draw < 64) {
    world.counts.cancels += 1
    save(world, client, { ...base, kind: 'cancel', cancellation: { reasonCode: random.pick(['10', '20']) } })
  } else if (draw < 68) {
    const closed = [...store.rows.keys()].filter((each) =>
      ['cancelled', 'deleted'].includes(findShown(store, each, mutant)?.status ?? ''),
    )
    if (closed.length === 0) return
    world.counts.restores += 1
    save(world, client, { ...base, recordId: random.pick(closed), kind: 'restore' })
  } else if (draw < 72) {
    world.counts.deletes += 1
    save(world, client, { ...base, kind: 'delete' })
  } else if (draw < 80) merge(world, client, id, shown)
  else if (draw < 84) {
    const merged = [...new Set([...store.rows.keys(), ...store.outbox.map(({ op }) => op.recordId)])].filter(
      (each) => findShown(store, each, mutant)?.status === 'merged',
    )
    if (merged.length === 0) return
    world.counts.unmerges += 1
    save(world, client, { ...base, recordId: random.pick(merged), kind: 'unmerge' })
  } else if (draw < 94) resolve(world, client)
  else if (draw < 97) {
    const other = row?.duplicates[0]
    if (other === undefined) return
    world.counts.distinct += 1
    save(world, client, { ...base, kind: 'resolve', distinctFrom: [other] })
  } else if (store.outbox.some((each) => each.state === 'setAside')) {
    // Sent again by hand.
    transact(world, client, (before) => ({ ...before, outbox: askAgain(before.outbox) }))
  }
}

function create(world: World, client: Client): void {
  const { random } = world
  save(world, client, {
    recordId: makeId(world, 'record'),
    kind: 'set',
    isCreation: true,
    cancellation: null,
    fields: {
      telephone: random.chance(0.15) ? REFUSED : drawText(world, TELEPHONES),
      remarks: null,
      documentTypeCode: '01',
      documentNumber: random.pick(NUMBERS),
      socialInsuranceCodes: null,
    },
  })
}

/** Mostly a text nobody else writes, so that every value can be told from every other; sometimes one that others write too. */
function drawText(world: World, common: readonly (string | null)[]): string | null {
  if (world.random.chance(0.3)) return world.random.pick(common)
  return makeId(world, 'value')
}

function drawFields(world: World, client: Client): RecordValues {
  const { random } = world
  switch (random.below(9)) {
    case 0:
    case 1:
    case 2:
      return { telephone: random.chance(0.1) ? REFUSED : drawText(world, TELEPHONES) }
    case 3:
      return { remarks: drawText(world, REMARKS) }
    case 4:
      return { telephone: drawText(world, TELEPHONES), remarks: drawText(world, REMARKS) }
    case 5:
      return random.chance(0.5)
        ? { documentNumber: random.pick(NUMBERS) }
        : { documentTypeCode: random.pick(['01', '03']) }
    case 6:
      return { socialInsuranceCodes: random.pick([null, ['10'], ['11', '12'], [makeId(world, 'code')]]) }
    case 7:
      world.counts.photos += 1
      return { photo: makeId(world, 'photo') }
    default:
      return { [REFERENCE]: random.pick(listShown(client.store, world.mutant)) }
  }
}

function merge(world: World, client: Client, id: string, shown: readonly string[]): void {
  const { random, mutant } = world
  const { store } = client
  const alike = (store.rows.get(id)?.duplicates ?? []).filter((each) => shown.includes(each))
  const others = alike.length > 0 ? alike : shown.filter((each) => each !== id)
  if (others.length === 0) return
  const loserId = random.pick(others)
  const winner = findShown(store, id, mutant)?.values ?? {}
  const loser = findShown(store, loserId, mutant)?.values ?? {}
  const fields = Object.fromEntries(
    Object.entries(loser).filter(
      ([name, value]) => value !== REFUSED && !areEqualValues(winner[name], value) && random.chance(0.4),
    ),
  )
  world.counts.merges += 1
  save(world, client, { recordId: id, kind: 'merge', loserId, fields, cancellation: null })
}

function resolve(world: World, client: Client): void {
  const { random, mutant } = world
  const rows = [...client.store.rows.values()].filter(
    (row) => row.conflicts.length > 0 && row.status !== 'merged',
  )
  if (rows.length === 0) return
  const row = random.pick(rows)
  const conflict = random.pick(row.conflicts)
  const resolves = row.conflicts.filter((each) => each.field === conflict.field).map((each) => each.id)
  const asked = { recordId: row.recordId, kind: 'resolve' as const, resolves }
  world.counts.resolves += 1
  if (conflict.field === STATUS_FIELD) {
    const lost = conflict.lost as LostStatus
    const status = [row.status, lost.status].filter((each) => each === 'active' || each === 'cancelled')
    save(world, client, {
      ...asked,
      fields: {},
      ...(status.length === 0 ? { cancellation: null } : statusOf(random.pick(status), row, lost)),
    })
    return
  }
  const shown = findShown(client.store, row.recordId, mutant)
  const kept = row.values[conflict.field] ?? null
  const value = random.pick([kept, conflict.lost as FieldValue, drawText(world, TELEPHONES)])
  const isText = !['socialInsuranceCodes', 'photo', REFERENCE, 'documentTypeCode', 'documentNumber'].includes(
    conflict.field,
  )
  const isBack = shown?.status === 'deleted' && random.chance(0.5)
  save(world, client, {
    ...asked,
    fields: { [conflict.field]: isText ? value : random.pick([kept, conflict.lost as FieldValue]) },
    cancellation: null,
    ...(isBack ? { status: 'active' as const } : {}),
  })
}

function statusOf(status: 'active' | 'cancelled', row: GivenRecord, lost: LostStatus) {
  if (status === 'active') return { status, cancellation: null }
  return { status, cancellation: (row.status === 'cancelled' ? row : lost).cancellation ?? {} }
}

/** A save of a page: what was on its screen is noted beside. */
function save(world: World, client: Client, asked: NewOp, isRescue = false): void {
  const opId = makeId(world, 'op')
  const { store } = client
  const saw = new Map<string, Record<string, readonly FieldValue[]>>()
  const sides = asked.loserId === undefined ? [asked.recordId] : [asked.recordId, asked.loserId]
  for (const id of isRescue ? [] : sides) {
    const shown = findShown(store, id, world.mutant)
    const row = asked.kind === 'resolve' ? store.rows.get(id) : undefined
    const seen: Record<string, FieldValue[]> = {}
    for (const [name, value] of Object.entries({ ...shown?.values, [STATUS_FIELD]: shown?.status ?? null }))
      seen[name] = [value]
    // The page of a conflict shows the server's value beside those that lost.
    if (row) {
      for (const [name, value] of Object.entries({ ...row.values, [STATUS_FIELD]: row.status }))
        (seen[name] ??= []).push(value)
      for (const conflict of row.conflicts)
        if (asked.resolves?.includes(conflict.id) && conflict.field !== STATUS_FIELD)
          (seen[conflict.field] ??= []).push(conflict.lost as FieldValue)
    }
    saw.set(id, seen)
  }
  world.counts.ops += 1
  transact(world, client, (before) => {
    const next = writeOp(before, opId, asked, world.mutant)
    const written = next.outbox.at(-1)
    if (!written) throw new Error('the op is missing')
    const author = `${world.clients.indexOf(client)}`
    world.notes.set(opId, { op: written.op, author, replica: store.replica, saw, isRescue })
    noteTyped(world, client, written.op.recordId, asked)
    return next
  })
}

function noteTyped(world: World, client: Client, recordId: string, asked: NewOp): void {
  if (asked.kind === 'merge' && asked.loserId !== undefined) {
    const [a, b] = [familyOf(world, recordId), familyOf(world, asked.loserId)]
    if (a !== b) world.family.set(a, b)
  }
  if (asked.kind === 'merge' || asked.kind === 'unmerge') {
    for (const each of client.typed.keys())
      if (familyOf(world, each) === familyOf(world, recordId)) client.typed.delete(each)
    return
  }
  const typed = client.typed.get(recordId) ?? new Map<string, FieldValue>()
  for (const [name, value] of Object.entries(asked.fields)) typed.set(name, value)
  client.typed.set(recordId, typed)
}

/** The name of all records that were ever merged with this one. */
export function familyOf(world: World, id: string): string {
  let root = id
  for (let next = world.family.get(root); next !== undefined; next = world.family.get(root)) root = next
  return root
}

/** What a restored server has lost and nobody else brought back in a day is offered by whoever still has it. */
function rescue(world: World, client: Client): void {
  const { store } = client
  if (store.lost.size === 0 || store.cursor === 0 || world.mutant === 'noRescue') return
  for (const [recordId, { above, row }] of settleLost(store.lost, store.rows)) {
    const now = findToldRow(store.rows, row)
    const isHere = now !== undefined
    const offered = {
      recordId,
      fields: row.values,
      cancellation: null,
      baseSeq: above,
      isRescue: true as const,
    }
    const isCancelled = row.status === 'cancelled'
    world.counts.rescues += 1
    if (!isHere) {
      const fields = Object.fromEntries(Object.entries(row.values).filter(([, value]) => value !== null))
      save(world, client, { ...offered, fields, kind: 'set', isCreation: true }, true)
      if (isCancelled)
        save(
          world,
          client,
          { recordId, kind: 'cancel', fields: {}, cancellation: row.cancellation, baseSeq: above },
          true,
        )
    } else if (isCancelled ? now.status === 'active' : row.status === 'active' && now.status === 'cancelled')
      save(
        world,
        client,
        {
          ...offered,
          kind: 'resolve',
          resolves: [],
          status: isCancelled ? 'cancelled' : 'active',
          cancellation: row.cancellation,
        },
        true,
      )
    else save(world, client, { ...offered, kind: 'set' }, true)
  }
  transact(world, client, (before) => ({ ...before, lost: new Map() }))
}

// The line, and a round over it.

class LineBroken extends Error {}

function advance(world: World, client: Client): void {
  client.round ??= runRound(world, client)
  const moves = 1 + world.random.below(6)
  for (let move = 0; move < moves && client.round !== null; move += 1) move1(client)
}

function move1(client: Client): void {
  try {
    if (client.round?.next().done) client.round = null
  } catch (error) {
    client.round = null
    if (!(error instanceof LineBroken) && !(error instanceof Refusal)) throw error
  }
}

/** One request. What arrives is whole or nothing: bodies carry a digest. */
function* ask<Answer>(world: World, perform: () => Answer): Generator<void, Answer, void> {
  yield
  if (!world.isHostile) return perform()
  const { random, counts } = world
  switch (random.below(24)) {
    case 0:
      counts.drops += 1
      throw new LineBroken()
    case 1:
      counts.answersLost += 1
      perform()
      throw new LineBroken()
    case 2:
      counts.duplicates += 1
      perform()
      return perform()
    case 3: {
      const answer = perform()
      world.late.push(perform)
      return answer
    }
    case 4:
      world.late.push(perform)
      throw new LineBroken()
    case 5:
      counts.serverCrashes += 1
      throw new LineBroken()
    default: {
      const answer = perform()
      // Here a client may crash with the answer in its hands.
      if (random.chance(0.3)) yield
      return answer
    }
  }
}

function performPush(world: World, request: PushRequest): PushAnswer {
  const draft = copyServer(world.server)
  const answer = push(draft, request, world.mutant)
  if (world.mutant === 'ackBeforeCommit' && world.isHostile && world.random.chance(0.1)) return answer
  commit(world, draft)
  return answer
}

function commit(world: World, draft: ServerStore): void {
  world.server = draft
  for (const [opId, { seq }] of draft.log) {
    world.committed.add(opId)
    if (seq === null) world.refused.add(opId)
  }
}

function* runRound(world: World, client: Client): Generator<void, void, void> {
  let greeting = yield* greet(world, client)
  if (greeting.lastN > newestOf(world, client.store)) {
    world.counts.alarms += 1
    yield* bringBackOwnOps(world, client)
    greeting = yield* greet(world, client)
  }
  try {
    yield* pushAll(world, client, greeting.lastN)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'hashDiffers') throw error
    renewReplica(world, client)
    greeting = yield* greet(world, client)
    yield* pushAll(world, client, greeting.lastN)
  }
  yield* pullAll(world, client)
  yield* exchangePhotos(world, client)
  // 35 days on: acknowledged ops that were pulled are let go, and nobody puts back a backup that old.
  if (world.random.chance(0.1) && client.store.epoch === world.server.epoch && client.store.lost.size === 0) {
    world.backups = []
    transact(world, client, (store) => ({
      ...store,
      // What stands before an older op that still waits stays as long as that one.
      outbox: store.outbox.filter(
        (each) =>
          each.state !== 'acked' ||
          (each.seq ?? 0) > store.cursor ||
          store.outbox.some(({ op, state }) => state !== 'acked' && op.recordId === each.op.recordId),
      ),
    }))
  }
}

function newestOf(world: World, store: ClientStore): number {
  if (world.mutant !== 'rowIdReuse') return store.newestN
  return Number.POSITIVE_INFINITY
}

function* greet(world: World, client: Client) {
  const { replica, epoch } = client.store
  const answer = yield* ask(world, () => hello(world.server, replica, epoch))
  if (answer.epoch !== client.store.epoch)
    transact(world, client, (store) => changeEpoch(world, store, answer.epoch, answer.knownUpTo))
  return answer
}

/**
 * The server was put back, or is another one (null; a person has agreed): everything is pulled again, what it may have lost is sent
 * again, and what only others had sent is kept aside to be offered should nobody bring it back.
 */
function changeEpoch(world: World, store: ClientStore, epoch: number, knownUpTo: number | null): ClientStore {
  const above = knownUpTo ?? 0
  const lost = new Map(store.lost)
  const stale = new Map(store.stale)
  for (const [id, row] of store.rows) if (row.seq > above) stale.set(id, row.seq)
  if (store.epoch !== null)
    for (const [id, row] of store.rows)
      if (row.seq > above) lost.set(id, { above, row: withLost(row, lost.get(id)) })
  for (const [id, each] of lost) if (each.above > above) lost.set(id, { ...each, above })
  return {
    ...store,
    epoch,
    cursor: 0,
    lost,
    stale,
    outbox:
      world.mutant === 'resendsNothing'
        ? store.outbox
        : store.outbox.map((each) =>
            each.state === 'setAside' || (each.seq !== null && (each.seq > above || knownUpTo === null))
              ? { ...each, state: 'pending', seq: null }
              : each,
          ),
  }
}

/** What was missing before and has not come back is still missing. */
function withLost(row: GivenRecord, before: { readonly row: GivenRecord } | undefined): GivenRecord {
  return before ? { ...row, values: { ...row.values, ...before.row.values } } : row
}

function askAgain(outbox: ClientStore['outbox']): ClientStore['outbox'] {
  return outbox.map((each) =>
    each.state === 'setAside' && !each.isBroughtBack ? { ...each, state: 'pending' } : each,
  )
}

function renewReplica(world: World, client: Client): void {
  world.counts.newReplicas += 1
  const replica = makeId(world, 'replica')
  transact(world, client, (store) => ({
    ...store,
    replica,
    outbox: askAgain(store.outbox),
    incarnation: store.incarnation + 1,
  }))
}

/** The server holds newer numbers than were ever given out here: transactions were lost. */
function* bringBackOwnOps(world: World, client: Client): Generator<void, void, void> {
  const { replica, newestN } = client.store
  const rows = yield* ask(world, () =>
    [...world.server.log.values()].filter((row) => row.replica === replica && row.op.n > newestN),
  )
  transact(world, client, (store) => {
    const known = new Set(store.outbox.map(({ op }) => op.opId))
    const back = rows
      // A number that was given out again meanwhile stays the new op's; the old one is safe at the server.
      .filter((row) => !known.has(row.op.opId) && row.op.n > store.newestN)
      .sort((a, b) => a.op.n - b.op.n)
      .map((row) => ({
        op: row.op,
        state: row.seq === null ? ('setAside' as const) : ('acked' as const),
        seq: row.seq,
        isBroughtBack: true as const,
      }))
    return {
      ...store,
      newestN: Math.max(store.newestN, ...back.map(({ op }) => op.n)),
      outbox: [...store.outbox, ...back],
      cursor: 0,
    }
  })
  renewReplica(world, client)
}

function* pushAll(world: World, client: Client, lastN: number): Generator<void, void, void> {
  let sentUpTo = 0
  let after = lastN
  for (;;) {
    const size = 1 + world.random.below(4)
    const ops = client.store.outbox
      .filter(
        ({ op, state }) => op.n > sentUpTo && (state === 'pending' || (state === 'acked' && op.n > lastN)),
      )
      .slice(0, size)
      .map(({ op }) => op)
    const [first] = ops
    if (!first) return
    const { replica, epoch } = client.store
    const request: PushRequest = {
      replica,
      epoch: epoch ?? 0,
      batchId: makeId(world, 'batch'),
      afterN: Math.min(first.n - 1, after),
      ops,
    }
    let answer: PushAnswer
    if (world.mutant === 'naiveCursor') {
      // Numbers are given out, others go on, then it commits.
      const firstSeq = world.server.counter + 1
      world.server.counter += 30
      yield
      const draft = copyServer(world.server)
      answer = push(draft, request, world.mutant, firstSeq)
      commit(world, draft)
    } else answer = yield* ask(world, () => performPush(world, request))
    sentUpTo = ops.at(-1)?.n ?? sentUpTo
    after = Math.max(after, sentUpTo)
    transact(world, client, (store) => {
      const next = storePushAnswer(store, ops, answer, world.mutant)
      for (const { op, state } of next.outbox) if (state === 'acked') world.acked.add(op.opId)
      return next
    })
  }
}

function* pullAll(world: World, client: Client): Generator<void, void, void> {
  for (;;) {
    const { replica, epoch, cursor } = client.store
    const request = { replica, epoch: epoch ?? 0, cursor, limit: 1 + world.random.below(5) }
    const page = yield* ask(world, () => pull(world.server, request))
    if (world.mutant === 'cursorBeforeRows') {
      client.store = { ...client.store, cursor: page.next }
      yield
    }
    const rows = new Map(client.store.rows)
    const asked: string[] = []
    for (const row of page.rows) {
      if ('echo' in row) world.counts.echoes += 1
      if (!takeRow(client.store, rows, row, world.mutant)) asked.push(row.recordId)
    }
    if (asked.length > 0) {
      world.counts.echoesAsked += 1
      for (const row of yield* ask(world, () => giveRecords(world.server, asked))) rows.set(row.recordId, row)
    }
    transact(world, client, (store) => ({
      ...store,
      rows,
      cursor: page.next,
      lost: settleLost(store.lost, rows),
      ...(world.mutant === 'rowIdReuse'
        ? { outbox: store.outbox.filter(({ seq }) => seq === null || seq > page.next) }
        : {}),
    }))
    if (!page.more) return
  }
}

function* exchangePhotos(world: World, client: Client): Generator<void, void, void> {
  for (const row of client.store.rows.values()) {
    const photo = row.values['photo']
    if (typeof photo !== 'string' || !client.store.photos.has(photo) || world.server.photos.has(photo))
      continue
    const store = (): void => {
      const draft = copyServer(world.server)
      draft.photos.add(photo)
      commit(world, draft)
    }
    if (world.mutant === 'photoUnchecked' && world.random.chance(0.2)) {
      world.damagedPhotos.add(photo)
      store()
      continue
    }
    yield* ask(world, store)
  }
}

/** The line is good again, and everybody has time. */
function settle(world: World): void {
  world.isHostile = false
  while (world.late.length > 0) deliverLate(world)
  for (let pass = 0; pass < 10; pass += 1) {
    for (const client of world.clients) {
      client.round = runRound(world, client)
      while (client.round !== null) move1(client)
    }
    const isDone = world.clients.every(
      ({ store }) =>
        store.lost.size === 0 &&
        store.cursor === world.server.counter &&
        store.outbox.every((each) => each.state !== 'pending'),
    )
    if (isDone) break
    if (pass >= 1) for (const client of world.clients) rescue(world, client)
  }
  for (const conflict of world.server.conflicts.values()) if (conflict.isOpen) world.counts.conflicts += 1
  for (const row of world.server.log.values()) if (row.seq === null) world.counts.setAside += 1
}
