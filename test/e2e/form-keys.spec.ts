import { expect, test } from '@playwright/test'
import { openClient, type ClientWindow } from '../support/client-window.ts'
import {
  boxOf,
  demoDataFolder,
  focusedField,
  footLine,
  formOf,
  makeNumber,
  openIme,
  typeText,
} from '../support/form-driver.ts'

/** Fields, lists and marks of a form in a real window, by keyboard. */

let client: ClientWindow

test.beforeEach(async () => {
  client = await openClient({ dataFolder: await demoDataFolder() })
})
test.afterEach(async () => {
  await client.close()
})

async function openForm(shortcut: string, name: string) {
  await client.page.keyboard.press(shortcut)
  const form = formOf(client.page, name)
  await expect(form).toBeVisible()
  await expect(form).toHaveAttribute('aria-busy', 'false')
  return form
}

test('a refused save marks every empty required field, and F8 goes from mark to mark', async () => {
  const { page } = client
  const form = await openForm('Alt+2', '新增房屋')
  await page.keyboard.press('Control+s')
  await expect(form.getByRole('button', { name: '房号,必须录入,不能为空!', exact: true })).toBeVisible()
  await expect(form.getByRole('button', { name: '社区,必须录入,不能为空!', exact: true })).toBeVisible()
  // Required only where a person or a body is the owner: neither is chosen yet.
  await expect(form.getByRole('button', { name: '产权人姓名,必须录入,不能为空!', exact: true })).toHaveCount(
    0,
  )
  await expect(footLine(page)).toContainText('没有保存')
  expect(await focusedField(page)).toBe('communityCode')
  await page.keyboard.press('F8')
  expect(await focusedField(page)).toBe('streetCode')
  await page.keyboard.press('F8')
  await page.keyboard.press('F8')
  expect(await focusedField(page)).toBe('roomNumber')
  await page.keyboard.press('F1')
  await expect(
    page.getByRole('tooltip', { name: '' }).filter({ hasText: '房号,必须录入,不能为空!' }),
  ).toBeVisible()
  const box = boxOf(form, '房号')
  await expect(box).toHaveAttribute('aria-invalid', 'true')
  await expect(box).toHaveAttribute('aria-required', 'true')
  await expect(box).toHaveAccessibleDescription('房号,必须录入,不能为空!')
  await typeText(page, '101')
  await page.keyboard.press('Enter')
  await expect(form.getByRole('button', { name: '房号,必须录入,不能为空!', exact: true })).toHaveCount(0)
  await client.screenshot('form-refused')
})

test('a list opens on any key, and its keys move, take, close and restore', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  const box = boxOf(form, '民族')
  await box.focus()
  await expect(
    form.getByRole('img', { name: '该项有快速完成录入助手,可以按任意键,从下拉列表中选择!' }),
  ).toBeVisible()
  await page.keyboard.press('z')
  const list = page.getByRole('listbox', { name: '民族' })
  await expect(list).toBeVisible()
  await expect(list.getByRole('option').first()).toHaveAttribute('aria-selected', 'true')
  await expect(page.locator('.lookup-foot')).toContainText(/^共 \d+ 条/)
  // Twelve rows of fixed height, however few fit.
  const before = await page.locator('.lookup-panel').boundingBox()
  await page.keyboard.press('h')
  await page.keyboard.press('u')
  await expect(list.getByRole('option').first()).toContainText('壮族')
  expect(await page.locator('.lookup-panel').boundingBox()).toEqual(before)
  await page.keyboard.press('Tab')
  await expect(box).toHaveValue('壮族')
  expect(await focusedField(page)).toBe('birthDate')

  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('0')
  await page.keyboard.press('1')
  await expect(list.getByRole('option').first()).toContainText('汉族')
  await page.keyboard.press('Escape')
  await expect(list).toBeHidden()
  await expect(box).toHaveValue('壮族')

  // The whole table by Space on what is selected; End, Home, PgDn and the arrows move in it.
  await page.keyboard.press('Space')
  await expect(list).toBeVisible()
  const active = () => box.getAttribute('aria-activedescendant')
  await page.keyboard.press('End')
  await expect.poll(active).toMatch(/-5\d$/)
  await page.keyboard.press('Home')
  await expect.poll(active).toMatch(/-0$/)
  await page.keyboard.press('PageDown')
  await expect.poll(active).toMatch(/-12$/)
  await page.keyboard.press('ArrowUp')
  await expect.poll(active).toMatch(/-11$/)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('PageUp')
  await expect.poll(active).toMatch(/-0$/)
  await client.screenshot('form-list')
  await page.keyboard.press('Enter')
  await expect(list).toBeHidden()
  expect(await focusedField(page)).toBe('birthDate')

  // No entry: the value from before comes back, and the mark says what was typed.
  await page.keyboard.press('Shift+Enter')
  const kept = await box.inputValue()
  await typeText(page, 'qqqq')
  await page.keyboard.press('Enter')
  await expect(box).toHaveValue(kept)
  await expect(form.getByRole('button', { name: /^民族:「qqqq」不在列表中/ })).toBeVisible()
  expect(await focusedField(page)).toBe('birthDate')

  // However the focus comes, the next key begins a new search.
  await box.focus()
  await typeText(page, 'huiz')
  await expect(list.getByRole('option').first()).toContainText('回族')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')

  // Emptied and left: the field is empty, and required.
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.press('Backspace')
  await expect(list).toBeHidden()
  await page.keyboard.press('Enter')
  await expect(box).toHaveValue('')
  await expect(form.getByRole('button', { name: '民族,必须录入,不能为空!', exact: true })).toBeVisible()
})

