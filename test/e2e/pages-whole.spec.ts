import { expect, test, type Page } from '@playwright/test'
import type { LabelledRecord } from '../../src-shared/contract/types.ts'
import { displayValue } from '../../src-shared/fields/display.ts'
import { isEmptyValue } from '../../src-shared/fields/field.ts'
import { REGISTER_NAMES } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { ask } from '../support/clerks-morning.ts'
import { openClient, type ClientWindow } from '../support/client-window.ts'
import { demoDataFolder } from '../support/form-driver.ts'

/** Pages as a whole: at every size of the letters, every condition of the queries, and details in the form's order. */

let client: ClientWindow
let page: Page

test.beforeEach(async () => {
  client = await openClient({ dataFolder: await demoDataFolder() })
  page = client.page
})
test.afterEach(async () => {
  await client.close()
})

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

/** What stands outside of the window, or is cut by something that cannot be scrolled. */
async function cutOff(): Promise<readonly string[]> {
  return page.evaluate(() => {
    const problems = new Set<string>()
    const { scrollWidth, scrollHeight } = document.documentElement
    if (scrollWidth > innerWidth || scrollHeight > innerHeight) problems.add('the window scrolls as a whole')
    const selector =
      'button, input, select, textarea, label, h2, h3, th, td, dt, kbd, p, .status-part, [role=menuitem], [role=columnheader]'
    for (const element of document.querySelectorAll<HTMLElement>(selector)) {
      const box = element.getBoundingClientRect()
      if (element.offsetParent === null || box.width === 0) continue
      const name = `${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent}`
      let scrollsAcross = false
      let scrollsDown = false
      for (let up = element.parentElement; up; up = up.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(up)
        if (/auto|scroll/.test(overflowX) && up.scrollWidth > up.clientWidth) scrollsAcross = true
        if (/auto|scroll/.test(overflowY) && up.scrollHeight > up.clientHeight) scrollsDown = true
        if (overflowX === 'hidden' && !scrollsAcross && box.right > up.getBoundingClientRect().right + 1)
          problems.add(`${name} is cut`)
      }
      if (!scrollsAcross && (box.left < -1 || box.right > innerWidth + 1)) problems.add(`${name} is beside`)
      if (!scrollsDown && box.bottom > innerHeight + 1) problems.add(`${name} is below`)
    }
    return [...problems]
  })
}

test('at every size of the letters nothing of a page is out of reach', async () => {
  test.setTimeout(240_000)
  const { allCommands } = await import('../../src-renderer/app/commands.ts')
  const { settings } = await ask(page, 'app.state', {})
  for (const percent of [100, 110, 125, 150, 175]) {
    await ask(page, 'settings.save', { settings: { ...settings, fontSizePercent: percent } })
    await ask(page, 'window.zoom', { percent })
    await expect
      .poll(() => page.evaluate(() => innerWidth))
      .toBeLessThanOrEqual(Math.ceil(1366 / (percent / 100)))
    const shortcuts = allCommands.flatMap(({ act, shortcut }) =>
      act.kind === 'open' ? [shortcut.replace('Ctrl', 'Control')] : [],
    )
    for (const key of ['Control+1', ...shortcuts]) {
      await press(key)
      await page.waitForTimeout(150)
      expect(await cutOff(), `${key} at ${percent}%`).toEqual([])
    }
  }
})

