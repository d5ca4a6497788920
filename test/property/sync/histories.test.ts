import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomOf } from '../../../src-shared/demo/random.ts'
import { isEmptyValue, type FieldValue, type RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { OpBody } from '../../../src-shared/sync/op.ts'
import type { ServerDatabase } from '../../../src-server/storage/database.ts'
import { startProxy } from '../../support/proxy/start-proxy.ts'
import {
  listOutbox,
  listServerRecords,
  makeFolder,
  openTestClient,
  PASSWORD,
  startTestServer,
  validValues,
  type TestClient,
} from '../../integration/sync/sync-world.ts'

/** Histories a run of `npm test` tries; `JUFUTONG_HISTORIES` asks for more, `JUFUTONG_SEED` repeats one. */
const RUNS = Number(process.env['JUFUTONG_HISTORIES'] ?? 15)
const SEED = Number(process.env['JUFUTONG_SEED'] ?? Date.now() % 1_000_000_000)
const CLIENTS = 3

type Step =
  | { readonly act: 'create'; readonly client: number; readonly isBroken: boolean }
  | { readonly act: 'edit'; readonly client: number; readonly record: number; readonly choice: number }
  | { readonly act: 'repair'; readonly client: number; readonly record: number }
  | { readonly act: 'cancel' | 'restore'; readonly client: number; readonly record: number }
  | { readonly act: 'sync'; readonly client: number }

const client = fc.nat({ max: CLIENTS - 1 })
const record = fc.nat({ max: 1_000 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('create' as const),
      client,
      isBroken: fc.nat({ max: 4 }).map((each) => each === 0),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      act: fc.constant('edit' as const),
      client,
      record,
      choice: fc.nat({ max: 1_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('repair' as const), client, record }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constantFrom('cancel' as const, 'restore' as const), client, record }),
  },
  { weight: 7, arbitrary: fc.record({ act: fc.constant('sync' as const), client }) },
)

/** Few values for few fields, so that stations meet. */
const EDITS: readonly RecordValues[] = [
  { telephone: '13800000001' },
  { telephone: '13800000002' },
  { telephone: '13800000003', remarks: '甲' },
  { remarks: '乙' },
  { remarks: null },
  { name: '王甲' },
  { name: '王乙', remarks: '丙' },
  { socialInsuranceCodes: ['10'] },
  { socialInsuranceCodes: ['11', '12'] },
  { socialInsuranceCodes: null },
  { householdAddress: '一号', householdDivisionCode: '110101' },
  { householdAddress: '二号' },
]

type Seen = { conflicts: number; setAside: number; harms: number }

test('after any history of edits over a line that loses, doubles, cuts and reorders, all replicas equal the server and no edit is lost', async () => {
  console.log(`histories: seed ${SEED}, ${RUNS} runs`)
  const seen: Seen = { conflicts: 0, setAside: 0, harms: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 25, maxLength: 60 }), fc.nat(), (steps, seed) =>
      runHistory(steps, seed, seen),
    ),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  )
  console.log(`histories: ${JSON.stringify(seen)}`)
  // A history without any of these would prove nothing.
  expect(seen.conflicts).toBeGreaterThan(0)
  expect(seen.setAside).toBeGreaterThan(0)
  expect(seen.harms).toBeGreaterThan(RUNS)
}, 180_000)

async function runHistory(steps: readonly Step[], seed: number, seen: Seen): Promise<void> {
  const folder = makeFolder()
  // Small batches and pages, so that a line breaks between them.
  const random = randomOf(seed)
  const server = await startTestServer(folder.path, {
    limits: { pushOps: 1 + random.below(4), pushBytes: 1_048_576, pullRows: 1 + random.below(5) },
  })
  const proxy = await startProxy({ target: server.port, seed })
  const clients: TestClient[] = []
  try {
    for (let index = 0; index < CLIENTS; index += 1) {
      const opened = await openTestClient(join(folder.path, `client${index}`), proxy.port)
      clients.push(opened)
      await opened.sync.signIn(index === 0 ? 'clerk001' : 'clerk002', PASSWORD)
      await opened.sync.run()
    }
    proxy.setPlan({
      requestLost: 0.1,
      duplicated: 0.1,
      answerLost: 0.12,
      cut: 0.08,
      reordered: 0.05,
      replayed: 0.1,
    })
    const world = new World(clients)
    for (const each of steps) await world.take(each)
    proxy.setPlan({})
    await settle(clients)
    await checkAll(clients, world, server.database)
    seen.conflicts += (await server.database.selectFrom('conflict').select('id').execute()).length
    seen.setAside += (await server.database.selectFrom('set_aside').select('n').execute()).length
    seen.harms += Object.values(proxy.counts()).reduce((sum, each) => sum + each, 0)
  } finally {
    for (const each of clients) await each.close()
    await proxy.close()
    await server.close()
    folder.remove()
  }
}

