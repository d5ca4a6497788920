import { expect, test, type Page } from '@playwright/test'
import { ask } from '../support/clerks-morning.ts'
import { makeDataFolder, openClient, type ClientWindow } from '../support/client-window.ts'

/** The frame around the pages, by keys alone. */

let client: ClientWindow
let page: Page
let dataFolder: string

async function open(): Promise<void> {
  client = await openClient({ dataFolder })
  page = client.page
}

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

function activeTab() {
  return page.getByRole('tab', { selected: true }).first()
}

/** Opens a new form and waits until it is ready: then its first field has the focus. */
async function openEntry(): Promise<void> {
  await press('Alt+1')
  await expect(page.locator('form[aria-busy=true]')).toHaveCount(0)
  await expect(page.getByLabel('证件类型', { exact: true })).toBeFocused()
}

/** Closes the active form and answers that its draft is kept, once the question is there. */
async function closeKeepingTheDraft(): Promise<void> {
  await expect(activeTab().getByLabel('未保存')).toBeVisible()
  await press('Control+w')
  const dialog = page.getByRole('dialog', { name: '关闭标签页' })
  await expect(dialog.getByRole('button', { name: '返回录入' })).toBeFocused()
  await press('ArrowRight', 'Enter')
  await expect(dialog).toHaveCount(0)
}

/** What has the focus, as a screen reader names it. */
function focused() {
  return page.locator(':focus')
}