for (const register of REGISTER_NAMES) {
  const { label, fields, flow } = getRegister(register)
  test(`each condition of ${label}查询 finds what holds its value`, async () => {
    const { filtersOf } = await import('../../src-renderer/pages/query/conditions.ts')
    const rows = await ask(page, 'record.query', {
      query: {
        register,
        conditions: [],
        statuses: ['active'],
        stationCode: null,
        sort: { field: 'updatedAt', direction: 'descending' },
      } as never,
      offset: 0,
      limit: 40,
    })
    const { queryCommands } = await import('../../src-renderer/app/commands.ts')
    const command = queryCommands.find(({ act }) => {
      const asked = act.kind === 'open' ? act.page() : undefined
      return asked?.kind === 'query' && asked.register === register
    })
    await press(command?.shortcut.replace('Ctrl', 'Control') ?? '')
    const grid = page.getByRole('grid').filter({ visible: true })
    await expect(grid).toBeVisible()
    for (const { field: name } of filtersOf[register]) {
      const field = fields[name as never] as (typeof fields)[keyof typeof fields]
      let sample
      for (const { id } of rows.rows) {
        const record = await ask(page, 'record.get', { register, id, purpose: 'show' })
        const value = record.values[name]
        // Of several codes one is asked for.
        if (isEmptyValue(value) || (Array.isArray(value) && value.length > 1)) continue
        sample = record
        break
      }
      if (!sample) throw new Error(`no demo record has ${name}`)
      const textOf = (record: LabelledRecord) =>
        record.labels[name] ?? displayValue(field, record.values[name], (_field, code) => code)
      const text = textOf(sample)
      await page
        .getByLabel(flow ? '登记状态' : '状态', { exact: true })
        .filter({ visible: true })
        .focus()
      const box = page
        .getByRole('tabpanel')
        .getByLabel(field.label, { exact: true })
        .filter({ visible: true })
      await box.first().focus()
      await page.keyboard.insertText(text)
      if (['code', 'codes', 'reference', 'references'].includes(field.kind)) {
        await expect(page.locator('.lookup-row-on')).toBeVisible()
        await press('Enter')
      }
      if (field.kind === 'date') {
        await press('Tab')
        await page.keyboard.insertText(text)
      }
      await box.first().focus()
      await press('Enter')
      const row = grid.locator('[data-record]').first()
      await expect(row).toBeVisible()
      // The rows of the question before stand until the new ones are there.
      await expect
        .poll(async () => {
          const id = (await row.getAttribute('data-record')) ?? ''
          const found = textOf(await ask(page, 'record.get', { register, id, purpose: 'show' }))
          return field.kind === 'codes' ? found.split('、').includes(text) : found === text
        }, field.label)
        .toBe(true)
      await press('Escape')
      await page.getByRole('button', { name: '重置' }).filter({ visible: true }).focus()
      await press('Enter')
      await expect(box.first()).toHaveValue('')
    }
  })
}

test('details have the form’s sections and order; linked records open by keys; a change stands in the history', async () => {
  const { getLayout } = await import('../../src-renderer/forms/layouts.ts')
  await press('Alt+6')
  await expect(page.getByRole('grid')).toBeVisible()
  await press('Enter')
  await expect(page.getByRole('grid')).toBeFocused()
  await press('Enter')
  const content = page.getByRole('region', { name: '登记内容' })
  await expect(content).toBeFocused()
  const { sections } = getLayout('dwelling')
  expect(await content.locator('h3').allInnerTexts()).toEqual(sections.map(({ title }) => title))
  const { fields } = getRegister('dwelling')
  const order = Object.values(fields).map((field) => field.label)
  const shown = (await content.locator('dt').allInnerTexts()).map((text) => text.replace(/\(㎡\)$/, ''))
  expect(shown).toEqual(order.filter((label) => shown.includes(label)))
  expect(shown.length).toBeGreaterThan(20)

  await press('Control+e')
  const form = page.getByRole('form', { name: '房屋修改' })
  await expect(form).toHaveAttribute('aria-busy', 'false')
  await form.getByLabel('备注', { exact: true }).focus()
  await press('Control+a')
  await page.keyboard.insertText('已核对')
  await press('Control+s')
  await expect(form.locator('.save-last')).toContainText('已保存 ✓')
  await press('Escape')
  const side = page.getByRole('complementary', { name: '关联记录和变更记录' })
  await expect(side).toContainText(/备注:.* → 已核对/)
  const linked = side.locator('.linked-row').first()
  const title = await linked.locator('.linked-title').innerText()
  await content.focus()
  await press('Tab')
  await expect(linked).toBeFocused()
  await press('Enter')
  await expect(
    page.getByRole('tablist', { name: '标签页' }).getByRole('tab', { selected: true }),
  ).toContainText(title)
})
