import { expect, test } from '@playwright/test'
import type { PageDoor } from '../../src-shared/contract/page-door.ts'
import { getPerson } from '../../tools/reader-simulator/simulated-people.ts'
import { makeCard } from '../../tools/reader-simulator/simulated-card.ts'
import { createSimulatedReader } from '../../tools/reader-simulator/simulated-reader.ts'
import { serveTcp } from '../../tools/reader-simulator/simulator-lines.ts'
import { ask } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'

/** The window and a played reader: settings by keyboard alone, the status bar, F2, a plug that is pulled. */

test('a reader is set up by key, tested, read from, unplugged and plugged in again', async () => {
  const reader = createSimulatedReader()
  const line = await serveTcp(reader)
  const client = await openClient()
  const { page } = client
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key)
  }
  const state = page.getByLabel('读卡器状态')
  const { settings } = await ask(page, 'app.state', {})
  await ask(page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
  await expect(state).toHaveText('读卡器 未连接')

  // 首选项—读卡器: ↑ ↓ to the sheet, Tab into it, ← → along the kinds, then the port.
  await press('Control+,', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'Tab')
  await expect(page.getByRole('radio', { name: '自动检测' })).toBeFocused()
  await press('ArrowRight', 'Tab')
  await expect(page.getByLabel('端口', { exact: true })).toBeFocused()
  await page.keyboard.insertText(line.path)
  await expect(page.getByText('未验证').first()).toBeHidden()
  await page.getByRole('button', { name: '测试读卡' }).focus()
  await press('Enter')
  await expect(page.getByText('安全模块编号 05.01-20200101-0001234567-0987654321')).toBeVisible()
  await page.getByLabel('端口', { exact: true }).focus()
  await press('Enter')
  await expect(page.getByText('已保存,立即生效。')).toBeVisible()
  await expect(state).toHaveText('读卡器 就绪')

  // A card that no page takes is told in the status bar; nothing moves the focus.
  reader.putOn(makeCard(getPerson(0)))
  const message = page.locator('.status-message')
  await expect(message).toContainText(`已读 居民身份证 ${getPerson(0).name}`)
  await expect(message).not.toContainText(getPerson(0).documentNumber)
  await expect(page.getByLabel('端口', { exact: true })).toBeFocused()
  await page.getByRole('button', { name: '查看记录' }).focus()
  await press('Enter')
  await expect(page.getByLabel('通讯记录', { exact: true })).toContainText('1284 字节已隐去')
  await client.screenshot('reader-settings')
  await press('Home')
  await page.getByRole('radio', { name: '串口' }).focus()
  await press('ArrowLeft')
  await expect(page.getByText('公安部标准 USB 读卡器 A(四个端点)(未验证)')).toBeVisible()
  await client.screenshot('reader-profiles')
  await press('ArrowRight')

  // F2 reads the card that lies there once more; without one it says so.
  reader.putOn(makeCard(getPerson(7)))
  await expect(message).toContainText('外国人永久居留身份证(2023版)')
  const again = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const { jufutong } = window as unknown as { readonly jufutong: PageDoor }
        jufutong.on(({ event }) => {
          if (event === 'reader.card') resolve(event)
        })
      }),
  )
  await press('F2')
  expect(await again).toBe('reader.card')
  await expect(message).toContainText(/已读 外国人永久居留身份证/)

  await line.unplug()
  await expect(state).toHaveText('读卡器 未连接')
  await expect(page.getByText(/已断开,插好后自动恢复,录入可以继续/).first()).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await client.screenshot('reader-unplugged')
  await line.plug()
  await expect(state).toHaveText('读卡器 就绪')
  await client.close()
  await line.close()
})
