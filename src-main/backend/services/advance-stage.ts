import type { CountOutput } from '../../../src-shared/contract/requests.ts'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { columnName } from '../../../src-shared/fields/columns.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import {
  findStep,
  isDayOfAct,
  listEarlierDays,
  listStepsFrom,
  shownStage,
  type Flow,
  type FlowStep,
} from '../../../src-shared/registers/flow.ts'
import {
  getField,
  stageOf,
  type FlowRegisterName,
  type Register,
  type RuleBreach,
} from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { WriteDatabase } from '../database/database.ts'
import { findRecord, toColumnValue, type RecordRow } from '../queries/record-row.ts'
import { valuesAtStep } from './automatic-values.ts'
import { getRecord } from './change-status.ts'
import { checkAnswers } from './check-values.ts'
import { actorOf, type Context } from './context.ts'
import { labellerFor, titleOf } from './record-labels.ts'
import { refuseByRules, RequestRefusal } from './request-failure.ts'
import { writeEdit } from './write-edit.ts'

export type AdvanceInput = {
  readonly ids: readonly string[]
  readonly step: string
  readonly answers: RecordValues
}

/**
 * Moves one or many records of a register on by one step of its flow, all or none; the history's reason is the step's
 * name. A record that has made this step with these answers already stays as it is and does not count, so that a repeated request is
 * the same request.
 *
 * @throws RequestRefusal `invalidInput` (no such step), `ruleBroken` (answers), `notFound`, `notPossible` (cancelled, or another stage)
 */
export async function advanceRecords(
  context: Context,
  registerName: FlowRegisterName,
  input: AdvanceInput,
): Promise<CountOutput> {
  const register = getRegister(registerName)
  const { flow } = register
  const step = flow && findStep(flow, input.step)
  if (!flow || !step)
    throw new RequestRefusal('invalidInput', `${register.label}没有「${input.step}」这一步!`)
  const answers = checkAnswers(context, step.asks, input.answers)
  const actor = actorOf(context)
  const ids = [...new Set(input.ids)]
  const changed = await context.store.write((database) => {
    const records = ids
      .map((id) => getRecord(database, registerName, id))
      .filter((record) => !hasMadeStep(register, step, record, answers))
    for (const record of records) assertStage(database, context, register, flow, step, record)
    assertAnswersFit(database, context, register, flow, step, records, answers)
    for (const record of records) {
      const values = {
        ...answers,
        ...valuesAtStep(context, database, register, record, step, answers),
        [flow.field]: step.to,
      }
      writeEdit(database, actor, {
        register,
        recordId: record.id,
        current: record,
        kind: 'set',
        act: 'changed',
        fields: changedValues(record, values),
        cancellation: null,
        reason: step.label,
      })
    }
    return records.map((record) => record.id)
  })
  if (changed.length > 0) context.recordsStored(registerName, changed, 'local')
  return { count: changed.length, savedAt: actor.at }
}

function hasMadeStep(register: Register, step: FlowStep, record: RecordRow, answers: RecordValues): boolean {
  return (
    record.status === 'active' &&
    stageOf(register, record.values) === step.to &&
    Object.entries(answers).every(([name, value]) => areEqualValues(record.values[name], value))
  )
}

function changedValues(record: RecordRow, values: RecordValues): RecordValues {
  const fields: Record<string, FieldValue> = {}
  for (const [name, value] of Object.entries(values))
    if (!areEqualValues(record.values[name], value)) fields[name] = value
  return fields
}

function nameOf(database: WriteDatabase, context: Context, register: Register, record: RecordRow): string {
  const { labelOf } = labellerFor(database, context.dictionaries, register, [record.values])
  return titleOf(register, record.values, labelOf)
}

function assertStage(
  database: WriteDatabase,
  context: Context,
  register: Register,
  flow: Flow,
  step: FlowStep,
  record: RecordRow,
): void {
  const stage = stageOf(register, record.values)
  const isActive = record.status === 'active'
  if (isActive && stage !== null && step.from.includes(stage)) return
  const name = nameOf(database, context, register, record)
  if (!isActive)
    throw new RequestRefusal(
      'notPossible',
      `${register.label}「${name}」已注销,不能办理「${step.label}」。请先恢复。`,
    )
  const field = getField(register, flow.field)
  const shown = shownStage(flow, record.values, context.clock.today())
  const stageName =
    field.kind === 'code' && shown !== null ? context.dictionaries.labelOf(field.dictionary, shown) : ''
  const possible = listStepsFrom(flow, stage).map(({ label }) => `「${label}」`)
  throw new RequestRefusal(
    'notPossible',
    `${register.label}「${name}」现为「${stageName}」,不能办理「${step.label}」。${
      possible.length > 0 ? `现在可以办理:${possible.join('、')}。` : '该记录已办结,没有下一步。'
    }`,
  )
}

