import {
  REGISTER_NAMES,
  REGISTERS_BY_REFERENCE,
  type RegisterName,
} from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { isDemoRecordId } from '../../../src-shared/demo/demo-id.ts'
import { listDemoDictionaries, standardDemoSize, type DemoSize } from '../../../src-shared/demo/district.ts'
import {
  countDemoRecords,
  generateDemoRecords,
  withDaysUpTo,
  type DemoRecord,
} from '../../../src-shared/demo/generate-demo.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { listReferencesTo } from '../queries/references.ts'
import { writeNameKeys } from '../queries/name-keys.ts'
import { insertRecord, type NewRecordRow } from '../queries/record-row.ts'
import { actorOf, type Context } from './context.ts'
import { RequestRefusal } from './request-failure.ts'
import { writeAudit } from './write-audit.ts'

/** Demo ids are UUIDs of one morning in 2001 (demo-id.ts): they make one range of every id column. */
const FIRST_DEMO_ID = '00e3c7a7-3400-7000-8000-000000000000'
const LAST_DEMO_ID = '00e3c89b-57ff-7fff-bfff-ffffffffffff'

/** Records per transaction: a save waits for one at most. */
const STEP = 100

/** Whether demo records are in the store. */
export function isDemoLoaded(read: ReadDatabase): boolean {
  return (
    read.firstOf(
      'SELECT 1 AS found FROM coordinator WHERE id BETWEEN ? AND ? LIMIT 1',
      FIRST_DEMO_ID,
      LAST_DEMO_ID,
    ) !== undefined
  )
}

/** Loads 演示数据 step by step; saves come in between. Loading again what a broken-off load left is harmless. */
export async function loadDemo(
  context: Context,
  dictionariesStored: (names: readonly string[]) => void,
  size: DemoSize = standardDemoSize,
): Promise<{ readonly count: number }> {
  context.store.setCache('large')
  try {
    return await load(context, dictionariesStored, size)
  } finally {
    context.store.setCache('usual')
  }
}

async function load(
  context: Context,
  dictionariesStored: (names: readonly string[]) => void,
  size: DemoSize,
): Promise<{ readonly count: number }> {
  const total = countDemoRecords(size)
  const startedAt = context.clock.now()
  const today = context.clock.today()
  let done = 0
  report(context, '载入演示数据', 0, total)
  const dictionaries = listDemoDictionaries(size)
  await context.store.write((database) => {
    for (const [name, entries] of Object.entries(dictionaries)) {
      for (const entry of entries) {
        database.runOf(
          `INSERT OR IGNORE INTO dictionary_entry (dictionary, code, name, parent, mnemonic, valid_from, valid_to, origin)
           VALUES (?, ?, ?, ?, ?, ?, ?, 'demo')`,
          name,
          entry.code,
          entry.name,
          entry.parent,
          entry.mnemonic,
          entry.validFrom,
          entry.validTo,
        )
      }
    }
    writeAudit(database, actorOf(context), 'demo.loaded', '', '', { count: total })
  })
  dictionariesStored(Object.keys(dictionaries))
  for (const records of generateDemoRecords({ size, chunkSize: STEP })) {
    await context.store.writeUnsynced((database) => {
      for (const record of records) {
        done += 1
        storeDemoRecord(database, withDaysUpTo(record, today), startedAt - total + done)
      }
    })
    report(context, '载入演示数据', done, total)
    await letOthersGo()
  }
  tellAll(context)
  report(context, '载入演示数据', total, total, true)
  return { count: done }
}

/** `at` differs by one a record, so that the newest first is an order. */
function storeDemoRecord(database: WriteDatabase, record: DemoRecord, at: number): void {
  const register = getRegister(record.register)
  const exists = database.firstOf(`SELECT 1 AS found FROM ${register.table} WHERE id = ?`, record.id)
  if (exists) return
  const next: NewRecordRow = {
    register: record.register,
    id: record.id,
    declarationVersion: register.version,
    status: record.cancellation === null ? 'active' : 'cancelled',
    cancellation: record.cancellation,
    createdAt: at,
    updatedAt: at,
    revision: 1,
    stationCode: '',
    serverSeq: 0,
    pendingOps: 0,
    values: record.values,
  }
  const row = insertRecord(database, next)
  writeNameKeys(
    database,
    record.register,
    row,
    { name: record.values[register.nameField], updatedAt: at, status: next.status },
    true,
  )
}

