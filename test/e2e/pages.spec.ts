import { expect, test } from '@playwright/test'
import { ask, openEntry } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'

/** Pictures of the pages with the demo district in them, for a person to look at; six of them stand in the README. */

test('every page stands in a picture', async () => {
  const client = await openClient()
  const { page } = client
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key)
  }
  const { settings } = await ask(page, 'app.state', {})
  await ask(page, 'demo.load', {})
  await ask(page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
  await expect(page.getByText('20,000')).toBeVisible()
  await client.screenshot('page-home')

  await openEntry(page)
  await press('Enter')
  await page.keyboard.insertText('420222198207319857')
  await press('Enter')
  await page.keyboard.insertText('孔超')
  await press('Enter')
  await expect(page.getByLabel('性别', { exact: true })).toHaveValue('男')
  await expect(page.getByLabel('户籍地区划', { exact: true })).toHaveValue('阳新县')
  await page.getByLabel('民族', { exact: true }).focus()
  await page.keyboard.type('zhuang')
  await expect(page.getByRole('option', { selected: true })).toContainText('壮族')
  await client.screenshot('page-entry-lookup')
  await press('Escape')
  await page.getByLabel('现住房屋', { exact: true }).focus()
  await page.keyboard.type('zq')
  await expect(page.getByRole('option', { selected: true })).toBeVisible()
  await client.screenshot('page-entry-addresses')
  await press('Enter', 'Control+s')
  await expect(page.getByText(/没有保存/)).toBeVisible()
  await client.screenshot('page-entry-marks')

  for (const [shortcut, name] of [
    ['Alt+2', 'dwelling'],
    ['Alt+3', 'coordinator'],
    ['Alt+4', 'employer'],
  ] as const) {
    await press(shortcut)
    await expect(page.getByRole('tabpanel').locator('input:visible').first()).toBeVisible()
    await client.screenshot(`page-entry-${name}`)
  }

  for (const [shortcut, name] of [
    ['Alt+5', 'resident'],
    ['Alt+6', 'dwelling'],
    ['Alt+7', 'coordinator'],
    ['Alt+8', 'employer'],
  ] as const) {
    await press(shortcut)
    await page.getByRole('button', { name: /^查询/ }).locator('visible=true').last().focus()
    await press('Enter')
    await expect(page.getByRole('grid').locator('visible=true').getByRole('row').nth(3)).toBeVisible()
    await client.screenshot(`page-query-${name}`)
  }

  await press('Alt+6')
  const grid = page.getByRole('grid').locator('visible=true')
  await grid.focus()
  await press('ArrowDown', 'ArrowDown', 'Shift+F10')
  await expect(page.getByRole('menuitem', { name: /房屋修改/ })).toBeVisible()
  await client.screenshot('page-query-menu')
  await press('Escape', 'Enter')
  await expect(page.getByText('流动人员', { exact: false }).first()).toBeVisible()
  await page.waitForTimeout(500)
  await client.screenshot('page-details')

  for (const [shortcut, name] of [
    ['Control+,', 'settings'],
    ['Control+F9', 'sync'],
    ['Control+Shift+F9', 'conflicts'],
    ['Control+Shift+U', 'residence'],
    ['Control+Shift+L', 'audit-log'],
    ['Control+/', 'shortcuts'],
    ['Control+F1', 'about'],
  ] as const) {
    await press(shortcut)
    await page.waitForTimeout(300)
    await client.screenshot(`page-${name}`)
  }
  await client.close()
})