test('keys struck faster than the list answers land where they belong', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  await boxOf(form, '民族').focus()
  // All in one burst: two letters, take, a day, take, two more fields.
  const session = await page.context().newCDPSession(page)
  const keys = [
    'h',
    'a',
    'n',
    'Enter',
    '1',
    '9',
    '9',
    '3',
    '0',
    '4',
    '1',
    '2',
    'Enter',
    '4',
    '2',
    '0',
    '1',
    '0',
    '6',
    'Enter',
  ]
  await Promise.all(
    keys.flatMap((key) => {
      const isEnter = key === 'Enter'
      const code = isEnter ? 'Enter' : /\d/.test(key) ? `Digit${key}` : `Key${key.toUpperCase()}`
      const virtual = isEnter ? 13 : key.toUpperCase().charCodeAt(0)
      const down = {
        key,
        code,
        windowsVirtualKeyCode: virtual,
        ...(isEnter ? { text: '\r' } : { text: key }),
      }
      return [
        session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...down }),
        session.send('Input.dispatchKeyEvent', { type: 'keyUp', key, code, windowsVirtualKeyCode: virtual }),
      ]
    }),
  )
  await expect.poll(() => focusedField(page)).toBe('householdAddress')
  await expect(boxOf(form, '民族')).toHaveValue('汉族')
  await expect(boxOf(form, '出生日期')).toHaveValue('1993-04-12')
  await expect(boxOf(form, '户籍地区划')).toHaveValue('武昌区')
})

test('an input method: Enter that ends a composition neither takes nor moves nor saves', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  const ime = await openIme(page)
  const name = boxOf(form, '姓名')
  await name.focus()
  await ime.compose("wang'xm", 'KeyW')
  await ime.key('Enter')
  await ime.commit('王小明')
  await expect(name).toHaveValue('王小明')
  expect(await focusedField(page)).toBe('name')
  await page.keyboard.press('Enter')
  expect(await focusedField(page)).toBe('formerName')

  // A look-up filters by what is being composed, and by what was committed.
  const nation = boxOf(form, '民族')
  await nation.focus()
  await ime.compose('hui', 'KeyH')
  const first = page.getByRole('listbox', { name: '民族' }).getByRole('option').first()
  await expect(first).toContainText('回族')
  await ime.key('Space')
  await ime.commit('满')
  await expect(first).toContainText('满族')
  expect(await focusedField(page)).toBe('ethnicGroupCode')
  await page.keyboard.press('Enter')
  await expect(nation).toHaveValue('满族')
})

