import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { ask } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'

/** 字典管理 by keys alone in 单机模式: a street is added and taken at once in 新增房屋. */

function focused(page: Page) {
  return page.locator(':focus')
}

test('a street that is added is found by its initials in the next form, and retired again', async () => {
  const client = await openClient()
  const { page } = client
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const each of keys) await page.keyboard.press(each)
  }
  const { settings } = await ask(page, 'app.state', {})
  await ask(page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })

  await press('Control+Shift+d')
  await expect(focused(page)).toHaveAccessibleName('字典')
  await page.keyboard.type('mz')
  await expect(page.getByRole('option', { selected: true })).toContainText('民族')
  await press('Enter')
  await expect(focused(page)).toHaveAccessibleName('查找')
  await page.keyboard.type('zang')
  await expect(page.getByRole('grid').getByRole('row').nth(1)).toContainText('藏族')
  await expect(page.getByText('随程序,GB/T 3304(1991)')).toBeVisible()
  await press('ArrowDown', 'Enter')
  await expect(page.getByText('流动人员—民族 0 条')).toBeVisible()
  await client.screenshot('page-dictionaries')
  await press('Escape', 'Escape', 'Escape')
  await expect(focused(page)).toHaveAccessibleName('字典')

  await press('Escape')
  await page.keyboard.type('jlx')
  await expect(page.getByRole('option', { selected: true })).toContainText('街(路巷)')
  await press('Control+n')
  await expect(focused(page)).toHaveAccessibleName(/名称/)
  await page.keyboard.insertText('重庆路')
  await press('Control+Enter')
  await expect(page.getByText('已新增「重庆路」,录入时即可查到')).toBeVisible()
  // The same name again stays in the dialog, with its reason.
  await press('Control+n')
  await page.keyboard.insertText('重庆路')
  await press('Control+Enter')
  await expect(page.getByRole('dialog').locator('.dialog-message')).toContainText('已有同名的「重庆路」')
  await client.screenshot('page-dictionaries-add')
  await press('Escape')

  await press('Alt+2')
  const street = page.getByLabel('街(路巷)', { exact: true })
  await street.focus()
  await page.keyboard.type('cq')
  await expect(page.getByRole('option', { selected: true })).toContainText('重庆路')
  await press('Enter')
  await expect(street).toHaveValue('重庆路')
  // What the list lacks is added in place, with what was typed, and chosen.
  await street.focus()
  await page.keyboard.insertText('丹凤巷')
  await press('Control+n')
  await expect(page.getByRole('dialog').getByLabel('名称', { exact: true })).toHaveValue('丹凤巷')
  await press('Control+Enter')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(street).toHaveValue('丹凤巷')
  await expect(street).toBeFocused()
  await client.screenshot('page-dictionaries-in-place')

  await press('Control+Shift+d', 'F7')
  await expect(page.getByRole('dialog')).toContainText('停用条目:重庆路')
  await client.screenshot('page-dictionaries-retire')
  await press('Control+a')
  await page.keyboard.type('2026-01-31')
  await press('Control+Enter')
  await expect(page.getByText('已停用「重庆路」')).toBeVisible()
  await expect(page.getByRole('grid').getByRole('row')).toHaveCount(2)
  await press('Control+h')
  await expect(page.getByRole('grid').getByRole('row').nth(1)).toContainText('2026-01-31')

  // A file as a Chinese Windows writes it; the system's dialog is answered for the clerk.
  const path = join(client.dataFolder, 'streets.csv')
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from('code,name,parent\r\nS1,'),
      Buffer.from([0xb5, 0xa4, 0xb9, 0xf0, 0xc2, 0xb7]),
      Buffer.from(',\r\nS2,,\r\nS3,X,C9\r\n'),
    ]),
  )
  await client.app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] })
  }, path)
  await press('Control+i')
  await expect(page.getByRole('dialog')).toContainText(
    '新增 1 条、修改 0 条、停用 0 条、相同 0 条、不能导入 2 行',
  )
  await client.screenshot('page-dictionaries-import')
  await press('Control+Enter')
  await expect(page.getByText('已导入 1 条')).toBeVisible()
  await expect(page.getByRole('grid')).toContainText('丹桂路')
  await client.screenshot('page-dictionaries-street')
  await client.close()
})