test.beforeEach(async () => {
  dataFolder = makeDataFolder()
  await open()
  const { settings } = await ask(page, 'app.state', {})
  await ask(page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
  await client.close()
  await open()
})

test.afterEach(async () => {
  await client.close()
})

test('the menu bar works by arrows, and Esc gives the focus back to where it was', async () => {
  await openEntry()
  const name = page.getByLabel('姓名', { exact: true })
  await name.focus()
  await press('Alt')
  await expect(focused()).toHaveAccessibleName('流动人员及未成年人')
  await press('ArrowRight', 'ArrowDown')
  await expect(focused()).toHaveAccessibleName('新增房屋')
  await press('ArrowRight')
  await expect(focused()).toHaveAccessibleName('新增单位')
  await press('ArrowLeft', 'End')
  await expect(focused()).toHaveAccessibleName('房屋示意图')
  await press('Escape')
  await expect(page.getByRole('menu')).toHaveCount(0)
  await expect(name).toBeFocused()
  await press('F10', 'Escape')
  await expect(name).toBeFocused()
})

test('tabs change by key, and the focus goes back to where it was in each', async () => {
  await openEntry()
  await page.getByLabel('姓名', { exact: true }).focus()
  await press('Alt+6')
  await expect(activeTab()).toContainText('房屋查询')
  await page.getByLabel('房号', { exact: true }).filter({ visible: true }).focus()
  await press('Control+Tab')
  await expect(activeTab()).toContainText('首页')
  await press('Control+2')
  await expect(page.getByLabel('姓名', { exact: true })).toBeFocused()
  await press('Control+Tab')
  await expect(page.getByLabel('房号', { exact: true }).filter({ visible: true })).toBeFocused()
  await press('Control+Shift+Tab', 'Control+3')
  await expect(activeTab()).toContainText('房屋查询')
  await press('Control+w')
  await expect(activeTab()).toContainText('新增流动人员')
  await expect(page.getByLabel('姓名', { exact: true })).toBeFocused()
})

test('a tab with something unsaved is marked and asks before it closes; the safe answer has the focus', async () => {
  await openEntry()
  const name = page.getByLabel('姓名', { exact: true })
  await name.focus()
  await page.keyboard.insertText('张小明')
  await expect(activeTab().getByLabel('未保存')).toBeVisible()
  await press('Control+w')
  const dialog = page.getByRole('dialog', { name: '关闭标签页' })
  await expect(dialog.getByRole('button', { name: '返回录入' })).toBeFocused()
  await client.screenshot('close-question')
  await press('Escape')
  await expect(name).toBeFocused()
  await expect(name).toHaveValue('张小明')
  // Keep the draft: it stands on the home page and comes back.
  await closeKeepingTheDraft()
  await expect(activeTab()).toContainText('首页')
  await expect(page.getByText('未完成的录入')).toBeVisible()
  await page.getByRole('button', { name: '继续填写' }).focus()
  await press('Enter')
  await expect(page.getByLabel('姓名', { exact: true })).toHaveValue('张小明')
})

test('what was typed within the same moment as Ctrl+W is asked about as well', async () => {
  await openEntry()
  const name = page.getByLabel('姓名', { exact: true })
  await name.focus()
  // In one task: nothing is drawn between the letter and the key.
  await name.evaluate((box) => {
    document.execCommand('insertText', false, '张')
    const key = { key: 'w', code: 'KeyW', ctrlKey: true, bubbles: true, cancelable: true }
    box.dispatchEvent(new KeyboardEvent('keydown', key))
  })
  await expect(page.getByRole('dialog', { name: '关闭标签页' })).toBeVisible()
  await press('Escape')
  await expect(name).toHaveValue('张')
})

test('two forms of one register: the kept draft is continued beside the open one', async () => {
  await openEntry()
  await page.getByLabel('姓名', { exact: true }).focus()
  await page.keyboard.insertText('张小明')
  await closeKeepingTheDraft()
  await expect(page.getByText('未完成的录入')).toBeVisible()
  await openEntry()
  await page.getByLabel('姓名', { exact: true }).focus()
  await page.keyboard.insertText('李小红')
  await press('Control+1')
  // The form that is open is not offered a second time.
  await expect(page.getByRole('button', { name: '继续填写' })).toHaveCount(1)
  await page.getByRole('button', { name: '继续填写' }).focus()
  await press('Enter')
  const names = page.getByLabel('姓名', { exact: true })
  await expect(names.filter({ visible: true })).toHaveValue('张小明')
  await press('Control+2')
  await expect(names.filter({ visible: true })).toHaveValue('李小红')
})

test('many tabs keep titles that can be read, and the active one is in sight', async () => {
  await openEntry()
  const shortcuts = ['Alt+2', 'Alt+3', 'Alt+4', 'Alt+5', 'Alt+6', 'Alt+7', 'Alt+8']
  await press(...shortcuts, 'Control+F9', 'Control+Shift+F9', 'Control+/', 'Control+F1', 'Control+,')
  const strip = page.getByRole('tablist', { name: '标签页' })
  await expect(strip.getByRole('tab')).toHaveCount(14)
  const cut = () =>
    strip
      .locator('.tab-title')
      .evaluateAll((titles) =>
        titles.filter((title) => title.scrollWidth > title.clientWidth).map((title) => title.textContent),
      )
  expect(await cut()).toEqual([])
  for (let step = 0; step < 14; step += 1) {
    await press('Control+Tab')
    await expect(activeTab()).toBeInViewport({ ratio: 1 })
  }
  await activeTab().focus()
  await press('ArrowRight')
  await expect(activeTab()).toBeFocused()
  await expect(activeTab()).toBeInViewport({ ratio: 1 })
})

test('what a good round still has to say stands in the status bar and under 数据同步', async () => {
  const { sync } = await ask(page, 'app.state', {})
  const notice = '本机时间比服务器慢 12 分钟,请校准系统时间。'
  await client.app.evaluate(
    ({ BrowserWindow }, payload) =>
      BrowserWindow.getAllWindows()[0]?.webContents.send('jufutong:event', {
        event: 'sync.changed',
        payload,
      }),
    { ...sync, notice },
  )
  await expect(page.getByRole('contentinfo')).toContainText(notice)
  await press('Control+F9')
  await expect(page.getByRole('main').getByText(notice)).toBeVisible()
})

test('another server asks for a restart; 否 goes on, 是 restarts with every draft', async () => {
  await openEntry()
  await page.getByLabel('姓名', { exact: true }).focus()
  await page.keyboard.insertText('李小红')
  await press('Control+,')
  await expect(focused()).toHaveText('系统初始化')
  await press('Tab')
  await expect(page.getByRole('checkbox', { name: '使用IP地址' })).toBeFocused()
  await press('Space', 'Tab', 'Control+a')
  await page.keyboard.insertText('127.0.0.300')
  await press('Enter')
  await expect(page.getByRole('alert')).toContainText('服务器IP应为四组 0 至 255 的数字')
  await expect(page.getByLabel('服务器IP')).toHaveValue('127.0.0.300')
  await press('Control+a')
  await page.keyboard.insertText('127.0.0.1')
  await press('Tab', 'Control+a')
  await page.keyboard.insertText('9')
  await press('Tab')
  await expect(page.getByRole('checkbox', { name: '加密连接(TLS)' })).toBeFocused()
  await expect(page.getByRole('checkbox', { name: '加密连接(TLS)' })).toBeChecked()
  await press('Tab')
  await expect(page.getByRole('button', { name: '测试连接' })).toBeFocused()
  await press('Enter')
  await expect(page.getByRole('tabpanel', { name: '系统初始化' }).getByRole('status').first()).toContainText(
    '127.0.0.1:9',
  )
  await press('Tab')
  await expect(page.getByRole('button', { name: '导入入网文件…' })).toBeFocused()
  await press('Tab')
  await expect(page.getByRole('button', { name: '确定' })).toBeFocused()
  await press('Enter')
  const question = page.getByRole('dialog', { name: '系统初始化' })
  await expect(question).toContainText('应用参数被修改,必须重启应用程序。是否要重新启动应用程序?')
  await expect(question.getByRole('button', { name: '否' })).toBeFocused()
  await client.screenshot('restart-question')
  await press('Enter')
  await expect(question).toHaveCount(0)
  await expect(page.getByText('重新启动程序后生效')).toBeVisible()

  await page.getByLabel('服务器端口号').focus()
  await press('Control+a')
  await page.keyboard.insertText('18080')
  await press('Enter')
  await expect(question).toBeVisible()
  // A restart of Electron itself would leave a window that no test owns: only its end is looked at here.
  const wasAsked = client.app.evaluate(
    ({ app }) =>
      new Promise<boolean>((resolve) => {
        app.relaunch = () => resolve(true)
      }),
  )
  const closed = new Promise<void>((resolve) => client.app.once('close', () => resolve()))
  await press('ArrowLeft')
  // The window may be gone before the key is up.
  await press('Enter').catch(() => undefined)
  expect(await wasAsked.catch(() => true)).toBe(true)
  await closed

  await open()
  expect((await ask(page, 'app.state', {})).settings.server).toEqual({
    isEnabled: true,
    host: '127.0.0.1',
    port: 18_080,
    usesTls: true,
    allowsPlain: false,
    authority: '',
  })
  await expect(activeTab()).toContainText('新增流动人员')
  await expect(page.getByLabel('姓名', { exact: true })).toHaveValue('李小红')
  await expect(page.getByRole('contentinfo')).toContainText('已恢复上次未保存的录入 1 份')
  await expect(page.getByRole('contentinfo')).toContainText('服务器 127.0.0.1:18080')
})

test('without a server F9 opens 数据同步, which says what is missing', async () => {
  await press('F9')
  await expect(activeTab()).toContainText('数据同步')
  await expect(page.getByText('单机模式,数据只保存在本机')).toBeVisible()
  await expect(page.getByRole('button', { name: '设置服务器' })).toBeFocused()
  await press('Enter')
  await expect(activeTab()).toContainText('首选项')
})

test('the toolbar is one stop; its lists open by key', async () => {
  await page.getByRole('button', { name: '新增', exact: true }).focus()
  await press('ArrowRight', 'Enter')
  await expect(focused()).toHaveAccessibleName('流动人员查询')
  await press('ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter')
  await expect(activeTab()).toContainText('单位查询')
})

test('the size of the letters is chosen by key and stays', async () => {
  await press('Control+,')
  await expect(focused()).toHaveText('系统初始化')
  await press('ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'Tab', 'ArrowRight', 'ArrowRight')
  await expect.poll(async () => (await ask(page, 'app.state', {})).settings.fontSizePercent).toBe(125)
  const zoom = () =>
    client.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getZoomFactor())
  await expect.poll(zoom).toBe(1.25)
  await client.close()
  await open()
  await expect.poll(zoom).toBe(1.25)
})

test('a backend that stops is announced, and goes away when it is back', async () => {
  const tell = (event: string, payload: unknown) =>
    client.app.evaluate(
      ({ BrowserWindow }, message) =>
        BrowserWindow.getAllWindows()[0]?.webContents.send('jufutong:event', message),
      { event, payload },
    )
  await tell('backend.stopped', { willRestart: true, logPath: '/tmp/log' })
  await expect(page.getByRole('alert')).toContainText('草稿和待上传的数据都已保存在本机')
  await client.screenshot('backend-stopped')
  await tell('backend.started', {})
  await expect(page.getByRole('alert')).toHaveCount(0)
  await tell('startup.failed', {
    title: '本机数据无法打开',
    detail: '数据文件已损坏。',
    advice: '请从备份恢复,或联系管理员。',
  })
  await expect(page.getByRole('alertdialog', { name: '本机数据无法打开' })).toContainText('请从备份恢复')
  await expect(page.getByRole('button', { name: '打开日志' })).toBeFocused()
  await client.screenshot('startup-failed')
})

test('the first run is skipped by one key and does not come back', async () => {
  await client.close()
  dataFolder = makeDataFolder()
  await open()
  await expect(page.getByRole('region', { name: '首次使用' })).toBeVisible()
  await expect(page.getByRole('radio', { name: /单机模式/ })).toBeFocused()
  await client.screenshot('first-run')
  await press('Escape')
  await expect(page.getByRole('region', { name: '首次使用' })).toHaveCount(0)
  // The focus is where the work begins.
  await expect(page.getByRole('button', { name: '新增流动人员' })).toBeFocused()
  await client.close()
  await open()
  await expect(page.getByText('开始工作')).toBeVisible()
  await expect(page.getByRole('region', { name: '首次使用' })).toHaveCount(0)
})
