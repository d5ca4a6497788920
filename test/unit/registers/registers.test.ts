import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { columnName } from '../../../src-shared/fields/columns.ts'
import type { Field } from '../../../src-shared/fields/field.ts'
import { REGISTER_NAMES } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'

/** Dictionaries that come from the server or the demo data instead of a file. */
const WITHOUT_FILE = new Set(['community', 'street'])

/** Labels and 「*」 of product.md §3, in paper order. */
const PAPER: Record<string, string> = {
  resident:
    '证件类型* 证件号码* 姓名* 曾用名 性别* 民族* 出生日期* 户籍地区划* 户籍地详址* 户口性质 证件有效期起 证件有效期止 照片 婚姻状况* 文化程度* 政治面貌 兵役状况 联系电话* ' +
    '现住房屋* 住所类别* 居住事由* 来本地日期* 入住日期* 拟居住期限* 与房主关系* 就业状况* 工作单位 职业* 已工作年限 劳动合同 参保情况 是否申领居住证 随行未成年人 采集人* 采集日期* 采集表编号 备注',
  dwelling:
    '房屋档案编号 社区* 小区 街(路巷)* 门(楼)牌号* 楼栋 单元 楼层 房号* 业务描述地址 房屋类别* 房屋用途* 建筑结构 建筑面积 房间数* 使用情况* 产权类型* 产权人姓名 产权人证件号码 产权人电话 ' +
    '产权单位 单位负责人 单位电话 代理人姓名 代理人证件号码 代理人电话 出租间数 责任书编号 协管员 安全设施 采集日期* 备注',
  employer: '单位名称* 统一社会信用代码 单位类别* 行业 区划* 地址* 负责人* 联系电话* 从业人数 协管员 备注',
  coordinator: '姓名* 性别* 证件号码* 联系电话* 所属社区* 聘用日期* 工作证号 照片 备注',
  minor:
    '姓名* 性别* 出生日期* 证件类型 证件号码 监护人* 与监护人关系* 现住房屋* 就学状况* 学校 年级 预防接种 采集人* 采集日期* 备注',
  school: '学校名称* 学校类别* 办学性质 区划* 地址* 负责人 联系电话',
  estate: '小区名称* 社区* 地址* 开发商 建筑商 物业公司 物业电话 楼栋',
  residencePermit:
    '申请人* 办理类型* 申领依据* 材料 受理日期* 办结期限 有效期限* 有效期止 受理人 状态 审核日期 不予受理原因 制证日期 证件编号 发证日期',
  lease:
    '房屋* 出租人 承租人* 起租日期* 止租日期* 月租金(元)* 押金 租赁用途* 备案编号 备案日期* 状态 终止日期 终止原因',
  inspection: '房屋* 检查日期* 检查人* 隐患类别 情况描述 照片 整改期限 状态 复查日期 复查结果',
  serviceRequest:
    '申请人 申请人姓名 申请人电话 事项类别* 内容* 受理日期* 办结期限* 经办人 状态 办结日期 办理结果 满意度',
}
/** What a field chooses from, per product.md §3: [D:…] a dictionary, [R:…] a register. Nothing else chooses. */
const CHOICES: Record<string, string> = {
  resident:
    '证件类型=document-type 性别=sex 民族=ethnicity 户籍地区划=division 户口性质=hukou-type 婚姻状况=marital-status 文化程度=education 政治面貌=political-status 兵役状况=military-service ' +
    '现住房屋=R:dwelling 住所类别=residence-type 居住事由=residence-reason 拟居住期限=intended-stay 与房主关系=landlord-relation 就业状况=employment-status 工作单位=R:employer 职业=occupation ' +
    '劳动合同=labour-contract 参保情况=social-insurance* 是否申领居住证=yes-no 采集人=R:coordinator',
  dwelling:
    '社区=community 小区=R:estate 街(路巷)=street 房屋类别=dwelling-type 房屋用途=dwelling-use 建筑结构=structure 使用情况=occupancy-use 产权类型=ownership 协管员=R:coordinator 安全设施=safety-facility*',
  employer: '单位类别=employer-type 行业=industry 区划=division 协管员=R:coordinator',
  coordinator: '性别=sex 所属社区=community',
  minor:
    '性别=sex 证件类型=document-type 监护人=R:resident 与监护人关系=kinship 现住房屋=R:dwelling 就学状况=schooling 学校=R:school 年级=grade 预防接种=vaccination 采集人=R:coordinator',
  school: '学校类别=school-type 办学性质=school-ownership 区划=division',
  estate: '社区=community',
  residencePermit:
    '申请人=R:resident 办理类型=permit-action 申领依据=permit-basis 材料=permit-material* 有效期限=permit-term 状态=permit-stage',
  lease:
    '房屋=R:dwelling 承租人=R:resident* 租赁用途=lease-use 状态=lease-stage 终止原因=lease-termination-reason',
  inspection: '房屋=R:dwelling 检查人=R:coordinator 隐患类别=hazard* 状态=inspection-stage',
  serviceRequest: '申请人=R:resident 事项类别=service-type 状态=service-stage 满意度=satisfaction',
}

