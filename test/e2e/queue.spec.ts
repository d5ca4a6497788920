import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { ask } from '../support/clerks-morning.ts'
import { formOf, makeNumber, typeThrough } from '../support/form-driver.ts'
import { openClient } from '../support/client-window.ts'
import { startServerProcess, type ServerProcess } from '../support/server-process.ts'
import {
  openStation,
  residentValues,
  saveResident,
  saveTown,
  townDictionaries,
  type Station,
} from '../support/station-windows.ts'

/** 数据同步 by keys, in a real window against a real server: the queue, a refused record, another server, a slow line. */

let server: ServerProcess
let station: Station

test.beforeEach(async () => {
  server = await startServerProcess({ dictionaries: townDictionaries })
  station = await openStation(server, 'clerk01')
  await station.synchronise()
})

test.afterEach(async () => {
  await station.close()
  await server.stop()
})

const day = 86_400_000

function panel() {
  return station.page.locator('.page:not([hidden])')
}
function statusBar() {
  return station.page.getByLabel('状态栏')
}
function queueRow(text: string) {
  return panel().getByRole('grid', { name: '上传队列' }).getByRole('row').filter({ hasText: text })
}

/** Goes from the head of the page into the list, by keys. */
async function openQueue(): Promise<void> {
  await station.press('Control+F9')
  const grid = panel().getByRole('grid', { name: '上传队列' })
  await expect(grid).toBeVisible()
  await grid.focus()
}

test('held ops wait, one is sent alone, and the rest goes when it is let go', async () => {
  const { page, press } = station
  const town = await saveTown(page)
  await station.synchronise()
  for (const [index, name] of ['王一', '王二', '王三'].entries())
    await saveResident(page, residentValues(name, makeNumber(index + 1), town))
  await expect(statusBar()).toContainText('未上传 3')

  await openQueue()
  await expect(queueRow('王一')).toHaveAttribute('aria-selected', 'true')
  await press('Control+h')
  await expect(queueRow('王一')).toContainText('搁置')
  await expect(statusBar().getByRole('button', { name: '搁置 1' })).toBeVisible()
  await press('ArrowDown', 'Control+Enter')
  await expect(queueRow('王二')).toHaveCount(0)
  await expect(queueRow('王三')).toContainText('待上传')
  await expect(panel()).toContainText('「王二」已单独上传')

  await station.synchronise()
  await expect(queueRow('王三')).toHaveCount(0)
  await expect(queueRow('王一')).toHaveCount(1)
  await expect(statusBar()).toContainText('未上传 0')
  await panel().getByRole('grid', { name: '上传队列' }).focus()
  await press('Control+h')
  await expect(queueRow('王一')).toContainText('待上传')
  await station.synchronise()
  await expect(panel()).toContainText('没有等待上传的内容')
  await expect(statusBar()).toContainText('未上传 0')

  // Each round stands in the history, and each batch adds up.
  await press('Control+PageDown', 'ArrowDown')
  await expect(panel().getByRole('grid', { name: '同步记录' })).toBeFocused()
  const batches = panel().getByRole('region', { name: '批次核对' })
  await expect(batches.getByRole('row').nth(1).getByRole('cell').last()).toHaveText('0')
  await expect(batches.getByRole('row').nth(1).getByRole('cell').nth(2)).toHaveText('1')

  // 核对 finds nothing to repair.
  await press('Control+PageDown', 'ArrowDown', 'Enter')
  await expect(panel().getByLabel('核对结果')).toContainText('0 / 256')
})

