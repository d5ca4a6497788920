import type { Page } from '@playwright/test'
import type { LabelledRecord } from '../../src-shared/contract/types.ts'
import type { RequestInput, RequestName, RequestOutput } from '../../src-shared/contract/requests.ts'
import type { RequestResult } from '../../src-shared/contract/errors.ts'
import type { PageDoor } from '../../src-shared/contract/page-door.ts'
import type { PaperField, PaperForm } from '../../tools/demo/paper-form.ts'
import { openClient, type ClientWindow } from './client-window.ts'
import { createTypist, readFocused, typeAsked, typeFields, type KeyCount, type Typist } from './typist.ts'

/** Asks the backend through the page's own door: for comparing what is stored, never for doing the clerk's work. */
export async function ask<Name extends RequestName>(
  page: Page,
  name: Name,
  input: RequestInput<Name>,
): Promise<RequestOutput<Name>> {
  const result = (await page.evaluate(
    (request) =>
      (globalThis as unknown as { readonly jufutong: PageDoor }).jufutong.call(request.name, request.input),
    { name: name as string, input: input as unknown },
  )) as RequestResult<RequestOutput<Name>>
  if (!result.ok) throw new Error(`${name}: ${result.error.code} ${result.error.message}`)
  return result.output
}

/** Goes through the first run by keys: server, account, demo data. Ends on the home page, signed in. */
export async function setUpClient(
  client: ClientWindow,
  server: { port: number; accountName: string; password: string },
): Promise<void> {
  const { page } = client
  const typist = createTypist(page)
  await page.getByRole('radio', { name: /单机模式/ }).waitFor()
  await page.getByRole('radio', { name: /单机模式/ }).focus()
  await typist.press('ArrowDown')
  await page.getByLabel('服务器IP').waitFor()
  // 导入入网文件… comes first.
  await typist.press('Tab')
  await typist.press('Tab')
  await typist.freeText('127.0.0.1')
  await typist.press('Tab')
  await typist.press('Control+a')
  await typist.freeText(String(server.port))
  // A server on this machine has no certificate.
  await typist.press('Tab')
  await typist.press('Space')
  await typist.press('Enter')
  await page.getByLabel('账号', { exact: true }).first().waitFor()
  await page.waitForFunction(() => document.activeElement instanceof HTMLInputElement)
  await typist.freeText(server.accountName)
  await typist.press('Tab')
  await typist.freeText(server.password)
  await typist.press('Enter')
  const load = page.getByRole('button', { name: '装入演示数据' })
  await load.waitFor()
  await load.focus()
  await typist.press('Enter')
  await page.getByRole('button', { name: '已装入演示数据' }).waitFor({ timeout: 60_000 })
  const begin = page.getByRole('button', { name: '开始使用', disabled: false })
  await begin.waitFor()
  await begin.focus()
  await typist.press('Enter')
  await page.getByRole('region', { name: '首次使用' }).waitFor({ state: 'detached' })
}

/** What typing one form took, and the id of the record it became; null where nothing was to be saved. */
export type TypedForm = { readonly form: PaperForm; readonly id: string | null; readonly count: KeyCount }

export type Morning = { readonly client: ClientWindow; readonly typed: readonly TypedForm[] }

/** A pile that is a batch of the day: its head, and why a form in it that registers nobody is void. */
export type PileOfBatch = { readonly head: readonly PaperField[]; readonly voidReason: string }

/**
 * Types the whole pile by keys, one batch, as the forms lie. The client is killed and opened again where a form says so.
 * @param onForm called after each form with the window as it is then
 */