/**
 * Removes 演示数据 without a trace: records with their name keys, history, audit lines and recents, and the streets and communities
 * that came with them.
 *
 * @throws RequestRefusal `notPossible` while own records refer to demo records: they would point to nothing
 */
export async function removeDemo(
  context: Context,
  dictionariesStored: (names: readonly string[]) => void,
): Promise<{ readonly count: number }> {
  assertNothingRefersToDemo(context.store.read)
  context.store.setCache('large')
  try {
    return await remove(context, dictionariesStored)
  } finally {
    context.store.setCache('usual')
  }
}

async function remove(
  context: Context,
  dictionariesStored: (names: readonly string[]) => void,
): Promise<{ readonly count: number }> {
  const { read } = context.store
  const total = REGISTER_NAMES.reduce((sum, name) => sum + countDemo(read, name), 0)
  let done = 0
  report(context, '移除演示数据', 0, total)
  // What refers comes before what is referred to: a removal that is broken off leaves nothing pointing to nothing.
  for (const name of REGISTERS_BY_REFERENCE.toReversed()) {
    for (;;) {
      const ids = await context.store.writeUnsynced((database) => removeSome(database, name))
      if (ids === 0) break
      done += ids
      report(context, '移除演示数据', done, total)
      await letOthersGo()
    }
  }
  const dictionaries = read.pluck<string>(
    "SELECT DISTINCT dictionary FROM dictionary_entry WHERE origin = 'demo'",
  )
  await context.store.write((database) => {
    database.runOf("DELETE FROM dictionary_entry WHERE origin = 'demo'")
    database.runOf("DELETE FROM audit WHERE act = 'demo.loaded'")
    for (const name of REGISTER_NAMES) {
      database.runOf(
        'DELETE FROM change_log WHERE register = ? AND record_id BETWEEN ? AND ?',
        name,
        FIRST_DEMO_ID,
        LAST_DEMO_ID,
      )
    }
    database.runOf('DELETE FROM audit WHERE record_id BETWEEN ? AND ?', FIRST_DEMO_ID, LAST_DEMO_ID)
    database.runOf('DELETE FROM lookup_recent WHERE code BETWEEN ? AND ?', FIRST_DEMO_ID, LAST_DEMO_ID)
  })
  dictionariesStored(dictionaries)
  tellAll(context)
  report(context, '移除演示数据', total, total, true)
  return { count: done }
}

function removeSome(database: WriteDatabase, name: RegisterName): number {
  const { table } = getRegister(name)
  const ids = database.pluck<string>(
    `SELECT id FROM ${table} WHERE id BETWEEN ? AND ? LIMIT ${STEP}`,
    FIRST_DEMO_ID,
    LAST_DEMO_ID,
  )
  if (ids.length === 0) return 0
  database.runOf(`DELETE FROM ${table} WHERE id IN (SELECT value FROM json_each(?))`, JSON.stringify(ids))
  return ids.length
}

function countDemo(read: ReadDatabase, name: RegisterName): number {
  const { table } = getRegister(name)
  return Number(
    read.pluck<number>(
      `SELECT count(*) FROM ${table} WHERE id BETWEEN ? AND ?`,
      FIRST_DEMO_ID,
      LAST_DEMO_ID,
    )[0],
  )
}

function assertNothingRefersToDemo(read: ReadDatabase): void {
  const own = new Set<string>()
  for (const { table, column, link } of REGISTER_NAMES.flatMap(listReferencesTo)) {
    const pointsToDemo =
      link === null
        ? `${column} BETWEEN ? AND ?`
        : `row IN (SELECT row FROM ${link} WHERE target_id BETWEEN ? AND ?)`
    const ids = read.pluck<string>(
      `SELECT id FROM ${table} WHERE ${pointsToDemo} AND id NOT BETWEEN ? AND ?`,
      FIRST_DEMO_ID,
      LAST_DEMO_ID,
      FIRST_DEMO_ID,
      LAST_DEMO_ID,
    )
    for (const id of ids) if (!isDemoRecordId(id)) own.add(id)
  }
  if (own.size === 0) return
  throw new RequestRefusal(
    'notPossible',
    `有 ${own.size} 条自己录入的记录引用了演示数据中的记录,不能移除演示数据。请先把这些记录改到真实的房屋、单位、人员和协管员。`,
  )
}

function report(context: Context, label: string, done: number, total: number, isFinished = false): void {
  context.emit('work.progress', { label, done, total, isFinished })
}

function tellAll(context: Context): void {
  for (const name of REGISTER_NAMES) context.recordsStored(name, [], 'local')
}

function letOthersGo(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
