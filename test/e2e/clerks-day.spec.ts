import { expect, test, type Page } from '@playwright/test'
import type { FieldValue } from '../../src-shared/fields/field.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import { readDay, type DayRecord } from '../../tools/demo/day.ts'
import { readPaperForms, type PaperField, type PaperForm } from '../../tools/demo/paper-form.ts'
import {
  closeTabs,
  readRecord,
  typeCancellation,
  typeClearance,
  typeModification,
  typeMove,
  typeRecord,
  typeRestoration,
  whoLivesIn,
} from '../support/clerks-day.ts'
import { ask, setUpClient, typeMorning } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'
import { startServerProcess } from '../support/server-process.ts'
import { createTypist } from '../support/typist.ts'

const fixtures = new URL('../fixtures/', import.meta.url).pathname
const day = readDay(`${fixtures}day`)
const { acts } = day
const forms = [...readPaperForms(`${fixtures}forms`), ...day.forms]
const records = [...day.permits, ...day.inspections, ...day.requests]

/** Ids of what was typed: residents by the number of their form, the rest in the order of the fixtures. */
type Stored = {
  readonly residents: ReadonlyMap<number, string>
  readonly records: ReadonlyMap<DayRecord, string>
  readonly employerId: string
}

function paper(number: number, name: string): string {
  return paperField(number, name).paper
}

function paperField(number: number, name: string): PaperField {
  const field = forms.find((form) => form.number === number)?.fields.find((each) => each.field === name)
  if (!field) throw new Error(`form ${number} has no ${name}`)
  return field
}

/** What a field must hold in the record. */
function expectedValue({ stored }: PaperField, known: Stored): unknown {
  if (typeof stored === 'object' && 'demoId' in stored)
    return stored.formNumber === undefined
      ? (stored.demoId ?? known.employerId)
      : known.residents.get(stored.formNumber)
  if (!Array.isArray(stored)) return stored
  // A row also knows which record it has become.
  return stored.map((each) =>
    typeof each === 'string'
      ? each
      : expect.objectContaining({ ...each, minorId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown }),
  )
}

function expectedValues(fields: readonly PaperField[], known: Stored): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.field, expectedValue(field, known)]))
}

/** What became of a form's record after it was saved: changed, corrected, moved. */
function laterValues(form: PaperForm, known: Stored): Record<string, unknown> {
  const moved = acts.moves.find((move) => move.forms.includes(form.number))?.asks ?? []
  const [target, moveIn] = moved
  return {
    ...expectedValues(
      acts.modifications.filter((act) => act.form === form.number).map(({ field }) => field),
      known,
    ),
    ...(target && moveIn
      ? { dwellingId: expectedValue(target, known), moveInDate: expectedValue(moveIn, known) }
      : {}),
  }
}

function withoutEmpty(values: Readonly<Record<string, FieldValue>>): Record<string, FieldValue> {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  )
}

async function compareForms(page: Page, known: Stored): Promise<void> {
  for (const form of forms) {
    const id = known.residents.get(form.number)
    if (id === undefined) continue
    const record = await readRecord(page, 'resident', id)
    const what = `form ${form.number}`
    expect(withoutEmpty(record.values), what).toEqual({
      ...expectedValues(form.fields, known),
      ...laterValues(form, known),
    })
    expect(record.status, what).toBe('active')
    expect(record.uploadState, what).toBe('uploaded')
    await compareMinors(page, form, id, record.values)
  }
}

/** The children named in a form are records of their own, with the home of who brought them. */
async function compareMinors(
  page: Page,
  form: PaperForm,
  guardianId: string,
  guardian: Readonly<Record<string, FieldValue>>,
): Promise<void> {
  const rows = (guardian['accompanyingMinors'] ?? []) as readonly Readonly<Record<string, FieldValue>>[]
  for (const { minorId, ...row } of rows) {
    const minor = await readRecord(page, 'minor', String(minorId))
    expect(withoutEmpty(minor.values), `a child of form ${form.number}`).toEqual({
      ...withoutEmpty(row),
      guardianId,
      dwellingId: guardian['dwellingId'],
      collectorId: guardian['collectorId'],
      collectionDate: guardian['collectionDate'],
      ...(minor.values['moveInDate'] ? { moveInDate: guardian['moveInDate'] } : {}),
    })
    expect(minor.status).toBe('active')
  }
}

