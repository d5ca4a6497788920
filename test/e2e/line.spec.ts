import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { ask } from '../support/clerks-morning.ts'
import { openClient, type ClientWindow } from '../support/client-window.ts'
import { startServerProcess, type ServerProcess } from '../support/server-process.ts'

/** The line as a clerk meets it: comparing a fingerprint, and a station file, both by keys; a real server with TLS. */

let server: ServerProcess
let client: ClientWindow
let page: Page

test.beforeAll(async () => {
  server = await startServerProcess({ usesTls: true })
})
test.afterAll(() => server.stop())
test.beforeEach(async () => {
  client = await openClient()
  page = client.page
})
test.afterEach(() => client.close())

const focused = () => page.locator(':focus')
async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

/** The fingerprint as init-tls prints it. */
function printedFingerprint(): string {
  const lines = server.command('init-tls', '--ip', '127.0.0.1').split('\n')
  return lines
    .filter((line) => /^ {2}[0-9A-F ]+$/.test(line))
    .map((line) => line.trim())
    .join(' ')
}

test('a server is trusted after its fingerprint was compared, by keys alone', async () => {
  await page.getByRole('region', { name: '首次使用' }).waitFor()
  await press('Escape')
  await press('Control+,')
  await expect(focused()).toHaveText('系统初始化')
  await press('Tab', 'Space', 'Tab', 'Control+a')
  await page.keyboard.insertText('127.0.0.1')
  await press('Tab', 'Control+a')
  await page.keyboard.insertText(String(server.port))
  await press('Tab', 'Tab')
  await expect(page.getByRole('button', { name: '测试连接' })).toBeFocused()
  await press('Enter')
  const question = page.getByRole('dialog', { name: '核对服务器的证书' })
  await expect(question).toBeVisible()
  const shown = await question.getByRole('group', { name: '指纹' }).locator('span').allInnerTexts()
  expect(shown).toHaveLength(4)
  expect(shown.join(' ')).toBe(printedFingerprint())
  await client.screenshot('fingerprint')
  // The safe answer has the focus: Enter trusts nobody.
  await expect(question.getByRole('button', { name: '不信任' })).toBeFocused()
  await press('Enter')
  await expect(question).toHaveCount(0)
  await expect(page.getByRole('button', { name: '测试连接' })).toBeFocused()
  await press('Enter')
  await expect(question).toBeVisible()
  await press('ArrowLeft', 'Enter')
  const sheet = page.getByRole('tabpanel', { name: '系统初始化' })
  await expect(sheet.getByRole('status').first()).toContainText('连接成功')
  await page.getByRole('button', { name: '确定' }).focus()
  await press('Enter')
  await expect(page.getByRole('dialog', { name: '系统初始化' })).toContainText('必须重启应用程序')
  await press('Escape')
  const { settings } = await ask(page, 'app.state', {})
  expect(settings.server).toMatchObject({ isEnabled: true, usesTls: true, port: server.port })
  expect(settings.server.authority).toContain('BEGIN CERTIFICATE')
  const account = await ask(page, 'account.signIn', {
    accountName: server.accountName,
    password: server.password,
  })
  expect(account.stationCode).toBe('001')
})

test('a station file sets everything in the first run', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'jufutong-file-')), '001.jufutong-station')
  server.command('add-replica', '--station', '001', '--file', path)
  // The system's own dialog answers with that file.
  await client.app.evaluate(({ dialog }, file) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [file] })
  }, path)
  await page.getByRole('radio', { name: /单机模式/ }).focus()
  await press('ArrowDown', 'Tab')
  await expect(page.getByRole('button', { name: '导入入网文件…' })).toBeFocused()
  await press('Enter')
  const question = page.getByRole('dialog', { name: '入网' })
  await expect(question).toContainText('示例站(001)')
  await expect(question).toContainText(`127.0.0.1:${server.port}`)
  await client.screenshot('enrolment')
  await expect(question.getByRole('button', { name: '取消' })).toBeFocused()
  await press('ArrowLeft', 'Enter')
  // On to the account.
  await expect(page.getByRole('textbox', { name: '账号' })).toBeVisible()
  await page.getByRole('textbox', { name: '账号' }).focus()
  await page.keyboard.insertText(server.accountName)
  await press('Tab')
  await page.keyboard.insertText(server.password)
  await press('Enter')
  await expect(page.getByText('服务站:示例站(001)')).toBeVisible()
  const { settings } = await ask(page, 'app.state', {})
  expect(settings.server).toMatchObject({ isEnabled: true, usesTls: true, host: '127.0.0.1' })
  expect(server.command('list-replicas')).toMatch(/001 [0-9a-f-]{36} 已入网/)
})

test('a certificate that changed stops everything until a person decides', async () => {
  const first = await startServerProcess({ usesTls: true })
  let running = [first]
  try {
    const connect = async (port: number): Promise<void> => {
      const { settings } = await ask(page, 'app.state', {})
      const next = { ...settings.server, isEnabled: true, host: '127.0.0.1', port, usesTls: true }
      const { isEnabled: _, ...address } = next
      const { certificate } = await ask(page, 'server.test', address)
      const authority = next.authority === '' ? (certificate?.authority ?? '') : next.authority
      await ask(page, 'settings.save', {
        settings: { ...settings, server: { ...next, authority }, syncPeriodMinutes: 0, isFirstRunDone: true },
      })
    }
    await connect(first.port)
    await ask(page, 'account.signIn', { accountName: first.accountName, password: first.password })
    await expect.poll(async () => (await ask(page, 'sync.run', {})).lastError).toBeNull()
    running = []
    await first.stop()
    // Another authority for the same data.
    for (const name of ['tls', 'tls-authority'])
      rmSync(join(dirname(first.database), name), { recursive: true, force: true })
    const second = await startServerProcess({ usesTls: true, database: first.database })
    running = [second]
    await connect(second.port)

    // The page learns what was set behind its back.
    await page.reload()
    await page.getByRole('menubar').waitFor()
    await press('Control+F9')
    await expect(page.getByRole('button', { name: /立即同步/ })).toBeVisible()
    await press('F9')
    const accept = page.getByRole('button', { name: '指纹一致,信任新证书' })
    await expect(accept).toBeVisible()
    await expect(page.getByRole('main')).toContainText('没有发送任何内容')
    await expect(page.getByRole('contentinfo')).toContainText('服务器的证书变了')
    await client.screenshot('certificate-changed')
    await accept.focus()
    await press('Enter')
    await expect(accept).toHaveCount(0)
    await expect.poll(async () => (await ask(page, 'sync.status', {})).lastError).toBeNull()
    expect((await ask(page, 'sync.status', {})).isOnline).toBe(true)
  } finally {
    for (const each of running) await each.stop()
  }
})
