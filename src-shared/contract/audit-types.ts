import type { RegisterName } from '../registers/register.ts'

/** The kinds of acts that 操作日志 can be narrowed to. */
export const AUDIT_GROUPS = ['records', 'looks', 'exports', 'sync', 'upkeep'] as const
export type AuditGroup = (typeof AUDIT_GROUPS)[number]

export const auditGroupLabels: Readonly<Record<AuditGroup, string>> = {
  records: '登记与修改',
  looks: '查看',
  exports: '复制与导出',
  sync: '同步',
  upkeep: '设置与维护',
}

/** Which lines are asked for; null asks for all. The days are those at the place of work, both inclusive. */
export type AuditConditions = {
  readonly from: string | null
  readonly to: string | null
  readonly accountName: string | null
  readonly group: AuditGroup | null
  readonly register: RegisterName | null
  readonly recordId: string | null
}

/** One line of 操作日志, in words. Nothing of it can be changed or removed. */
export type AuditRow = {
  readonly id: number
  readonly at: number
  /** Who, by name where the server has told it. */
  readonly person: string
  readonly station: string
  readonly act: string
  readonly registerLabel: string
  /** The record as lists call it; empty where the act concerns none. */
  readonly title: string
  readonly detail: string
  /** What Enter opens; null where the act concerns no record, or one that is not in this store any more. */
  readonly record: { readonly register: RegisterName; readonly id: string } | null
}

export type AuditPage = { readonly rows: readonly AuditRow[]; readonly total: number }

/** The log as it stands: lines up to `newest` are listed, and who wrote them. */
export type AuditState = {
  readonly newest: number
  readonly people: readonly { readonly accountName: string; readonly name: string }[]
  /** What the record is called whose lines alone are asked for; null when it is not asked or not here. */
  readonly title: string | null
}
