import { expect, test } from 'vitest'
import { menus } from '../../../../src-renderer/app/commands.ts'

test('the menu bar has the entries of product.md §1 that exist, and no others', () => {
  expect(
    menus.map((menu) => [menu.label, ...menu.commands.map((command) => command.label)].join(' ')),
  ).toEqual([
    '流动人员及未成年人 新增流动人员 流动人员查询 新增未成年人 未成年人查询 新增学校 学校查询',
    '房屋 新增房屋 房屋查询 新增协管员 协管员查询 新增小区 小区查询 房屋示意图',
    '单位 新增单位 单位查询',
    '居住证 居住证申领 居住证查询 到期提醒',
    '租赁与检查 租赁合同备案 租赁合同查询 隐患检查 隐患整改查询',
    '服务事项 服务事项登记 服务事项查询',
    '统计 在住情况',
    '工具 系统设置 批量录入 日结 数据同步 冲突处理 字典管理 备份与恢复 操作日志',
    '帮助 快捷键 使用手册 演示数据 关于',
  ])
})
