import type {
  AuditConditions,
  AuditPage,
  AuditRow,
  AuditState,
} from '../../../src-shared/contract/audit-types.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { addDays } from '../../../src-shared/values/calendar-date.ts'
import type { SqlRow } from '../database/database.ts'
import { auditCountQuery, auditLinesQuery, auditPeopleQuery, type AuditFilter } from '../queries/audit-log.ts'
import type { QueryRunner } from '../queries/query-runner.ts'
import { describeDetail, findRegisterOf, labelOfAct, listActsOf } from './audit-words.ts'
import { localDayOf, startOfLocalDay } from './clock.ts'
import { actorOf, type Context } from './context.ts'
import { namerFor } from './names.ts'
import { RequestRefusal } from './request-failure.ts'
import { nameRecords } from './shown-records.ts'
import { asCell, chooseRows } from './tabbed-text.ts'
import { writeAudit } from './write-audit.ts'

/** Results kept as line numbers: one of half a million lines takes 2 MB. */
const RESULT_LIMIT = 4
/** A page up to this line is read on its own, without the whole result. */
const FIRST_LINES = 500
const COPY_LIMIT = 100_000
/** Lines of a copy are read in steps of this size, so that a save comes in between. */
const COPY_STEP = 500

type Asked = { readonly conditions: AuditConditions; readonly newest: number }

/** 操作日志: who did what, when. Lines are added by acts and by nothing else; there is no request that changes or removes one. */
export type AuditLog = {
  readonly state: (input: { readonly record: RecordKey | null }) => Promise<AuditState>
  readonly list: (input: Asked & { readonly offset: number; readonly limit: number }) => Promise<AuditPage>
  /** The lines as tab-separated text with a header line; the copy is a line itself. */
  readonly copy: (
    input: Asked & { readonly ranges: readonly (readonly [number, number])[] },
  ) => Promise<{ readonly text: string; readonly count: number }>
  /** Lines were removed with the demo data: results read before are out of date. */
  readonly forget: () => void
}

type RecordKey = { readonly register: RegisterName; readonly id: string }

/**
 * What was asked with the newest line's number stays the same result, however many lines come after it. It is read as line numbers on
 * a query thread, so that a page deep in the log costs what the first one does, and no save waits.
 */