/** What was typed where, beside the clients' own stores. */
class World {
  readonly clients: readonly TestClient[]
  readonly editors = new Map<string, Set<number>>()
  readonly typed = new Map<string, Record<string, FieldValue>>()
  readonly opIds = new Set<string>()
  private created = 0

  constructor(clients: readonly TestClient[]) {
    this.clients = clients
  }

  async take(each: Step): Promise<void> {
    const acting = this.clients[each.client]
    if (!acting) throw new Error('no such client')
    if (each.act === 'sync') await acting.sync.run()
    else if (each.act === 'create') {
      this.created += 1
      const good = validValues('resident', this.created)
      const values = each.isBroken
        ? { ...good, sexCode: '9', educationCode: 'broken' }
        : { ...good, sexCode: '9' }
      const id = await acting.create('resident', { ...values, documentTypeCode: '03' })
      this.note(id, each.client, { ...values, documentTypeCode: '03' })
    } else {
      const ids = listIds(acting, 'resident')
      const id = ids[each.record % Math.max(1, ids.length)]
      if (id === undefined) return
      if (each.act === 'edit' || each.act === 'repair') {
        const fields = each.act === 'repair' ? { educationCode: '10' } : EDITS[each.choice % EDITS.length]
        if (!fields) return
        await acting.edit('resident', id, fields)
        this.note(id, each.client, fields)
        const shown = acting.find('resident', id)?.values ?? {}
        // Invariant 5: what was typed is visible at once.
        for (const [name, value] of Object.entries(fields)) expect(isSame(shown[name], value)).toBe(true)
      } else if (each.act === 'cancel') {
        await acting.cancel('resident', id, { reasonCode: '10', cancelDate: '2026-01-02' })
        this.note(id, each.client, {})
      } else {
        await acting.restore('resident', id)
        this.note(id, each.client, {})
      }
    }
    for (const op of listOutbox(acting.store)) this.opIds.add(op.opId)
    this.checkOwn(each.client)
  }

  /** Invariants 6 and 7: a record that only one replica works on always shows what was typed there last. */
  checkOwn(index: number): void {
    const acting = this.clients[index]
    if (!acting) return
    for (const [id, editors] of this.editors) {
      if (editors.size !== 1 || !editors.has(index)) continue
      const shown = acting.find('resident', id)?.values ?? {}
      for (const [name, value] of Object.entries(this.typed.get(id) ?? {})) {
        expect({ name, value: normal(shown[name]) }).toEqual({ name, value: normal(value) })
      }
    }
  }

  private note(id: string, editor: number, fields: RecordValues): void {
    this.editors.set(id, (this.editors.get(id) ?? new Set()).add(editor))
    this.typed.set(id, { ...this.typed.get(id), ...fields })
  }
}

function listIds(acting: TestClient, register: RegisterName): readonly string[] {
  return acting.store.read.pluck<string>(`SELECT id FROM ${getRegister(register).table} ORDER BY id`)
}

async function settle(clients: readonly TestClient[]): Promise<void> {
  for (let pass = 0; pass < 2; pass += 1) {
    for (const each of clients) {
      const status = await each.sync.run()
      expect(status.lastError).toBeNull()
      expect(status.pendingCount).toBe(0)
    }
  }
}

type LogRow = {
  readonly replica: number
  readonly n: number
  readonly opId: string
  readonly seq: number | null
  readonly recordId: string
  readonly baseSeq: number
  readonly fields: RecordValues
}