/** How the values of a form came, where the paper says so; `Ctrl+D`, `F4` and the pins may bring the others. */
async function compareProvenance(page: Page, known: Stored): Promise<void> {
  const seen = new Set<string>()
  for (const form of forms) {
    const id = known.residents.get(form.number)
    if (id === undefined) continue
    const { provenance } = await readRecord(page, 'resident', id)
    const changed = Object.keys(laterValues(form, known))
    for (const { field, filledBy, sameAsPrevious } of form.fields) {
      if (changed.includes(field)) continue
      const from = provenance[field]?.from
      seen.add(from ?? 'nobody knows')
      const what = `${field} of form ${form.number}`
      // Ctrl+D brings what the household has in common, also where the number says it.
      const copied = sameAsPrevious === true ? ['copied', 'pinned'] : []
      if (filledBy === 'documentNumber') expect(['number', ...copied], what).toContain(from)
      else if (filledBy === 'default') expect(['default', ...copied], what).toContain(from)
      else if (sameAsPrevious !== true && acts.batch.head.every((head) => head.field !== field))
        expect(from, what).toBe('typed')
      else expect(['typed', 'pinned', 'copied', 'default'], what).toContain(from)
    }
  }
  expect([...seen]).toEqual(expect.arrayContaining(['copied', 'default', 'number', 'pinned', 'typed']))
}

async function compareRecords(page: Page, known: Stored): Promise<void> {
  const account = (await ask(page, 'app.state', {})).account?.displayName
  for (const [record, id] of known.records) {
    const stored = await readRecord(page, record.register, id)
    const what = `${record.register} ${record.number}`
    expect(withoutEmpty(stored.values), what).toEqual({
      ...expectedValues(record.fields, known),
      ...record.after,
      ...(record.register === 'residencePermit' ? { acceptedByName: account } : {}),
    })
    expect(stored.labels['stageCode'], what).toBe(record.shownStage)
    expect(stored.uploadState, what).toBe('uploaded')
  }
}

/** Every step and act stands in its record's history on the client where it was made, newest first, with kind and reason. */
async function compareHistories(page: Page, known: Stored): Promise<void> {
  const historyOf = async (register: RegisterName, id: string) =>
    (await ask(page, 'record.history', { register, id })).map(
      ({ act, changeKind, reason, effectiveDate }) => ({
        act,
        changeKind,
        reason,
        effectiveDate,
      }),
    )
  for (const [record, id] of known.records) {
    const lines = await historyOf(record.register, id)
    expect(
      lines.map(({ act }) => act),
      `${record.register} ${record.number}`,
    ).toEqual([...record.steps.map(() => 'changed'), 'created'])
  }
  for (const act of acts.modifications) {
    const [line] = await historyOf('resident', known.residents.get(act.form) ?? '')
    expect(line, `form ${act.form}`).toEqual({
      act: 'changed',
      changeKind: act.kind,
      reason: act.reason,
      effectiveDate: act.effectiveDate,
    })
  }
  for (const { forms: moved, asks } of acts.moves) {
    for (const number of moved) {
      const [line] = await historyOf('resident', known.residents.get(number) ?? '')
      expect(line, `form ${number}`).toMatchObject({
        act: 'changed',
        reason: `整户迁移:${asks.find(({ field }) => field === 'reason')?.paper}`,
      })
    }
  }
  for (const [index, { person, asks }] of acts.cancellations.entries()) {
    const guardian = known.residents.get(person.form) ?? ''
    const { values } = await readRecord(page, 'resident', guardian)
    const [row] = (values['accompanyingMinors'] ?? []) as readonly Readonly<Record<string, FieldValue>>[]
    const id = person.register === 'minor' ? String(row?.['minorId']) : guardian
    const lines = await historyOf(person.register, id)
    expect(lines.slice(0, 2), person.name).toMatchObject([
      { act: 'restored', reason: acts.restorations[index]?.asks[0]?.paper },
      { act: 'cancelled', reason: asks[0]?.paper },
    ])
  }
}

