import { getRegister } from '../../../src-shared/registers/registers.ts'
import { getField, type RegisterName } from '../../../src-shared/registers/register.ts'

/** A part of the paper form. */
export type Section = { readonly title: string; readonly fields: readonly string[] }

/** The field each part of the paper form begins with. */
const beginnings: Readonly<Record<RegisterName, Readonly<Record<string, string>>>> = {
  resident: {
    documentTypeCode: '身份',
    dwellingId: '居住',
    employmentStatusCode: '就业',
    appliesForPermitCode: '登记',
  },
  dwelling: {
    archiveNumber: '位置',
    dwellingTypeCode: '房屋',
    ownershipCode: '产权',
    letRoomCount: '管理',
  },
  coordinator: { name: '身份', communityCode: '聘用' },
  employer: { name: '单位', divisionCode: '联系', headcount: '登记' },
}

/** Labels of an employer's values on the form of a person, verbatim from product.md §3. */
const employerLabels: Readonly<Record<string, string>> = {
  principalName: '单位负责人',
  telephone: '单位电话',
  address: '单位地址',
}

/** What a value shown beside a reference is called. */
export function shownLabel(register: RegisterName, field: string): string {
  return (
    (register === 'employer' ? employerLabels[field] : undefined) ??
    getField(getRegister(register), field).label
  )
}

/** The parts of a register's paper form with their fields, in paper order. */
export function listSections(register: RegisterName): readonly Section[] {
  const sections: { title: string; fields: string[] }[] = []
  for (const name of Object.keys(getRegister(register).fields)) {
    const title = beginnings[register][name]
    if (title !== undefined || sections.length === 0) sections.push({ title: title ?? '', fields: [] })
    sections.at(-1)?.fields.push(name)
  }
  return sections
}