test('a refused record is corrected from the queue, another is withdrawn with a reason', async () => {
  const { page, press } = station
  const town = await saveTown(page)
  await station.synchronise()
  await station.line.setRefusing(true)
  const { today } = await ask(page, 'app.state', {})
  for (const [index, name] of ['李一', '李二'].entries()) {
    const values = residentValues(name, makeNumber(index + 11), town)
    await saveResident(page, { ...values, collectionDate: today })
  }
  // The server comes back with a clock five days behind: for it the forms were collected in the future.
  await server.stop()
  server = await startServerProcess({ database: server.database, clockShiftMs: -5 * day })
  station.line.setTarget(server.port)
  await station.line.setRefusing(false)
  await station.synchronise()
  await expect(statusBar().getByRole('button', { name: '被退回 2' })).toBeVisible()
  await statusBar().getByRole('button', { name: '被退回 2' }).focus()
  await press('Enter')
  await expect(queueRow('李一')).toContainText('采集日期')
  await panel().getByRole('grid', { name: '上传队列' }).focus()
  await station.client.screenshot('queue-refused')

  await press('Enter')
  const form = formOf(page, '流动人员修改')
  await expect(form).toHaveAttribute('aria-busy', 'false')
  await form.getByLabel('采集日期', { exact: true }).focus()
  await press('Control+a')
  await page.keyboard.insertText('20260106')
  await press('Control+s')
  await expect(form.locator('.save-last')).toContainText('已保存 ✓')
  await station.synchronise()
  await expect(statusBar().getByRole('button', { name: '被退回 1' })).toBeVisible()

  await openQueue()
  await expect(queueRow('李一')).toHaveCount(0)
  await expect(queueRow('李二')).toHaveAttribute('aria-selected', 'true')
  await press('Delete')
  await expect(page.getByLabel('撤回原因')).toBeFocused()
  await page.keyboard.insertText('重复采集')
  await press('Enter')
  // The server is to know it as well: that goes with the next round.
  await expect(queueRow('李二')).toContainText('撤回')
  await expect(queueRow('李二')).toContainText('待上传')
  await expect(statusBar().getByRole('button', { name: /^被退回/ })).toHaveCount(0)
  await station.synchronise()
  await expect(panel()).toContainText('没有等待上传的内容')
  await expect(statusBar()).toContainText('未上传 0')
})

test('another server behind the address asks first; the answer decides, and everything is offered anew', async () => {
  const { page, press } = station
  const town = await saveTown(page)
  await saveResident(page, residentValues('赵一', makeNumber(21), town))
  await station.synchronise()
  await expect(statusBar()).toContainText('未上传 0')

  const other = await startServerProcess({ dictionaries: townDictionaries })
  try {
    station.line.dropAll()
    station.line.setTarget(other.port)
    await ask(page, 'account.signIn', { accountName: other.accountName, password: other.password })
    await press('F9')
    await expect(statusBar().getByRole('button', { name: /^同步已停/ })).toBeVisible()
    await statusBar()
      .getByRole('button', { name: /^同步已停/ })
      .focus()
    await press('Enter')
    await expect(panel().getByRole('group').getByRole('button', { name: '暂不同步' })).toBeFocused()
    await station.client.screenshot('server-question')
    await press('Tab', 'Enter')
    await expect(statusBar().getByRole('button', { name: /^同步已停/ })).toHaveCount(0)
    await expect.poll(async () => (await ask(page, 'sync.status', {})).isRunning).toBe(false)
    await station.synchronise()
    await expect(statusBar()).toContainText('未上传 0')

    const newcomer = await openStation(other, other.accountName)
    try {
      await newcomer.synchronise()
      await newcomer.press('Alt+5')
      const row = newcomer.page.locator('.page:not([hidden])').getByRole('row').filter({ hasText: '赵一' })
      await expect(row).toBeVisible()
    } finally {
      await newcomer.close()
    }
  } finally {
    await other.stop()
  }
})