test('number, date and document fields take the physical keys while an input method is on', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  const ime = await openIme(page)
  const number = boxOf(form, '证件号码')
  await number.focus()
  const wanted = makeNumber(3)
  expect(wanted).toBe('42010619930412003X')
  await typeText(page, wanted.slice(0, 17))
  await ime.compose('x', 'KeyX')
  await ime.key('Space')
  await ime.commit('下')
  await expect(number).toHaveValue('42010619930412003x')
  await page.keyboard.press('Enter')
  await expect(number).toHaveValue(wanted)
  await expect(boxOf(form, '性别')).toHaveValue('男')

  const arrival = boxOf(form, '来本地日期')
  await arrival.focus()
  await ime.compose('t', 'KeyT')
  await ime.key('Space')
  await ime.commit('他')
  await page.keyboard.press('Enter')
  await expect(arrival).toHaveValue(/^\d{4}-\d{2}-\d{2}$/)
})

test('an identity number is judged at its eighteenth character and fills sex, birth day and place', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  const number = boxOf(form, '证件号码')
  await number.focus()
  await typeText(page, '420106199304120031')
  await expect(form.getByRole('button', { name: /^证件号码:公民身份号码的校验码不对/ })).toBeVisible()
  expect(await focusedField(page)).toBe('documentNumber')
  await expect(boxOf(form, '性别')).toHaveValue('')
  await page.keyboard.press('Backspace')
  await page.keyboard.press('x')
  await expect(form.getByRole('button', { name: /^证件号码:/ })).toHaveCount(0)
  await expect(boxOf(form, '性别')).toHaveValue('男')
  await expect(boxOf(form, '出生日期')).toHaveValue('1993-04-12')
  await expect(boxOf(form, '户籍地区划')).toHaveValue('武昌区')
  // What a clerk typed differently stays, and the contradiction is said.
  await boxOf(form, '出生日期').focus()
  await page.keyboard.press('Control+a')
  await typeText(page, '930413')
  await page.keyboard.press('Enter')
  await expect(form.getByRole('button', { name: /^出生日期与证件号码不一致/ })).toBeVisible()
})

test('dates by digits, bad input stays in the box with its mark', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  const cases: readonly [label: string, typed: string, shown: string, mark: RegExp | null][] = [
    ['出生日期', '930412', '1993-04-12', null],
    ['出生日期', '19930412', '1993-04-12', null],
    ['出生日期', '１９９３０４１２', '1993-04-12', null],
    ['来本地日期', '今天-3', '', null],
    ['出生日期', '19930231', '19930231', /^出生日期:1993年2月没有31日/],
    ['出生日期', '99', '99', /^出生日期:日期「99」位数不对/],
    ['证件有效期止', 'c', '长期', null],
    ['证件有效期止', '440101', '2044-01-01', null],
    ['姓名', '𠮷㛃', '𠮷㛃', null],
    ['姓名', '王😀', '王😀', /^姓名:姓名中不能有表情符号/],
    ['姓名', '王'.repeat(200), '王'.repeat(200), /^姓名:姓名最多50个字,现有200个字/],
    ['户籍地详址', "'; DROP TABLE resident; --", "'; DROP TABLE resident; --", null],
    ['已工作年限', '１２', '12', null],
    ['已工作年限', '十二', '十二', /^已工作年限:「十二」不是整数/],
    ['已工作年限', '99', '99', /^已工作年限:应在0至80之间/],
    ['联系电话', '１３８００００１１１１', '13800001111', null],
    ['联系电话', '12', '12', /^联系电话:/],
  ]
  for (const [label, typed, shown, mark] of cases) {
    const box = boxOf(form, label)
    await box.focus()
    await page.keyboard.press('Control+a')
    await typeText(page, typed)
    await page.keyboard.press('Enter')
    if (shown === '') await expect(box).toHaveValue(/^20\d\d-/)
    else await expect(box).toHaveValue(shown)
    const marks = form.locator(
      `[data-field="${(await box.getAttribute('id'))?.split('-').at(-1) ?? ''}"] .field-mark`,
    )
    if (mark === null) await expect(marks, `${label} ${typed}`).toHaveCount(0)
    else await expect(marks).toHaveAccessibleName(mark)
  }
  // A paste with line breaks becomes one line.
  await client.app.evaluate(({ clipboard }) => clipboard.writeText('王\r\n 小明\n'))
  const name = boxOf(form, '姓名')
  await name.focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Control+v')
  await page.keyboard.press('Enter')
  await expect(name).toHaveValue('王小明')
  await client.screenshot('form-bad-input')
})

