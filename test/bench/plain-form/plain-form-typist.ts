import type { Page } from '@playwright/test'
import type { PaperField, PaperForm } from '../../../tools/demo/paper-form.ts'
import type { Field } from '../../../src-shared/fields/field.ts'
import { resident } from '../../../src-shared/registers/resident.ts'
import type { PlainOptions } from './plain-form.tsx'
import { newEmployerValue } from './plain-options.ts'
import { initialsCost, planPick, wholePinyinCost } from './pick-plan.ts'

/** Keys of one record in the plain form: as typed, and if everything about its lists were as kind as it could be. */
export type PlainKeys = { readonly keys: number; readonly kindestKeys: number }

const freeTextFields = new Set(['name', 'formerName', 'householdAddress', 'remarks'])

/**
 * Types one paper form into the plain form by keyboard, beginning in its first field, and submits it.
 *
 * @throws when the focus or the list in the window is not where the plan says, or the submitted record is not the paper's
 */
export async function typePlainForm(page: Page, form: PaperForm, options: PlainOptions): Promise<PlainKeys> {
  let keys = 0
  let kindestKeys = 0
  const byName = new Map(form.fields.map((field) => [field.field, field]))
  const last = form.fields.at(-1)?.field

  async function press(key: string, count = 1): Promise<void> {
    for (let n = 0; n < count; n += 1) await page.keyboard.press(key)
    keys += count
    kindestKeys += count
  }
  async function type(text: string): Promise<void> {
    for (const letter of text) await press(letter)
  }

  async function pick(
    id: string,
    list: string,
    values: readonly string[],
    isSeveral: boolean,
  ): Promise<void> {
    const entries = options[list] ?? []
    const labels = entries.map((option) => option.label)
    let active: number | undefined
    for (const value of values) {
      const wanted = entries.findIndex((option) => option.value === value)
      if (wanted < 0) throw new Error(`${list} has no option ${value}`)
      const plan = planPick(labels, wanted, { active, cost: wholePinyinCost, starts: 'beginning' })
      keys += plan.keys
      kindestKeys += planPick(labels, wanted, { active, cost: initialsCost, starts: 'anywhere' }).keys
      if (plan.typed !== '') await page.keyboard.insertText(plan.typed)
      else if (active === undefined) await page.keyboard.press('ArrowDown')
      await waitForList(page, id)
      const arrow = plan.arrows > 0 ? 'ArrowDown' : 'ArrowUp'
      for (let n = 0; n < Math.abs(plan.arrows); n += 1) await page.keyboard.press(arrow)
      await press('Enter')
      active = wanted
    }
    // A list of several stays open, and Tab would take the active option once more.
    if (isSeveral) await press('Escape')
    await page.waitForFunction(
      (name) => document.getElementById(name)?.getAttribute('aria-expanded') !== 'true',
      id,
      { timeout: 10_000 },
    )
  }

  async function typeValue(
    id: string,
    name: string,
    field: Field,
    value: PaperField['stored'],
  ): Promise<void> {
    switch (field.kind) {
      case 'text':
        if (typeof value !== 'string') break
        // Letters of free text are counted on neither side.
        if (freeTextFields.has(name)) await page.keyboard.insertText(value)
        else await type(value)
        return
      case 'integer':
      case 'decimal':
      case 'money':
        await type(String(value))
        return
      case 'date':
        // A DatePicker knows no 长期: a day far away stands for it.
        await type(value === '长期' ? '2099-12-31' : String(value))
        return
      case 'code':
        return pick(id, field.dictionary, [String(value)], false)
      case 'codes':
        if (!Array.isArray(value)) break
        return pick(id, field.dictionary, value.map(String), true)
      case 'reference': {
        const { demoId } = value as { readonly demoId: string | null }
        return pick(id, field.register, [demoId ?? newEmployerValue], false)
      }
      case 'list':
        if (!Array.isArray(value)) break
        for (const [index, row] of value.entries()) {
          await press('Enter')
          for (const [column, columnField] of Object.entries(field.fields)) {
            const columnId = `${id}_${String(index)}_${column}`
            await waitForFocus(page, columnId)
            const columnValue = (row as Readonly<Record<string, string | number>>)[column]
            if (columnValue !== undefined) await typeValue(columnId, column, columnField, columnValue)
            await press('Tab')
          }
        }
        return
      case 'references':
      case 'boolean':
      case 'photo':
        break
    }
    throw new Error(`${id} has no value to type`)
  }

  for (const [name, field] of Object.entries(resident.fields)) {
    if (field.kind === 'photo') continue
    await waitForFocus(page, field.kind === 'list' ? `${name}_add` : name)
    const paper = byName.get(name)
    if (paper && !isInitial(field, paper)) await typeValue(name, name, field, paper.stored)
    if (name === last && field.kind === 'text' && !field.isMultiline) break
    await press('Tab')
  }
  // In a one-line box Enter submits; behind the remarks the button has the focus.
  await press('Enter')
  await page.waitForFunction((count) => globalThis.submittedRecords.length === count, 1, { timeout: 10_000 })
  const [record] = await page.evaluate(() => globalThis.submittedRecords.splice(0))
  compareRecord(form, record as Readonly<Record<string, unknown>>)
  return { keys, kindestKeys }
}

function isInitial(field: Field, paper: PaperField): boolean {
  return field.kind === 'code' && field.defaultCode !== undefined && field.defaultCode === paper.stored
}

async function waitForFocus(page: Page, id: string): Promise<void> {
  await page
    .waitForFunction((wanted) => document.activeElement?.id === wanted, id, { timeout: 10_000 })
    .catch(async () => {
      const actual = await page.evaluate(() => document.activeElement?.id)
      throw new Error(`the focus should be in ${id}, but is in ${String(actual)}`)
    })
}

/** Waits until the list of a Select is open and an option is active. */
async function waitForList(page: Page, id: string): Promise<void> {
  await page.waitForFunction(
    (name) => {
      const box = document.getElementById(name)
      return (
        box?.getAttribute('aria-expanded') === 'true' &&
        (box.getAttribute('aria-activedescendant') ?? '').startsWith(`${name}_list_`)
      )
    },
    id,
    { timeout: 10_000 },
  )
}

function compareRecord(form: PaperForm, record: Readonly<Record<string, unknown>>): void {
  for (const field of form.fields) {
    const wanted = storedInPlainForm(field.stored)
    const got = record[field.field]
    if (JSON.stringify(got) !== JSON.stringify(wanted) && String(got) !== String(wanted)) {
      throw new Error(
        `form ${String(form.number)}: ${field.label} became ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`,
      )
    }
  }
}

function storedInPlainForm(value: PaperField['stored']): unknown {
  if (value === '长期') return '2099-12-31'
  if (typeof value === 'object' && !Array.isArray(value)) {
    return (value as { readonly demoId: string | null }).demoId ?? newEmployerValue
  }
  return value
}
