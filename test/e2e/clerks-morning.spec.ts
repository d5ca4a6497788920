import { expect, test, type Page } from '@playwright/test'
import type { FieldValue } from '../../src-shared/fields/field.ts'
import { readPaperForms, type PaperForm } from '../../tools/demo/paper-form.ts'
import { ask, setUpClient, typeMorning } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'
import { startServerProcess } from '../support/server-process.ts'

const forms = readPaperForms(new URL('../fixtures/forms/', import.meta.url).pathname)

/** The values a form's record must hold; the new employer's id is known only afterwards. */
function expectedValues(form: PaperForm, employerId: string | undefined): Record<string, unknown> {
  return Object.fromEntries(
    form.fields.map(({ field, stored }) => {
      if (typeof stored === 'object' && 'demoId' in stored)
        return [field, stored.demoId ?? employerId ?? null]
      // A row also knows which record it has become.
      if (Array.isArray(stored))
        return [
          field,
          stored.map((each) => (typeof each === 'string' ? each : expect.objectContaining(each))),
        ]
      return [field, stored as FieldValue]
    }),
  )
}

async function compareWithForms(page: Page, ids: ReadonlyMap<number, string>): Promise<void> {
  const employers = await ask(page, 'record.query', {
    query: {
      register: 'employer',
      conditions: [{ field: 'name', operator: 'equals', value: newEmployerName() }],
      statuses: ['active'],
      stationCode: null,
      sort: { field: 'updatedAt', direction: 'descending' },
    },
    offset: 0,
    limit: 10,
  })
  expect(employers.rows).toHaveLength(1)
  const employerId = employers.rows[0]?.id
  for (const form of forms) {
    const id = ids.get(form.number)
    if (id === undefined) continue
    const record = await ask(page, 'record.get', { register: 'resident', id, purpose: 'show' })
    expect(withoutEmpty(record.values), `form ${form.number}`).toEqual(expectedValues(form, employerId))
    expect(record.uploadState, `form ${form.number}`).toBe('uploaded')
  }
}

function newEmployerName(): string {
  const nested = forms.find((form) => form.nested !== null)?.nested
  return nested?.fields.find((field) => field.field === 'name')?.paper ?? ''
}

function withoutEmpty(values: Readonly<Record<string, FieldValue>>): Record<string, FieldValue> {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  )
}

test("a clerk's morning: thirty paper forms by keys, synced, and shown by a second client", async () => {
  test.setTimeout(900_000)
  const server = await startServerProcess()
  try {
    const start = await openClient()
    await setUpClient(start, server)
    const { client, typed } = await typeMorning(start, forms, async (window, form) => {
      if (form.number === 9 || form.number === 11) await window.screenshot(`entry-batch-${form.number}`)
    })
    const { page } = client
    const saved = new Map(typed.flatMap(({ form, id }) => (id === null ? [] : [[form.number, id] as const])))
    expect(saved.size).toBe(29)
    expect(new Set(saved.values()).size).toBe(29)

    await page.keyboard.press('F9')
    await expect(page.getByText('未上传 0')).toBeVisible({ timeout: 60_000 })
    await compareWithForms(page, saved)

    const second = await openClient()
    await setUpClient(second, server)
    await second.page.keyboard.press('F9')
    await expect
      .poll(async () => (await ask(second.page, 'app.state', {})).counts.resident, { timeout: 60_000 })
      .toBe((await ask(page, 'app.state', {})).counts.resident)
    await compareWithForms(second.page, saved)
    await second.close()
    await client.close()
  } finally {
    await server.stop()
  }
})