test('a long round over a slow line stops nobody: a form is typed and saved while it runs', async () => {
  const { page, press } = station
  const town = await saveTown(page)
  await station.synchronise()
  for (let index = 0; index < 20; index += 1)
    await saveResident(
      page,
      residentValues(`钱${'一二三四五六七八九十'[index % 10]}`, makeNumber(31 + index), town),
    )
  station.line.setLine({ bytesPerSecond: 300, latencyMs: 200 })
  await press('F9')
  await expect(statusBar().getByRole('progressbar')).toBeVisible()

  await press('Alt+4')
  const form = formOf(page, '新增单位')
  await expect(form).toHaveAttribute('aria-busy', 'false')
  await form.getByLabel('单位名称', { exact: true }).focus()
  await typeThrough(page, {
    name: '慢线酒楼',
    employerTypeCode: '20',
    divisionCode: '420106',
    address: '东风路8号',
    principalName: '李老板',
    telephone: '13900000002',
  })
  await press('Control+s')
  await expect(form.locator('.save-last')).toContainText('已保存 ✓')
  // The round was still on its way when the form was on the disk.
  expect((await ask(page, 'sync.status', {})).isRunning).toBe(true)
  await expect(statusBar().getByRole('progressbar')).toBeVisible()

  station.line.setLine({})
  await expect
    .poll(async () => (await ask(page, 'sync.status', {})).isRunning, { timeout: 60_000 })
    .toBe(false)
  await station.synchronise()
  await expect(statusBar()).toContainText('未上传 0')
})

test('without a line a package carries the queue to the server, and its answer brings the receipts', async () => {
  const { client, page, press } = station
  const town = await saveTown(page)
  await station.synchronise()
  await station.line.setRefusing(true)
  await saveResident(page, residentValues('孙一', makeNumber(61), town))
  const folder = mkdtempSync(join(tmpdir(), 'jufutong-package-'))
  const outgoing = join(folder, 'out.jufutong-package')
  const incoming = join(folder, 'in.jufutong-package')
  // The system's own dialogs cannot be typed into by a test: what a clerk would choose is answered for them.
  await client.app.evaluate(
    ({ dialog }, [target, source]) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: target ?? '' })
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [source ?? ''] })
    },
    [outgoing, incoming],
  )
  await openQueue()
  await expect(queueRow('孙一')).toContainText('待上传')
  await press('Control+Shift+s')
  await expect.poll(() => existsSync(outgoing)).toBe(true)
  await expect(panel().getByRole('status').last()).toContainText('已导出1项')
  // Exported is not received: the op waits for its receipt.
  await expect(statusBar()).toContainText('未上传 1')

  server.command('import-package', '--file', outgoing, '--answer', incoming)
  await press('Control+i')
  await expect(statusBar()).toContainText('未上传 0')
  await expect(panel()).toContainText('没有等待上传的内容')
})

test('重建本机数据库 asks in the page, and after the restart nothing is missing', async () => {
  const { client, page, press } = station
  const town = await saveTown(page)
  await saveResident(page, residentValues('周一', makeNumber(71), town))
  await station.synchronise()
  await saveResident(page, residentValues('周二', makeNumber(72), town))
  await press('Control+F9', 'Control+PageUp', 'ArrowDown')
  await panel().getByRole('button', { name: '重建本机数据库' }).focus()
  await press('Enter')
  const question = panel().getByRole('group', { name: '重建本机数据库' })
  await expect(question.getByRole('button', { name: /返回/ })).toBeFocused()
  await press('Escape')
  await expect(question).toHaveCount(0)
  await panel().getByRole('button', { name: '重建本机数据库' }).focus()
  await press('Enter', 'ArrowLeft', 'Enter')
  const restart = panel().getByRole('button', { name: '重新启动' })
  await expect(restart).toBeFocused()
  // A restart of Electron itself would leave a window that no test owns: only its end is looked at here.
  const closed = new Promise<void>((resolve) => client.app.once('close', () => resolve()))
  await client.app.evaluate(({ app }) => {
    app.relaunch = () => undefined
  })
  await press('Enter').catch(() => undefined)
  await closed

  const again = await openClient({ dataFolder: client.dataFolder })
  try {
    await expect(again.page.getByLabel('状态栏')).toContainText('未上传 1')
    await again.page.keyboard.press('F9')
    await expect(again.page.getByLabel('状态栏')).toContainText('未上传 0')
    await again.page.keyboard.press('Alt+5')
    const rows = again.page.locator('.page:not([hidden])').getByRole('row')
    await expect(rows.filter({ hasText: '周一' })).toBeVisible()
    await expect(rows.filter({ hasText: '周二' })).toBeVisible()
  } finally {
    await again.close()
  }
})