export async function typeMorning(
  start: ClientWindow,
  forms: readonly PaperForm[],
  onForm: (client: ClientWindow, form: PaperForm) => Promise<void> = () => Promise.resolve(),
  batch?: PileOfBatch,
): Promise<Morning> {
  let client = start
  let typist = createTypist(client.page)
  if (batch) await openBatch(typist, batch.head)
  else await openEntry(client.page)
  const typed: TypedForm[] = []
  for (const form of forms) {
    const before = typist.count()
    let lost: KeyCount = { keys: 0, freeText: 0 }
    try {
      if (form.interruptedAfter !== null) {
        client = await typeInterrupted(client, typist, form)
        lost = difference(typist.count(), before)
        typist = createTypist(client.page)
        await typeForm(typist, restOf(form))
      } else if (form.duplicateOf !== null) {
        await typeDuplicate(typist, form, batch?.voidReason)
      } else {
        await typeForm(typist, form)
      }
    } catch (error) {
      // A window that is gone has no picture; the error below says what happened.
      await client.screenshot(`morning-failed-${form.number}`).catch(() => undefined)
      throw new Error(`form ${form.number}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    }
    const id = form.duplicateOf === null ? await saveAndNew(typist, typed) : null
    const now = typist.count()
    typed.push({
      form,
      id,
      count:
        form.interruptedAfter === null
          ? difference(now, before)
          : { keys: now.keys + lost.keys, freeText: now.freeText + lost.freeText },
    })
    await onForm(client, form)
  }
  return { client, typed }
}

function difference(after: KeyCount, before: KeyCount): KeyCount {
  return { keys: after.keys - before.keys, freeText: after.freeText - before.freeText }
}

/** Opens 新增流动人员 by its menu and waits for the focus in the first field. */
export async function openEntry(page: Page): Promise<void> {
  await page.keyboard.press('Alt+p')
  await page.getByRole('menuitem', { name: /新增流动人员/ }).waitFor()
  await page.keyboard.press('Enter')
  await waitForField(page, 'documentTypeCode')
}

/** Opens a batch of 流动人员 by its head and waits for the first empty form. */
async function openBatch(typist: Typist, head: readonly PaperField[]): Promise<void> {
  const { page } = typist
  await typist.press('Control+Shift+b')
  await page.getByRole('combobox', { name: '登记簿' }).waitFor()
  await page.waitForFunction(() => document.activeElement instanceof HTMLSelectElement)
  await typist.press('Enter')
  await waitForField(page, 'communityCode')
  await typeAsked(typist, head)
  await typist.press('Control+Enter')
  await waitForField(page, 'documentTypeCode')
}

export async function waitForField(page: Page, field: string): Promise<void> {
  await page.waitForFunction((name) => document.activeElement?.id.endsWith(`-${name}`), field)
}

async function typeForm(typist: Typist, form: PaperForm): Promise<void> {
  await typeFields(typist, form.fields, {
    async instead(field) {
      if (form.slip?.field === field.field) {
        await typeSlip(typist, form.slip.keys, field)
        return true
      }
      if (form.nested?.openedFrom === field.field) {
        await typeNested(typist, form.nested.fields, field)
        return true
      }
      if (field.kind === 'list') {
        await typeRows(typist, field)
        return true
      }
      return false
    },
    async after(field) {
      // What the household has in common comes from the form before, in one stroke.
      if (form.isFurtherMember && field.field === 'documentNumber') await typist.press('Control+d')
      return false
    },
  })
}

/** The number is typed as the paper has it, refused at the 18th character, and typed again as the card has it. */
async function typeSlip(typist: Typist, wrongKeys: string, field: PaperField): Promise<void> {
  const { page } = typist
  await typist.letters(wrongKeys)
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true')
  const reason = await page.evaluate(
    () =>
      document.getElementById(document.activeElement?.getAttribute('aria-describedby') ?? '')?.textContent ??
      '',
  )
  if (!reason.includes('校验码不对')) throw new Error(`the mark of a wrong check digit says 「${reason}」`)
  await typist.press('Control+a')
  await typist.letters(field.keys ?? '')
  await typist.press('Enter')
}

/** 新增… inside 工作单位: the employer's own form in place, then back with the new entry chosen. */
async function typeNested(typist: Typist, fields: readonly PaperField[], field: PaperField): Promise<void> {
  const { page } = typist
  const outer = await readFocused(page)
  await typist.press('Control+n')
  await waitForField(page, 'name')
  await page.waitForFunction((id) => document.activeElement?.id !== id, outer.id)
  await typeFields(typist, fields)
  await typist.press('Control+s')
  await waitForField(page, field.field)
  const { text } = await readFocused(page)
  const { title } = field.stored as { readonly title: string }
  if (!text.includes(title))
    throw new Error(`${field.label} should hold the new ${title}, but holds 「${text}」`)
  await typist.press('Enter')
}

/** Rows of a sub-list, each typed like a small form. */
async function typeRows(typist: Typist, field: PaperField): Promise<void> {
  const { page } = typist
  await typist.press('Space')
  for (const row of field.paper.split('; ')) {
    for (const keys of row.split(' ')) {
      const { id } = await readFocused(page)
      if (/^[\x20-\x7e]*$/.test(keys)) {
        await typist.letters(keys)
      } else await typist.freeText(keys)
      await typist.press('Enter')
      await page.waitForFunction((before) => document.activeElement?.id !== before, id)
    }
  }
  // Esc leaves the new empty row and goes back to the form; Enter goes on from there.
  await typist.press('Escape')
  await waitForField(page, field.field)
  await typist.press('Enter')
}

/** The same person again: noticed at the 18th character; the existing record opens instead, and nothing is saved. */
async function typeDuplicate(typist: Typist, form: PaperForm, voidReason?: string): Promise<void> {
  const { page } = typist
  const number = form.fields.find((field) => field.field === 'documentNumber')
  const name = form.fields.find((field) => field.field === 'name')
  if (!number?.keys || !name) throw new Error('a duplicate form needs a number and a name')
  await typist.press('Enter')
  await waitForField(page, 'documentNumber')
  await typist.letters(number.keys)
  await page.getByRole('button', { name: /打开已有记录/ }).waitFor()
  await typist.press('F6')
  await page.getByRole('tab', { name: new RegExp(name.paper), selected: true }).waitFor()
  await typist.press('Control+w')
  await page.getByRole('tab', { name: /新增流动人员/, selected: true }).waitFor()
  await waitForField(page, 'documentNumber')
  if (voidReason !== undefined) {
    await typist.press('Control+F7')
    await page.getByRole('group', { name: '作废本份' }).getByLabel('原因').waitFor()
    await typist.freeText(voidReason)
    await typist.press('Enter')
    await waitForField(page, 'documentTypeCode')
    return
  }
  // The form is emptied by taking out the one thing that was typed.
  await typist.press('Control+a')
  await typist.press('Backspace')
  await typist.press('Shift+Tab')
  await waitForField(page, 'documentTypeCode')
}

/** Types up to the interruption, pulls the plug, opens the client again: the form is back with the caret in its place. */
async function typeInterrupted(client: ClientWindow, typist: Typist, form: PaperForm): Promise<ClientWindow> {
  await typeFields(typist, form.fields, {
    after: (field) => Promise.resolve(field.field === form.interruptedAfter),
  })
  const before = await readFocused(typist.page)
  // A clerk's next key comes later than this; what is journalled in between is what a power cut leaves.
  await typist.page.waitForTimeout(300)
  await client.kill()
  const again = await openClient({ dataFolder: client.dataFolder })
  await again.screenshot('entry-restored')
  await waitForField(again.page, before.field)
  await again.page
    .getByText(/已恢复.*未保存的内容/)
    .first()
    .waitFor()
  return again
}

/** The fields after the interruption; the ones before came back by themselves. */
function restOf(form: PaperForm): PaperForm {
  const at = form.fields.findIndex((field) => field.field === form.interruptedAfter)
  return { ...form, fields: form.fields.slice(at + 1), interruptedAfter: null }
}

/** Ctrl+Enter, then waits until the foot says 已保存 for this form and the next one is ready. Answers the new record's id. */
async function saveAndNew(typist: Typist, earlier: readonly TypedForm[]): Promise<string> {
  const { page } = typist
  await typist.press('Control+Enter')
  await waitForField(page, 'documentTypeCode')
  const record: LabelledRecord | null = await ask(page, 'record.previous', { register: 'resident' })
  if (record === null || earlier.some((each) => each.id === record.id))
    throw new Error('the form was not saved')
  return record.id
}
