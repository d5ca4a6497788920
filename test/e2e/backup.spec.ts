import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { findFaults } from '../support/accessibility.ts'
import { ask } from '../support/clerks-morning.ts'
import { makeDataFolder, openClient, type ClientWindow } from '../support/client-window.ts'

/** 备份与恢复 by keys: a backup, something changed, the backup put back, a restart. */

const PASSWORD = '月落乌啼霜满天-2026'

async function chooses(client: ClientWindow, folder: string): Promise<void> {
  await client.app.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] })
  }, folder)
}

const save = (page: Page, id: string, name: string, revision = 0) =>
  ask(page, 'employer.save', {
    id,
    revision,
    values: {
      name,
      employerTypeCode: '20',
      divisionCode: '420106',
      address: '东风路8号',
      principalName: '李老板',
      telephone: '13900000002',
    },
    draftId: null,
  })

test('a backup is made, checked, compared and put back; what was replaced can come back', async () => {
  const dataFolder = makeDataFolder()
  const stick = join(dataFolder, 'stick')
  mkdirSync(stick)
  const id = '0197a000-0000-7000-8000-000000000001'
  let client = await openClient({ dataFolder })
  let { page } = client
  await page.getByRole('radio', { name: /单机模式/ }).press('Escape')
  await save(page, id, '备份时的名称')

  await page.keyboard.press('Control+Shift+K')
  const panel = page.getByRole('tabpanel').locator('visible=true').first()
  await expect(panel.getByRole('button', { name: '选择文件夹…' })).toBeFocused()
  await client.screenshot('backup-first')
  await chooses(client, stick)
  await page.keyboard.press('Enter')
  await expect(panel.getByText(stick, { exact: true })).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(panel.getByLabel('备份密码')).toBeFocused()
  await page.keyboard.insertText('太短了')
  await page.keyboard.press('Enter')
  await page.keyboard.insertText('太短了')
  await page.keyboard.press('Enter')
  await expect(panel.getByRole('alert')).toHaveText('密码至少 10 个字符。')
  for (const label of ['备份密码', '再录入一次']) await panel.getByLabel(label).fill(PASSWORD)
  await panel.getByLabel('再录入一次').press('Enter')
  await expect(panel.getByText('备份完成(已核对)')).toBeVisible()
  expect(readdirSync(stick)).toEqual([expect.stringMatching(/^居服通备份-本机-\d{8}-\d{6}\.jfbak$/)])
  await client.screenshot('backup-made')

  await save(page, id, '备份之后的名称', 1)
  await page.keyboard.press('Control+PageDown')
  await expect(page.getByRole('tab', { name: '恢复', exact: true })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(panel.getByRole('table', { name: '备份文件' })).toBeVisible()
  await client.screenshot('backup-files')
  await panel.getByRole('button', { name: /jfbak$/ }).press('Enter')
  await expect(panel.getByLabel('备份密码')).toBeFocused()
  await page.keyboard.insertText('不是这个密码不是这个')
  await page.keyboard.press('Enter')
  await expect(panel.getByText(/^密码不对/)).toBeVisible()
  await panel.getByLabel('备份密码').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(panel.getByRole('heading', { name: /^核对完成/ })).toBeFocused()
  await expect(panel.getByRole('alert')).toContainText('没有上传的修改 1 处(单位 1 处)')
  await client.screenshot('backup-compared')
  expect(await findFaults(page)).toEqual([])
  await panel.getByRole('button', { name: '恢复这份备份…' }).press('Enter')
  await expect(panel.getByLabel('原因')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(panel.getByText('原因,必须录入,不能为空!')).toBeVisible()
  await page.keyboard.insertText('录错了')
  await page.keyboard.press('Enter')
  const question = page.getByRole('dialog', { name: '恢复' })
  await expect(question).toContainText('必须重启应用程序。是否要重新启动应用程序?')
  await client.screenshot('backup-restart')
  await page.keyboard.press('n')
  await expect(panel.getByText(/^恢复已准备好/)).toBeVisible()
  // The restart itself: shell.spec.ts.
  await client.close()

  client = await openClient({ dataFolder })
  page = client.page
  expect(await ask(page, 'record.get', { register: 'employer', id, purpose: 'view' })).toMatchObject({
    values: { name: '备份时的名称' },
  })
  await page.keyboard.press('Control+Shift+K')
  await expect(page.getByText(/^恢复完成/)).toBeVisible()
  await page.keyboard.press('Control+PageDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: '回到恢复之前' })).toBeVisible()
  await client.screenshot('backup-restored')
  await page.keyboard.press('Control+PageDown')
  await expect(page.getByRole('form', { name: '自动备份' })).toBeVisible()
  await client.screenshot('backup-automatic')
  await client.close()
})
