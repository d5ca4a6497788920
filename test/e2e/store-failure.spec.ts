import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { _electron, expect, test } from '@playwright/test'
import type { ElectronApplication, Page } from '@playwright/test'
import { makeDataFolder, openClient, screenshotFolder } from '../support/client-window.ts'
import { electronRuntime } from '../../tools/runtime.mjs'

/** What a clerk sees of the store's key, and when the store cannot be opened. Every kind of failure: store-failures.test.ts. */

let dataFolder: string

test.beforeEach(() => {
  dataFolder = makeDataFolder()
})

const place = (name: string): string => join(dataFolder, name)

async function launch(
  more: Record<string, string> = {},
): Promise<{ readonly app: ElectronApplication; readonly page: Page }> {
  const runtime = await electronRuntime()
  const app = await _electron.launch({
    executablePath: runtime.electronPath,
    args: runtime.args,
    env: {
      ...(process.env as Record<string, string>),
      ...runtime.env,
      JUFUTONG_DATA_DIR: dataFolder,
      ...more,
    },
  })
  return { app, page: await app.firstWindow() }
}

test('a key that only a file keeps is said in 关于, and the file is its owner’s alone', async () => {
  const client = await openClient({ dataFolder })
  await client.page.getByRole('radio', { name: /单机模式/ }).press('Escape')
  await client.page.keyboard.press('Control+F1')
  const about = client.page.getByRole('tabpanel').locator('visible=true')
  await expect(about.getByText(dataFolder, { exact: true })).toBeVisible()
  const { protection } = JSON.parse(readFileSync(place('store-key.json'), 'utf8')) as { protection: string }
  await expect(about.getByText(/^本机数据已加密/)).toContainText(
    protection === 'operatingSystem' ? '由操作系统保管' : '取得该文件夹的人可以读出数据',
  )
  await client.close()
  if (process.platform !== 'win32') expect(statSync(place('store-key.json')).mode & 0o777).toBe(0o600)
})

test('a store that does not fit its key is shown with what to do, and nothing of it is touched', async () => {
  await (await openClient({ dataFolder })).close()
  const otherKey = { format: 1, protection: 'keyFile', bytes: Buffer.alloc(32, 7).toString('base64') }
  const rightKey = readFileSync(place('store-key.json'))
  writeFileSync(place('store-key.json'), JSON.stringify(otherKey))
  const before = readFileSync(place('store.db'))

  const { app, page } = await launch()
  const dialog = page.getByRole('alertdialog', { name: '本机数据库无法解密' })
  await expect(dialog).toBeVisible()
  await expect(dialog).toContainText(place('store.db'))
  await expect(dialog).toContainText('不要删除任何文件')
  await expect(page.getByRole('menubar')).toHaveCount(0)
  await expect(dialog.getByRole('button', { name: '打开日志' })).toBeFocused()
  const ended = new Promise<void>((resolve) => app.once('close', () => resolve()))
  for (const key of ['Tab', 'Tab']) await page.keyboard.press(key)
  await expect(dialog.getByRole('button', { name: '退出' })).toBeFocused()
  // The window may be gone before the key is answered.
  await Promise.all([ended, page.keyboard.press('Enter').catch(() => undefined)])

  expect(readFileSync(place('store.db')).equals(before)).toBe(true)
  writeFileSync(place('store-key.json'), rightKey)
  await (await openClient({ dataFolder })).close()
})

test('a store that cannot be opened is set aside after a question, and 备份与恢复 opens first', async () => {
  await (await openClient({ dataFolder })).close()
  const damaged = Buffer.from(readFileSync(place('store.db'))).fill(7, 0, 4_096)
  writeFileSync(place('store.db'), damaged)
  const { app, page } = await launch({ JUFUTONG_RESTART_CODE: '75' })
  const dialog = page.getByRole('alertdialog', { name: '本机数据库无法解密' })
  await dialog.getByRole('button', { name: '从备份恢复…' }).press('Enter')
  const question = dialog.getByRole('group', { name: '从备份恢复' })
  await expect(question.getByRole('button', { name: '返回' })).toBeFocused()
  await page.screenshot({ path: `${screenshotFolder}store-set-aside.png` })
  const ended = new Promise<void>((resolve) => app.once('close', () => resolve()))
  await page.keyboard.press('Tab')
  await Promise.all([ended, page.keyboard.press('Enter').catch(() => undefined)])

  const client = await openClient({ dataFolder })
  await expect(client.page.getByText(/^原来的数据库打不开/)).toBeVisible()
  await expect(client.page.getByRole('tab', { name: '恢复', exact: true })).toHaveAttribute(
    'aria-selected',
    'true',
  )
  await client.screenshot('backup-after-set-aside')
  await client.close()
  const kept = readdirSync(dataFolder).find((name) => /^store\.db\.before-empty-[0-9-]+$/.test(name)) ?? ''
  expect(readFileSync(place(kept)).equals(damaged)).toBe(true)
})