test('a clerk’s day: forty forms in a batch, permits, inspections, requests, moves, and a day that balances', async () => {
  test.setTimeout(900_000)
  const began = Date.now()
  const server = await startServerProcess()
  try {
    const start = await openClient()
    await setUpClient(start, server)
    const { client, typed } = await typeMorning(
      start,
      forms,
      async (window, form) => {
        if (form.number === 9) await window.screenshot('day-batch')
      },
      acts.batch,
    )
    const { page } = client
    const typist = createTypist(page)
    const residents = new Map(
      typed.flatMap(({ form, id }) => (id === null ? [] : [[form.number, id] as const])),
    )
    expect(new Set(residents.values()).size).toBe(39)
    const afterForms = Date.now()
    await closeTabs(typist)

    const ids = new Map<DayRecord, string>()
    for (const record of records) {
      await test.step(`${record.register} ${record.number}`, async () => {
        ids.set(record, await typeRecord(typist, record))
      })
    }
    const afterRecords = Date.now()
    for (const act of acts.modifications)
      await typeModification(typist, act, paper(act.form, 'documentNumber'))
    for (const act of acts.moves) {
      const children = act.forms.flatMap((number) =>
        forms.filter((form) => form.number === number).flatMap((form) => childrenOf(form)),
      )
      const names = [...act.forms.map((number) => paper(number, 'name')), ...children]
      await typeMove(typist, act, paperField(act.forms[0] ?? 0, 'dwellingId'), names)
    }
    for (const act of acts.cancellations) await typeCancellation(typist, act)
    const people = await whoLivesIn(page, acts.clearance.dwellingId)
    expect(await typeClearance(typist, acts.clearance)).toBeGreaterThan(0)
    for (const act of acts.restorations) await typeRestoration(typist, act)
    await client.screenshot('day-acts')

    await typist.press('F9')
    await expect(page.getByText('未上传 0')).toBeVisible({ timeout: 60_000 })

    // 日结: the pile and what was filed beside it, every one with its receipt.
    await typist.press('Control+Shift+j')
    await expect(page.locator('.day-end-verdict')).toContainText('已平')
    await client.screenshot('day-end-of-day')
    await typist.press('Control+Enter')
    await expect(page.locator('.day-end-verdict')).toContainText('已确认')
    const { today } = await ask(page, 'app.state', {})
    const sheet = await ask(page, 'dayEnd.get', { day: today })
    expect(sheet).toMatchObject({ isBalanced: true, confirmation: { isCurrent: true, reason: '' } })
    const pile = sheet.lines.find((line) => line.batchId !== null)
    expect(pile?.differences).toEqual([])
    expect(pile?.numbers).toMatchObject({
      expectedCount: 40,
      savedCount: 39,
      voidCount: 1,
      deferredCount: 0,
      undoneCount: 0,
      storedCount: 39,
      cancelledCount: 0,
      uploadedCount: 39,
      pendingCount: 0,
    })
    const beside = sheet.lines.filter((line) => line.batchId === null)
    expect(beside.reduce((sum, { numbers }) => sum + numbers.uploadedCount, 0)).toBe(records.length + 1)
    const keysDone = Date.now()

    const nested = forms.find((form) => form.nested !== null)?.nested
    const name = nested?.fields.find((field) => field.field === 'name')?.paper ?? ''
    const employers = await ask(page, 'record.query', {
      query: {
        register: 'employer',
        conditions: [{ field: 'name', operator: 'equals', value: name }],
        statuses: ['active'],
        stationCode: null,
        sort: { field: 'updatedAt', direction: 'descending' },
      },
      offset: 0,
      limit: 10,
    })
    expect(employers.rows).toHaveLength(1)
    const known: Stored = { residents, records: ids, employerId: employers.rows[0]?.id ?? '' }
    await compareForms(page, known)
    await compareProvenance(page, known)
    await compareRecords(page, known)
    await compareHistories(page, known)
    for (const each of people)
      expect((await readRecord(page, each.register, each.id)).status).toBe('cancelled')
    expect((await readRecord(page, 'dwelling', acts.clearance.dwellingId)).status).toBe('cancelled')

    // The clerk's own figures, as the clerk sees them.
    const { total } = await ask(page, 'meter.read', {})
    for (const line of total) {
      console.log(
        `${line.register}: ${line.recordCount} records, ${(line.keyCount / line.recordCount).toFixed(0)} keys a record`,
      )
    }
    // The kill may have taken the figures of the last ones before it along, never more than a few.
    expect(total.find(({ register }) => register === 'resident')?.recordCount).toBeGreaterThan(30)

    // A second client gets the same day from the server.
    const second = await openClient()
    await setUpClient(second, server)
    await second.page.keyboard.press('F9')
    await expect
      .poll(async () => (await ask(second.page, 'app.state', {})).counts.resident, { timeout: 60_000 })
      // People of the demo data are each client's own: who moved out of the cleared dwelling still lives there here.
      .toBe(
        (await ask(page, 'app.state', {})).counts.resident +
          people.filter(({ register }) => register === 'resident').length,
      )
    await compareForms(second.page, known)
    await compareRecords(second.page, known)
    await second.close()
    await client.close()
    const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(0)
    console.log(
      `forms ${seconds(began, afterForms)} s, records ${seconds(afterForms, afterRecords)} s, acts and 日结 ${seconds(afterRecords, keysDone)} s, compared and second client ${seconds(keysDone, Date.now())} s`,
    )
  } finally {
    await server.stop()
  }
})

function childrenOf(form: PaperForm): readonly string[] {
  const rows = form.fields.find(({ field }) => field === 'accompanyingMinors')?.stored
  return Array.isArray(rows)
    ? rows.flatMap((row) => (typeof row === 'object' && typeof row['name'] === 'string' ? [row['name']] : []))
    : []
}