/** What the answers say must fit each record: days in their order, numbers that only one record has, the register's rules. */
function assertAnswersFit(
  database: WriteDatabase,
  context: Context,
  register: Register,
  flow: Flow,
  step: FlowStep,
  records: readonly RecordRow[],
  answers: RecordValues,
): void {
  const breaches: RuleBreach[] = []
  const add = (breach: RuleBreach): void => {
    if (!breaches.some((each) => each.field === breach.field)) breaches.push(breach)
  }
  for (const name of Object.keys(step.own ?? {}))
    if (records.length > 1) add({ field: name, message: `${labelOf(name)}:每条记录各有一个,请逐条办理!` })
  for (const record of records) {
    const which = records.length > 1 ? `(${nameOf(database, context, register, record)})` : ''
    for (const breach of findEarlyDays(register, flow, step, record.values, answers))
      add({ ...breach, message: `${breach.message}${which}!` })
    for (const [name, { unlessSame }] of Object.entries(step.own ?? {})) {
      const other = findOther(database, register, record, name, answers[name] ?? null, unlessSame)
      if (other)
        add({
          field: name,
          message: `${labelOf(name)}:该编号已用于「${nameOf(database, context, register, other)}」,请核对!`,
        })
    }
    const values = { ...record.values, ...answers, [flow.field]: step.to }
    for (const rule of register.rules)
      for (const breach of rule.check(values, { today: context.clock.today() }))
        if (Object.hasOwn(step.asks, breach.field)) add({ ...breach, message: `${breach.message}${which}` })
  }
  if (breaches.length === 0) return
  const order = Object.keys(step.asks)
  throw refuseByRules(breaches.toSorted((a, b) => order.indexOf(a.field) - order.indexOf(b.field)))

  function labelOf(name: string): string {
    return step.asks[name]?.label ?? name
  }
}

/** Answered days that lie before what came earlier: the beginning, the days of earlier steps, and for a day ahead the act itself. */
function findEarlyDays(
  register: Register,
  flow: Flow,
  step: FlowStep,
  values: RecordValues,
  answers: RecordValues,
): readonly RuleBreach[] {
  const begins = flow.begins
    .flatMap((name) => dayOf(name, values[name]))
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))
    .slice(0, 1)
  const earlier = listEarlierDays(flow, step).flatMap((name) => dayOf(name, values[name]))
  return Object.entries(step.asks).flatMap(([name, field]) => {
    const answer = answers[name]
    if (field.kind !== 'date' || typeof answer !== 'string') return []
    const own = isDayOfAct(field)
      ? []
      : Object.entries(step.asks).flatMap(([each, asked]) =>
          isDayOfAct(asked) ? dayOf(each, answers[each]) : [],
        )
    // Of days that are the same the nearest step's is named.
    const latest = [...begins, ...earlier, ...own]
      .filter(({ day }) => answer < day)
      .toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
      .at(-1)
    return latest ? [{ field: name, message: `${field.label}:不能早于${latest.label} ${latest.day}` }] : []
  })

  function dayOf(
    name: string,
    value: FieldValue | undefined,
  ): readonly { readonly label: string; readonly day: string }[] {
    if (typeof value !== 'string') return []
    return [{ label: (step.asks[name] ?? getField(register, name)).label, day: value }]
  }
}

/** Another record with the same answer, which is not of the same person. */
function findOther(
  database: WriteDatabase,
  register: Register,
  record: RecordRow,
  name: string,
  value: FieldValue,
  unlessSame: string,
): RecordRow | undefined {
  const same = columnName(unlessSame)
  const [id] = database.pluck<string>(
    `SELECT id FROM ${register.table} WHERE ${columnName(name)} = ? AND id <> ? AND ${same} IS NOT ? LIMIT 1`,
    toColumnValue(getField(register, name), value),
    record.id,
    toColumnValue(getField(register, unlessSame), record.values[unlessSame]),
  )
  return id === undefined ? undefined : findRecord(database, register.name, id)
}
