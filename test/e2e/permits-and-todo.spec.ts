import { expect, test } from '@playwright/test'
import { v7 as uuidv7 } from 'uuid'
import { addDays } from '../../src-shared/values/calendar-date.ts'
import { ask } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'

test('a permit is applied for from the resident, judged while it is typed, and what is due is found by keys', async () => {
  const client = await openClient()
  const { page } = client
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key)
  }
  const shown = page.getByRole('tabpanel').locator('visible=true').first()
  const { settings, today } = await ask(page, 'app.state', {})
  await ask(page, 'demo.load', {})
  await ask(page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
  await expect(page.getByText('20,000')).toBeVisible()

  // An application whose day has passed, whatever day the test runs on.
  const { rows } = await ask(page, 'record.query', {
    query: {
      register: 'resident',
      conditions: [{ field: 'employmentStatusCode', operator: 'equals', value: '10' }],
      statuses: ['active'],
      stationCode: null,
      sort: { field: 'updatedAt', direction: 'descending' },
    },
    offset: 20,
    limit: 1,
  })
  const applicant = rows[0]
  if (!applicant) throw new Error('the demo district has nobody who works')
  await ask(page, 'residencePermit.save', {
    id: uuidv7(),
    revision: 0,
    values: {
      applicantId: applicant.id,
      permitActionCode: '10',
      permitBasisCode: '10',
      acceptanceDate: addDays(today, -45),
      permitTermCode: '10',
    },
    draftId: null,
  })

  // The home page: kinds on the left, lines on the right.
  const kinds = shown.getByRole('tablist', { name: '到期和待处理' })
  const inProcess = kinds.getByRole('tab', { name: /居住证在办/ })
  await expect(inProcess).toContainText(/逾期 \d/)
  await kinds.getByRole('tab', { selected: true }).focus()
  await press('Home')
  while ((await inProcess.getAttribute('aria-selected')) === 'false') await press('ArrowDown')
  await expect(inProcess).toBeFocused()
  // The lines of a kind come after its name; an Enter before them waits for them.
  await press('Enter')
  await expect(shown.getByRole('grid', { name: '居住证在办' })).toBeFocused()
  await expect(shown.getByRole('row', { selected: true })).toContainText(
    `${applicant.cells['name']} 首次申领`,
  )
  await client.screenshot('todo-home')
  await press('Escape')
  await expect(kinds.getByRole('tab', { selected: true })).toBeFocused()

  // 申领居住证 on somebody who moved in lately: half a year is not over.
  await press('Alt+5')
  const residents = page.getByRole('grid', { name: '流动人员查询结果' })
  await shown.getByRole('button', { name: /^查询/ }).focus()
  await press('Enter')
  await expect(residents).toBeFocused()
  await press('ArrowDown', 'Control+j')
  const field = (label: string) => shown.getByLabel(label, { exact: true })
  await expect(field('办理类型')).toHaveValue('首次申领')
  await expect(field('申请人')).not.toHaveValue('')
  await expect(field('申领依据')).toBeFocused()
  await page.keyboard.type('jd')
  await expect(page.getByRole('option', { selected: true })).toContainText('连续就读')
  await press('Enter')
  await field('有效期限').focus()
  await page.keyboard.type('3')
  await expect(page.getByRole('option', { selected: true })).toContainText('3年')
  await press('Enter')
  await expect(field('办结期限')).not.toHaveValue('')
  await expect(
    shown.getByRole('button', { name: '按〈国家居住证暂行条例〉,有效期限应为「1年」,不能是「3年」。' }),
  ).toBeVisible()
  await press('Control+s')
  await expect(shown.getByText(/没有保存/)).toBeVisible()
  await press('F1')
  await client.screenshot('permit-refused')

  // The region is changed in 首选项: Liaoning knows three years.
  await press('Control+,')
  await shown.getByRole('tab', { name: '系统初始化' }).focus()
  await press('ArrowDown', 'ArrowDown', 'ArrowDown', 'Tab')
  await expect(shown.getByRole('radio', { name: '国家居住证暂行条例' })).toBeFocused()
  await press('ArrowDown')
  await expect(shown.getByText('7日内申报居住登记')).toBeVisible()
  await client.screenshot('region-settings')
  expect((await ask(page, 'app.state', {})).settings.region).toBe('liaoning')

  // 到期提醒: the days ahead are the clerk's choice.
  await press('Control+Alt+7')
  await expect(shown.getByLabel('到期前提醒天数')).toBeFocused()
  await press('Control+a')
  await page.keyboard.type('200')
  await press('Enter', 'Tab')
  await expect(shown.getByRole('tab', { name: /居住证到期/ })).toBeFocused()
  await press('ArrowDown', 'Enter')
  await expect(shown.getByRole('grid', { name: '居住证在办' })).toBeFocused()
  await client.screenshot('reminders')
  expect(await ask(page, 'preference.read', { key: 'todo.withinDays' })).toBe(200)
  await press('Enter')
  await expect(shown.getByRole('heading', { name: `${applicant.cells['name']} 首次申领` })).toBeVisible()

  // A form that was begun, and each other list: its first line opens the record.
  await press('Alt+Shift+2')
  await expect(field('学校名称')).toBeFocused()
  await page.keyboard.type('清水河小学')
  await expect.poll(() => ask(page, 'draft.list', {})).toHaveLength(2)
  for (const [kind, opened] of [
    ['租赁合同到期', /^租赁合同 /],
    ['隐患整改', /^隐患检查 /],
    ['服务事项', /^服务事项 /],
    ['草稿未完成', /新增学校|居住证申领/],
  ] as const) {
    await press('Control+1')
    const tab = shown.getByRole('tab', { name: new RegExp(`^${kind}`) })
    await expect(tab).toBeVisible()
    await kinds.getByRole('tab', { selected: true }).focus()
    await press('Home')
    while ((await tab.getAttribute('aria-selected')) === 'false') await press('ArrowDown')
    await press('Enter')
    const lines = shown.getByRole('grid', { name: kind })
    await expect(lines).toBeFocused()
    await press('Enter')
    await expect(
      page.getByRole('tablist', { name: '标签页' }).getByRole('tab', { selected: true }),
    ).toHaveText(opened)
  }

  // 居住证签注 from a resident's own page.
  await press('Alt+5')
  await residents.focus()
  await press('Enter')
  await expect(shown.getByRole('button', { name: /居住证签注/ })).toBeVisible()
  await press('Control+y')
  await expect(field('办理类型')).toHaveValue('签注')
  await client.screenshot('permit-endorsement')
  await client.close()
})
