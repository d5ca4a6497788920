import { expect, test, type Page } from '@playwright/test'
import { ask } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'
import { startProxy } from '../support/proxy/start-proxy.ts'
import { startServerProcess } from '../support/server-process.ts'

/** A round as a clerk sees it: the progress bar, the count of what waits, and the mark of each record. */

async function signIn(
  page: Page,
  port: number,
  account: { accountName: string; password: string },
): Promise<void> {
  const { settings } = await ask(page, 'app.state', {})
  const server = { ...settings.server, isEnabled: true, host: '127.0.0.1', port }
  await ask(page, 'settings.save', { settings: { ...settings, server, isFirstRunDone: true } })
  await ask(page, 'account.signIn', account)
}

test('a round shows its progress and can be stopped; a record is 已上传 only after its receipt', async () => {
  const server = await startServerProcess()
  const line = await startProxy({ target: server.port, seed: 1 })
  const client = await openClient()
  const { page } = client
  try {
    await signIn(page, line.port, { accountName: server.accountName, password: server.password })
    // Every request after this one is read and never answered.
    line.setPlan({ unanswered: 1 })
    line.dropAll()
    await ask(page, 'employer.save', {
      id: '019a9e1c-7b60-7000-8000-00000000abcd',
      revision: 0,
      values: {
        name: '丹心酒楼',
        employerTypeCode: '20',
        divisionCode: '420106',
        address: '东风路8号',
        principalName: '李老板',
        telephone: '13900000002',
      },
      draftId: null,
    })
    const statusBar = page.getByLabel('状态栏')
    await expect(statusBar).toContainText('未上传 1')
    await page.keyboard.press('Alt+8')
    await page.getByRole('button', { name: /^查询/ }).locator('visible=true').last().press('Enter')
    const row = page
      .getByRole('grid')
      .locator('visible=true')
      .getByRole('row')
      .filter({ hasText: '丹心酒楼' })
    await expect(row).toContainText('待上传')

    await page.keyboard.press('F9')
    await expect(statusBar.getByRole('progressbar')).toBeVisible()
    await page.keyboard.press('Control+F9')
    const pageBar = page.getByRole('tabpanel').locator('visible=true').getByRole('progressbar')
    await expect(pageBar).toHaveAccessibleName(/^正在(连接|上传|下载)$/)
    await client.screenshot('sync-progress')
    await page
      .getByRole('tabpanel')
      .locator('visible=true')
      .getByRole('button', { name: '取消' })
      .press('Enter')
    await expect(page.getByRole('progressbar')).toHaveCount(0)
    await expect(statusBar).toContainText('未上传 1')

    line.setPlan({})
    line.dropAll()
    await page.keyboard.press('F9')
    await expect(statusBar).toContainText('未上传 0')
    // Rows do not change under the clerk's hand: that something changed is announced, with the key that shows it.
    await page.keyboard.press('Alt+8')
    await expect(page.getByRole('tabpanel').locator('visible=true')).toContainText(
      '数据已有变化,按 F5 重新查询',
    )
    await page.keyboard.press('F5')
    await expect(row).toContainText('已上传')
  } finally {
    await client.close()
    await line.close()
    await server.stop()
  }
})
