import { REGISTER_NAMES } from '../../../../src-shared/registers/register.ts'
import { expect, test } from 'vitest'
import { allCommands, menus } from '../../../../src-renderer/app/commands.ts'
import { askedTabIndex, isShortcut, type KeyPress } from '../../../../src-renderer/app/shortcuts.ts'
import { findFormCommand } from '../../../../src-renderer/forms/form-keys.ts'
import { listActions } from '../../../../src-renderer/pages/query/actions.ts'

function press(key: string, code: string, held: Partial<KeyPress> = {}): KeyPress {
  return { key, code, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...held }
}

test('letters are compared by position, so that an input method cannot take them', () => {
  expect(isShortcut(press('Process', 'KeyW', { ctrlKey: true }), 'Ctrl+W')).toBe(true)
  expect(isShortcut(press('w', 'KeyW'), 'Ctrl+W')).toBe(false)
  expect(isShortcut(press('w', 'KeyW', { ctrlKey: true, shiftKey: true }), 'Ctrl+W')).toBe(false)
})

test('a key within a composition is no shortcut', () => {
  expect(isShortcut(press('F9', 'F9', { isComposing: true }), 'F9')).toBe(false)
})

test('Ctrl with a digit asks for a tab, on the number pad as well', () => {
  expect(askedTabIndex(press('1', 'Digit1', { ctrlKey: true }))).toBe(0)
  expect(askedTabIndex(press('9', 'Numpad9', { ctrlKey: true }))).toBe(8)
  expect(askedTabIndex(press('1', 'Digit1', { altKey: true }))).toBeUndefined()
})

test('punctuation has its shortcut', () => {
  expect(isShortcut(press(',', 'Comma', { ctrlKey: true }), 'Ctrl+,')).toBe(true)
  expect(isShortcut(press('，', 'Comma', { ctrlKey: true }), 'Ctrl+,')).toBe(true)
})

test('no two entries share a shortcut or a mnemonic', () => {
  const shortcuts = allCommands.map((command) => command.shortcut)
  expect(new Set(shortcuts).size).toBe(shortcuts.length)
  const mnemonics = menus.map((menu) => menu.mnemonic)
  expect(new Set(mnemonics).size).toBe(mnemonics.length)
})

test('no shortcut of the menu takes a key from the form or from a result', () => {
  for (const { shortcut } of allCommands) {
    const parts = shortcut.split('+')
    const held = {
      ctrlKey: parts.includes('Ctrl'),
      altKey: parts.includes('Alt'),
      shiftKey: parts.includes('Shift'),
      metaKey: false,
    }
    expect(findFormCommand({ key: parts.at(-1) ?? '', ...held })).toBeUndefined()
  }
  for (const register of REGISTER_NAMES) {
    const own = listActions(register, ['active', 'cancelled']).map((action) => action.shortcut)
    expect(new Set(own).size).toBe(own.length)
    for (const { shortcut } of allCommands) expect(own).not.toContain(shortcut)
  }
})

test('the menu bar has the entries of product.md §1 that exist, and no others', () => {
  expect(
    menus.map((menu) => [menu.label, ...menu.commands.map((command) => command.label)].join(' ')),
  ).toEqual([
    '流动人员及未成年人 新增流动人员 流动人员查询 新增未成年人 未成年人查询 新增学校 学校查询',
    '房屋 新增房屋 房屋查询 新增协管员 协管员查询 新增小区 小区查询',
    '单位 新增单位 单位查询',
    '居住证 居住证申领 居住证查询',
    '租赁与检查 租赁合同备案 租赁合同查询 隐患检查 隐患整改查询',
    '服务事项 服务事项登记 服务事项查询',
    '工具 系统设置 批量录入 日结 数据同步 冲突处理',
    '帮助 快捷键 演示数据 关于',
  ])
})