/** What 注销 asks for, and the words of a record's status. */
const CANCELLATIONS: Record<string, string> = {
  resident: '在住/已注销: 注销原因=departure-reason+ 注销日期+ 去向区划=division',
  dwelling: '有效/已注销: 注销原因=dwelling-cancel-reason+ 注销日期+',
  employer: '有效/已注销: 注销原因=employer-cancel-reason+ 注销日期+',
  coordinator: '在岗/已注销: 注销原因=coordinator-cancel-reason+ 注销日期+',
  minor: '在住/已注销: 注销原因=departure-reason+ 注销日期+ 去向区划=division',
  school: '有效/已注销: 注销原因=school-cancel-reason+ 注销日期+',
  estate: '有效/已注销: 注销原因=estate-cancel-reason+ 注销日期+',
  residencePermit: '有效/已注销: 注销原因=permit-cancel-reason+ 注销日期+',
  lease: '有效/已注销: 注销原因=entry-cancel-reason+ 注销日期+',
  inspection: '有效/已注销: 注销原因=entry-cancel-reason+ 注销日期+',
  serviceRequest: '有效/已注销: 注销原因=entry-cancel-reason+ 注销日期+',
}

function choiceOf(field: Field): string {
  if (field.kind === 'code') return `=${field.dictionary}`
  if (field.kind === 'codes') return `=${field.dictionary}*`
  if (field.kind === 'references') return `=R:${field.register}*`
  return field.kind === 'reference' ? `=R:${field.register}` : ''
}

function allFields(fields: Readonly<Record<string, Field>>): readonly (readonly [string, Field])[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    field.kind === 'list' ? [[name, field] as const, ...allFields(field.fields)] : [[name, field] as const],
  )
}

describe.each(REGISTER_NAMES)('%s', (name) => {
  const register = getRegister(name)

  it('has the labels, the order and the 「*」 of the paper form', () => {
    const declared = Object.values(register.fields).map((field) => field.label + (field.required ? '*' : ''))
    expect(declared).toEqual((PAPER[name] ?? '').split(' '))
  })
  it('chooses from the dictionaries and registers of the paper form', () => {
    const choices = Object.values(register.fields).map((field) => [field.label, choiceOf(field)] as const)
    expect(choices.flatMap(([label, choice]) => (choice === '' ? [] : [label + choice])).join(' ')).toBe(
      CHOICES[name],
    )
  })
  it('has the status words of the product and asks at 注销 what it says', () => {
    const asked = Object.values(register.cancellation).map(
      (field) => field.label + choiceOf(field) + (field.required ? '+' : ''),
    )
    const { active, cancelled } = register.statusLabels
    expect(`${active}/${cancelled}: ${asked.join(' ')}`).toBe(CANCELLATIONS[name])
  })
  it('names only dictionaries that exist and references that are registers', () => {
    for (const [, field] of [...allFields(register.fields), ...allFields(register.cancellation)]) {
      if ((field.kind === 'code' || field.kind === 'codes') && !WITHOUT_FILE.has(field.dictionary)) {
        expect(
          existsSync(new URL(`../../../dictionaries/${field.dictionary}.csv`, import.meta.url)),
          field.dictionary,
        ).toBe(true)
      }
      if (field.kind === 'reference') {
        for (const shown of field.shows) expect(getRegister(field.register).fields).toHaveProperty(shown)
      }
    }
  })
  it('builds its key, title and name from its own fields', () => {
    for (const field of [...register.naturalKey, ...register.title, register.nameField]) {
      expect(register.fields).toHaveProperty(field)
    }
    expect(register.table).toBe(columnName(register.name))
  })
  it('has field names that become distinct columns', () => {
    const columns = Object.keys(register.fields).map(columnName)
    expect(new Set(columns).size).toBe(columns.length)
    for (const column of columns) expect(column).toMatch(/^[a-z][a-z0-9_]*$/)
  })
})