test('typing in one field renders no other', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  const renders = () =>
    page.evaluate(() =>
      Object.fromEntries(
        [...document.querySelectorAll<HTMLElement>('[data-renders]')].map((each) => [
          each.id,
          Number(each.dataset['renders']),
        ]),
      ),
    )
  const box = boxOf(form, '户籍地详址')
  await box.focus()
  const before = await renders()
  await typeText(page, 'abcdefgh')
  const after = await renders()
  const changed = Object.keys(after).filter((id) => after[id] !== before[id])
  expect(changed).toEqual([await box.getAttribute('id')])
  // A look-up with its list open is no different.
  const nation = boxOf(form, '民族')
  await nation.focus()
  await expect.poll(() => focusedField(page)).toBe('ethnicGroupCode')
  const beforeList = await renders()
  await typeText(page, 'hz')
  await expect(page.getByRole('listbox', { name: '民族' })).toBeVisible()
  const afterList = await renders()
  expect(Object.keys(afterList).filter((id) => afterList[id] !== beforeList[id])).toEqual([
    await nation.getAttribute('id'),
  ])
})

test('several codes and the rows of a sub-list by keys', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  const insurance = boxOf(form, '参保情况')
  await insurance.focus()
  await page.keyboard.press('ArrowDown')
  const list = page.getByRole('listbox', { name: '参保情况' })
  await expect(list.getByRole('option').first()).toBeVisible()
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  const chips = form.locator('[data-field="socialInsuranceCodes"] .chip')
  await expect(chips).toHaveCount(2)
  await page.keyboard.press('Tab')
  expect(await focusedField(page)).toBe('appliesForPermitCode')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Backspace')
  await expect(chips).toHaveCount(1)
  await page.keyboard.press('Enter')

  await page.keyboard.press('y')
  await page.keyboard.press('Enter')
  expect(await focusedField(page)).toBe('accompanyingMinors')
  await page.keyboard.press('Space')
  const rows = page.getByRole('dialog', { name: '随行未成年人' })
  await expect(rows.getByLabel('姓名')).toBeFocused()
  await typeText(page, '王小宝')
  await page.keyboard.press('Enter')
  await page.keyboard.press('1')
  await page.keyboard.press('Enter')
  await expect(rows.getByLabel('出生日期')).toBeFocused()
  await typeText(page, '20190301')
  await page.keyboard.press('Enter')
  await typeText(page, '20')
  await page.keyboard.press('Enter')
  await expect(rows.getByLabel('就学状况')).toBeFocused()
  await typeText(page, '10')
  // Not at school: 学校 is passed over.
  await page.keyboard.press('Enter')
  await expect(rows.getByRole('group', { name: '第2行' }).getByLabel('姓名')).toBeFocused()
  await client.screenshot('form-minors')
  await page.keyboard.press('Escape')
  await expect(form.locator('[data-field="accompanyingMinors"]')).toContainText('1 人:王小宝')
  expect(await focusedField(page)).toBe('accompanyingMinors')
  // A row that lacks something is said with its number.
  await page.keyboard.press('Space')
  await expect(rows.getByLabel('姓名')).toBeFocused()
  await page.keyboard.press('Backspace')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')
  await expect(form.getByRole('button', { name: '随行未成年人:第1行姓名,必须录入,不能为空!' })).toBeVisible()
})

test('what does not apply is grey and passed over, also when the key comes before the page knows', async () => {
  const { page } = client
  const form = await openForm('Alt+2', '新增房屋')
  await expect(boxOf(form, '产权人姓名')).toBeDisabled()
  await expect(boxOf(form, '产权单位')).toBeDisabled()
  await boxOf(form, '产权类型').focus()
  await typeText(page, '20')
  await page.keyboard.press('Enter')
  await expect(boxOf(form, '产权单位')).toBeFocused()
  await expect(boxOf(form, '产权人姓名')).toBeDisabled()
  await typeText(page, '丹心房产公司')
  await boxOf(form, '产权类型').focus()
  await page.keyboard.press('Control+a')
  await typeText(page, '10')
  await page.keyboard.press('Enter')
  await expect(boxOf(form, '产权人姓名')).toBeFocused()
  await expect(boxOf(form, '产权单位')).toBeDisabled()
  // What was typed where it no longer applies is not thrown away.
  await expect(boxOf(form, '产权单位')).toHaveValue('丹心房产公司')
  await client.screenshot('form-dwelling')
})