async function checkAll(
  clients: readonly TestClient[],
  world: World,
  database: ServerDatabase,
): Promise<void> {
  const records = await listServerRecords(database)
  const log = await readLog(database)
  const conflicts = await database.selectFrom('conflict').selectAll().execute()
  clients.forEach((_, index) => world.checkOwn(index))

  for (const each of clients) {
    const waiting = new Set(
      each.store.read.pluck<string>("SELECT record_id FROM outbox WHERE state <> 'acked'"),
    )
    // Invariant 2: every op is acknowledged or set aside with a reason.
    for (const op of listOutbox(each.store)) {
      expect(['acked', 'setAside']).toContain(op.state)
      if (op.state === 'setAside') expect(op.refusal).not.toBe('')
    }
    // Invariant 1: the replica equals the server's view, but for records on which it waits for a correction.
    for (const [id, row] of records) {
      const here = each.find('resident', id)
      expect(here).toBeDefined()
      if (!here || waiting.has(id)) continue
      expect({ seq: here.serverSeq, status: here.status, pending: here.pendingOps }).toEqual({
        seq: row.seq,
        status: row.status,
        pending: 0,
      })
      for (const name of Object.keys(getRegister('resident').fields)) {
        expect({ name, value: normal(here.values[name]) }).toEqual({ name, value: normal(row.values[name]) })
      }
    }
    // Nothing is here that is neither at the server nor waiting.
    for (const id of listIds(each, 'resident')) expect(records.has(id) || waiting.has(id)).toBe(true)
  }
  // Invariant 3: every edit is in the log exactly once.
  expect(log.map((row) => row.opId).sort()).toEqual([...world.opIds].sort())
  // Change numbers have no holes and are given once.
  const numbers = log.flatMap((row) => (row.seq === null ? [] : [row.seq]))
  expect(numbers.sort((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1))
  // Invariant 6: nobody conflicts with himself.
  for (const conflict of conflicts) expect(world.editors.get(conflict.record_id)?.size).toBeGreaterThan(1)

  // Invariant 4: each written value is current, or overwritten by an edit that had seen it, or in a conflict.
  for (const row of log) {
    if (row.seq === null) continue
    for (const [name, value] of Object.entries(row.fields)) {
      if (getRegister('resident').fields[name]?.kind === 'codes') continue
      const isCurrent = isSame(records.get(row.recordId)?.values[name], value)
      const isInConflict = conflicts.some(
        (conflict) => conflict.replica === row.replica && conflict.n === row.n && conflict.field === name,
      )
      const seenAt = log.filter(
        (other) =>
          other.recordId === row.recordId &&
          other.seq !== null &&
          Object.hasOwn(other.fields, name) &&
          isSame(other.fields[name], value),
      )
      const isOverwritten = log.some(
        (later) =>
          later.recordId === row.recordId &&
          later.seq !== null &&
          Object.hasOwn(later.fields, name) &&
          // Whoever wrote the same value himself had seen it too: two stations had agreed on it.
          seenAt.some(
            (same) =>
              (same.replica === later.replica && same.n < later.n) ||
              (same.seq !== null && same.seq <= later.baseSeq),
          ),
      )
      expect({ name, value, isKept: isCurrent || isInConflict || isOverwritten }).toEqual({
        name,
        value,
        isKept: true,
      })
    }
  }
}

async function readLog(database: ServerDatabase): Promise<readonly LogRow[]> {
  const rows = await database
    .selectFrom('op_log')
    .leftJoin('set_aside', (join) =>
      join.onRef('set_aside.replica', '=', 'op_log.replica').onRef('set_aside.n', '=', 'op_log.n'),
    )
    .select([
      'op_log.replica as replica',
      'op_log.n as n',
      'op_log.op_id as opId',
      'op_log.seq as seq',
      'set_aside.seq as repairedSeq',
      'op_log.record_id as recordId',
      'op_log.base_seq as baseSeq',
      'op_log.body as body',
    ])
    .execute()
  return rows.map(({ body, seq, repairedSeq, ...row }) => ({
    ...row,
    seq: seq ?? repairedSeq,
    fields: (JSON.parse(body) as OpBody).fields,
  }))
}

function normal(value: FieldValue | undefined): FieldValue {
  return isEmptyValue(value) ? null : value
}

function isSame(left: FieldValue | undefined, right: FieldValue | undefined): boolean {
  return areEqualValues(normal(left), normal(right))
}
