import { TODO_KINDS } from '../../../src-shared/contract/todo-kinds.ts'
import type { TodoCount, TodoKind, TodoPage, TodoRow } from '../../../src-shared/contract/types.ts'
import { displayValue } from '../../../src-shared/fields/display.ts'
import { addWorkingDays } from '../../../src-shared/regions/working-days.ts'
import { shownStage } from '../../../src-shared/registers/flow.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { addDays } from '../../../src-shared/values/calendar-date.ts'
import { listDrafts } from '../queries/drafts.ts'
import type { QueryRunner } from '../queries/query-runner.ts'
import { toRecordRow } from '../queries/record-row.ts'
import {
  DATED_TODO_KINDS,
  dueCountsQuery,
  dueRowsQuery,
  TODO_LIMIT,
  type DatedTodoKind,
  type DaySpan,
} from '../queries/todo.ts'
import { localDayOf } from './clock.ts'
import { listConflicts, type Page } from './conflicts.ts'
import type { Context } from './context.ts'
import { countDuplicates, listDuplicates } from './duplicates.ts'
import { labellerFor, titleOf } from './record-labels.ts'
import { maskerFor } from './shown-records.ts'
import { countQueue, listQueue } from './sync-queue.ts'

/** What is due this many working days ahead is told already: time to act is left. */
const WORKING_DAYS_AHEAD = 3
/** A lease that ends within this many days. */
const LEASE_DAYS = 30
/** What is past its day for longer than this is no work of today; queries find it. */
const DAYS_BACK = 366

const REGISTER_OF: Readonly<Record<DatedTodoKind, RegisterName>> = {
  permitEnding: 'residencePermit',
  permitInProcess: 'residencePermit',
  leaseEnding: 'lease',
  hazard: 'inspection',
  serviceRequest: 'serviceRequest',
}
const DAY_OF: Readonly<Record<DatedTodoKind, string>> = {
  permitEnding: 'validUntilDate',
  permitInProcess: 'dueDate',
  leaseEnding: 'endDate',
  hazard: 'rectifyByDate',
  serviceRequest: 'dueDate',
}
/** What a row says beside its title. */
const DETAILS_OF: Readonly<Record<DatedTodoKind, readonly string[]>> = {
  permitEnding: ['permitNumber', 'permitTermCode'],
  permitInProcess: ['stageCode', 'acceptanceDate'],
  leaseEnding: ['lesseeIds'],
  hazard: ['stageCode', 'hazardCodes'],
  serviceRequest: ['stageCode', 'content'],
}

export type Todo = {
  /** Records were stored: what was counted before is out of date. */
  readonly invalidate: () => void
  readonly counts: (input: { readonly withinDays: number }) => Promise<readonly TodoCount[]>
  readonly list: (input: Page & { readonly kind: TodoKind; readonly withinDays: number }) => Promise<TodoPage>
}