export function createAuditLog(context: Context, runner: QueryRunner): AuditLog {
  const { read } = context.store
  const results = new Map<string, Promise<Int32Array>>()
  const counts = new Map<number, Promise<Int32Array>>()
  /** Who stands in the log up to a line: only what came after it is looked through again. */
  let seen = { upTo: 0, accountNames: new Set<string>() }

  /** Nothing narrows the list: then its first lines need not wait until all others are read. */
  async function countAll(newest: number): Promise<number> {
    const counting = counts.get(newest) ?? runner.numbers(auditCountQuery(newest), 'scan')
    counts.set(newest, counting)
    counting.catch(() => counts.delete(newest))
    for (const oldest of counts.keys()) {
      if (counts.size <= RESULT_LIMIT) break
      counts.delete(oldest)
    }
    return (await counting)[0] ?? 0
  }

  async function listPeople(newest: number): Promise<readonly string[]> {
    const { upTo, accountNames } = seen
    const lines = await runner.numbers(auditPeopleQuery(upTo), 'page')
    const later = read.pluck<string>(
      'SELECT account_name FROM audit WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify([...lines]),
    )
    seen = { upTo: newest, accountNames: new Set([...accountNames, ...later]) }
    return [...seen.accountNames]
  }

  function linesOf({ conditions, newest }: Asked): Promise<Int32Array> {
    const signature = JSON.stringify([conditions, newest])
    const known = results.get(signature)
    if (known) return known
    const reading = runner.numbers(auditLinesQuery(filterOf(conditions), newest, null), 'scan')
    results.set(signature, reading)
    reading.catch(() => results.delete(signature))
    for (const oldest of results.keys()) {
      if (results.size <= RESULT_LIMIT) break
      results.delete(oldest)
    }
    return reading
  }

  /** Lines of these numbers in their order; one that went with the demo data is said to have gone. */
  function rowsOf(lines: Int32Array): readonly AuditRow[] {
    const found = new Map<number, SqlRow>()
    for (const row of read.allOf(
      'SELECT * FROM audit WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify([...lines]),
    ))
      found.set(Number(row['id']), row)
    const names = namerFor(read)
    const keys = [...found.values()].flatMap((row) => {
      const register = findRegisterOf(String(row['register']))
      const recordId = String(row['record_id'])
      return register && recordId !== '' ? [{ register: register.name, recordId }] : []
    })
    const records = nameRecords(context, read, keys)
    return [...lines].map((id): AuditRow => {
      const row = found.get(id)
      if (!row) return { ...EMPTY_ROW, id, detail: '已随演示数据移除' }
      const registerName = String(row['register'])
      const register = findRegisterOf(registerName)
      const recordId = String(row['record_id'])
      const record = register && recordId !== '' ? records.find(register.name, recordId) : undefined
      const isHere = record?.status === 'active' || record?.status === 'cancelled'
      const act = String(row['act'])
      const accountName = String(row['account_name'])
      return {
        id,
        at: Number(row['at']),
        person: personOf(names, accountName),
        station: names.station(String(row['station_code'])),
        act: labelOfAct(act),
        registerLabel: register?.label ?? '',
        title: recordId === '' ? '' : titleOf(record),
        detail: describeDetail(act, registerName, String(row['detail'])),
        record: register && isHere ? { register: register.name, id: recordId } : null,
      }
    })
  }

  return {
    state: async ({ record }) => {
      const newest = Number(read.pluck<number>('SELECT coalesce(max(id), 0) FROM audit')[0])
      const names = namerFor(read)
      const people = (await listPeople(newest))
        .map((accountName) => ({ accountName, name: personOf(names, accountName) }))
        .toSorted((a, b) => a.name.localeCompare(b.name, 'zh-CN'))
      const named =
        record === null
          ? undefined
          : nameRecords(context, read, [{ register: record.register, recordId: record.id }]).find(
              record.register,
              record.id,
            )
      return { newest, people, title: named === undefined ? null : named.title }
    },
    list: async ({ offset, limit, ...asked }) => {
      if (offset + limit > FIRST_LINES || !isWhole(asked.conditions)) {
        const lines = await linesOf(asked)
        return { rows: rowsOf(lines.subarray(offset, offset + limit)), total: lines.length }
      }
      const [lines, total] = await Promise.all([
        runner.numbers(auditLinesQuery(filterOf(asked.conditions), asked.newest, offset + limit), 'page'),
        countAll(asked.newest),
      ])
      return { rows: rowsOf(lines.subarray(offset)), total }
    },
    copy: async ({ ranges, ...asked }) => {
      const chosen = chooseRows(await linesOf(asked), ranges)
      if (chosen.length > COPY_LIMIT)
        throw new RequestRefusal(
          'notPossible',
          `选中了 ${chosen.length} 行,一次最多复制 ${COPY_LIMIT} 行,请减少选择。`,
        )
      const text = ['时间', '操作员', '服务站', '操作', '登记簿', '记录', '内容'].join('\t')
      const lines = [text]
      for (let start = 0; start < chosen.length; start += COPY_STEP) {
        for (const row of rowsOf(chosen.subarray(start, start + COPY_STEP)))
          lines.push(
            [formatSecond(row.at), row.person, row.station, row.act, row.registerLabel, row.title, row.detail]
              .map(asCell)
              .join('\t'),
          )
        await new Promise((resolve) => setImmediate(resolve))
      }
      const count = lines.length - 1
      await context.store.write((database) =>
        writeAudit(database, actorOf(context), 'audit.copied', '', '', { count }),
      )
      return { text: lines.map((line) => `${line}\r\n`).join(''), count }
    },
    forget: () => {
      results.clear()
      counts.clear()
      seen = { upTo: 0, accountNames: new Set() }
    },
  }
}

const EMPTY_ROW: Omit<AuditRow, 'id'> = {
  at: 0,
  person: '',
  station: '',
  act: '',
  registerLabel: '',
  title: '',
  detail: '',
  record: null,
}

function isWhole(conditions: AuditConditions): boolean {
  return Object.values(conditions).every((value) => value === null)
}

function filterOf(conditions: AuditConditions): AuditFilter {
  const { from, to, accountName, group, register, recordId } = conditions
  return {
    from: from === null ? null : startOfLocalDay(from),
    to: to === null ? null : startOfLocalDay(addDays(to, 1)) - 1,
    accountName,
    acts: group === null ? null : listActsOf(group),
    register,
    recordId,
  }
}

/** A record that is merged or deleted says so: its details cannot be opened. */
function titleOf(record: ReturnType<ReturnType<typeof nameRecords>['find']>): string {
  if (!record) return '已不在本机'
  if (record.status === 'merged') return `${record.title}(已合并)`
  if (record.status === 'deleted') return `${record.title}(已删除)`
  return record.title
}

function personOf(names: ReturnType<typeof namerFor>, accountName: string): string {
  return accountName === '' ? '本机操作员' : names.person(accountName)
}

function formatSecond(at: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${localDayOf(at)} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