/** What is due, counted and listed on the query threads: nothing of it makes a save wait. */
export function createTodo(context: Context, runner: QueryRunner): Todo {
  const { read } = context.store

  function spanOf(kind: DatedTodoKind, withinDays: number): DaySpan {
    const today = context.clock.today()
    const from = addDays(today, -DAYS_BACK)
    switch (kind) {
      case 'permitEnding':
        return { from, to: addDays(today, withinDays) }
      case 'leaseEnding':
        return { from: today, to: addDays(today, LEASE_DAYS) }
      case 'permitInProcess':
      case 'hazard':
      case 'serviceRequest':
        return { from, to: addWorkingDays(context.regions.holidays, today, WORKING_DAYS_AHEAD) }
    }
  }
  /** Counts by kind and days, kept until a record is stored: a list asks for its own with every page. */
  let known = new Map<string, Promise<Int32Array>>()
  async function countDated(kind: DatedTodoKind, withinDays: number): Promise<TodoCount> {
    const span = spanOf(kind, withinDays)
    const signature = `${kind} ${span.from} ${span.to}`
    const counted =
      known.get(signature) ??
      runner.numbers(dueCountsQuery(kind, span, context.clock.today()), 'scan').catch((error: unknown) => {
        known.delete(signature)
        throw error
      })
    known.set(signature, counted)
    const [total = 0, late = 0] = await counted
    return { kind, total, late }
  }

  function countOther(kind: Exclude<TodoKind, DatedTodoKind>): TodoCount {
    switch (kind) {
      case 'setAside':
        return { kind, total: countQueue(read).setAside, late: 0 }
      case 'conflict':
        return { kind, total: listConflicts(context, { offset: 0, limit: 1 }).total, late: 0 }
      case 'duplicate':
        return { kind, total: countDuplicates(read), late: 0 }
      case 'draft':
        return { kind, total: rootDrafts().length, late: 0 }
    }
  }
  /** A form that 新增… opened over another one comes back with that one. */
  function rootDrafts() {
    const drafts = listDrafts(read)
    return drafts.filter(
      ({ openedFrom }) => openedFrom === null || !drafts.some((each) => each.id === openedFrom.draftId),
    )
  }

  async function listDated(kind: DatedTodoKind, withinDays: number, page: Page): Promise<TodoPage> {
    const span = spanOf(kind, withinDays)
    const numbers = await runner.numbers(dueRowsQuery(kind, span, page.limit, page.offset), 'page')
    const { total } = await countDated(kind, withinDays)
    const register = getRegister(REGISTER_OF[kind])
    const records = new Map(
      read
        .allOf(
          `SELECT * FROM ${register.table} WHERE row IN (SELECT value FROM json_each(?))`,
          JSON.stringify([...numbers]),
        )
        .map((each) => toRecordRow(register, each))
        .map((record) => [record.row, record]),
    )
    const found = [...numbers].flatMap((row) => records.get(row) ?? [])
    const { labelOf } = labellerFor(
      read,
      context.dictionaries,
      register,
      found.map((record) => record.values),
    )
    const mask = maskerFor(context)
    const today = context.clock.today()
    const rows = found.map(({ id, values }): TodoRow => {
      const parts = DETAILS_OF[kind].map((name) => {
        const field = register.fields[name]
        const value = register.flow?.field === name ? shownStage(register.flow, values, today) : values[name]
        return field ? mask(register, name, displayValue(field, value, labelOf)) : ''
      })
      const day = String(values[DAY_OF[kind]] ?? '')
      return {
        id,
        register: register.name,
        recordId: id,
        day,
        isLate: day < today,
        title: titleOf(register, values, labelOf),
        detail: parts.filter((part) => part !== '').join(' · '),
      }
    })
    return { rows, total }
  }

  function listOther(kind: Exclude<TodoKind, DatedTodoKind>, page: Page): TodoPage {
    switch (kind) {
      case 'setAside': {
        const queue = listQueue(context, { state: 'setAside', ...page })
        const rows = queue.rows.map((row): TodoRow => ({
          id: String(row.n),
          register: row.register,
          recordId: row.recordId,
          day: localDayOf(row.createdAt),
          isLate: false,
          title: row.title,
          detail: `${row.act} · ${row.reason}`,
        }))
        return { rows, total: Math.min(queue.total, TODO_LIMIT) }
      }
      case 'conflict': {
        const { rows, total } = listConflicts(context, page)
        return {
          rows: rows.map((row) => ({
            id: row.id,
            register: row.register,
            recordId: row.recordId,
            day: row.lost.at === null ? '' : localDayOf(row.lost.at),
            isLate: false,
            title: row.title,
            detail: `「${row.label}」有不同的值`,
          })),
          total: Math.min(total, TODO_LIMIT),
        }
      }
      case 'duplicate': {
        const { rows, total } = listDuplicates(context, page)
        return {
          rows: rows.map(({ register, left, right }) => ({
            id: `${left.id} ${right.id}`,
            register,
            recordId: right.id,
            day: localDayOf(Math.max(left.createdAt, right.createdAt)),
            isLate: false,
            title: right.title,
            detail: `与「${left.title}」相同`,
          })),
          total: Math.min(total, TODO_LIMIT),
        }
      }
      case 'draft': {
        const drafts = rootDrafts()
        const rows = drafts.slice(page.offset, page.offset + page.limit).map((draft): TodoRow => {
          const register = getRegister(draft.register)
          const filled = Object.values(draft.inputs).filter((input) => input.text !== '').length
          return {
            id: draft.id,
            register: draft.register,
            recordId: draft.recordId,
            day: localDayOf(draft.updatedAt),
            isLate: false,
            title: draft.inputs[register.nameField]?.text || '(未填名称)',
            detail: `已填 ${filled} 项`,
          }
        })
        return { rows, total: drafts.length }
      }
    }
  }

  return {
    invalidate: () => {
      known = new Map()
    },
    counts: async ({ withinDays }) => {
      const counts: TodoCount[] = []
      // One after another: a query the clerk waits for comes in between.
      for (const kind of TODO_KINDS)
        counts.push(isDated(kind) ? await countDated(kind, withinDays) : countOther(kind))
      return counts
    },
    list: async ({ kind, withinDays, offset, limit }) =>
      isDated(kind)
        ? await listDated(kind, withinDays, { offset, limit })
        : listOther(kind, { offset, limit }),
  }
}

function isDated(kind: TodoKind): kind is DatedTodoKind {
  return DATED_TODO_KINDS.some((each) => each === kind)
}
