import type { AuditGroup } from '../../../src-shared/contract/audit-types.ts'
import { REGISTER_NAMES, type Register, type RegisterName } from '../../../src-shared/registers/register.ts'
import { dictionaryLabelOf } from '../../../src-shared/dictionaries/tables.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { AuditAct } from './write-audit.ts'

type ActWords = { readonly group: AuditGroup; readonly label: string }

/** What each act is called and where it belongs: an act without words does not compile. */
const ACTS: Readonly<Record<AuditAct, ActWords>> = {
  'record.created': { group: 'records', label: '新增' },
  'record.changed': { group: 'records', label: '修改' },
  'record.cancelled': { group: 'records', label: '注销' },
  'record.restored': { group: 'records', label: '恢复' },
  'record.assigned': { group: 'records', label: '分配协管员' },
  'record.resolved': { group: 'records', label: '处理冲突' },
  'record.merged': { group: 'records', label: '合并' },
  'record.unmerged': { group: 'records', label: '取消合并' },
  'record.deleted': { group: 'records', label: '删除误登记' },
  'dayEnd.confirmed': { group: 'records', label: '确认日结' },
  'record.listed': { group: 'looks', label: '列出查询结果' },
  'record.viewed': { group: 'looks', label: '查看' },
  'record.opened': { group: 'looks', label: '打开修改' },
  'record.versionViewed': { group: 'looks', label: '查看历史版本' },
  'record.copied': { group: 'exports', label: '复制查询结果' },
  'audit.copied': { group: 'exports', label: '复制操作日志' },
  'package.exported': { group: 'exports', label: '导出同步包' },
  'package.imported': { group: 'sync', label: '导入同步包' },
  'sync.held': { group: 'sync', label: '搁置上传' },
  'sync.released': { group: 'sync', label: '取消搁置' },
  'sync.withdrawn': { group: 'sync', label: '撤回' },
  'sync.answered': { group: 'sync', label: '答复服务器更换的提问' },
  'sync.rescued': { group: 'sync', label: '补交服务器缺少的内容' },
  'enrolment.applied': { group: 'sync', label: '入网' },
  'account.signedIn': { group: 'upkeep', label: '登录' },
  'account.signedOut': { group: 'upkeep', label: '退出登录' },
  'settings.saved': { group: 'upkeep', label: '保存系统设置' },
  'demo.loaded': { group: 'upkeep', label: '载入演示数据' },
  'demo.removed': { group: 'upkeep', label: '移除演示数据' },
  'store.rebuild': { group: 'upkeep', label: '重建本机数据库' },
  'backup.made': { group: 'exports', label: '备份' },
  'backup.failed': { group: 'upkeep', label: '备份没有做成' },
  'backup.restored': { group: 'upkeep', label: '恢复备份' },
  'dictionary.entryAdded': { group: 'upkeep', label: '新增字典条目' },
  'dictionary.entryCorrected': { group: 'upkeep', label: '更正字典条目' },
  'dictionary.entryRetired': { group: 'upkeep', label: '停用字典条目' },
  'dictionary.entryReinstated': { group: 'upkeep', label: '恢复使用字典条目' },
  'dictionary.imported': { group: 'upkeep', label: '导入字典' },
}

function isAct(act: string): act is AuditAct {
  return Object.hasOwn(ACTS, act)
}

/** What an act is called; one of a later version by its own name. */
export function labelOfAct(act: string): string {
  return isAct(act) ? ACTS[act].label : act
}

/** The acts of a group, as the log names them. */
export function listActsOf(group: AuditGroup): readonly AuditAct[] {
  return Object.keys(ACTS)
    .filter(isAct)
    .filter((act) => ACTS[act].group === group)
}

/** The register that a line names; undefined for '' and for one of a later version. */
export function findRegisterOf(name: string): Register | undefined {
  const known = REGISTER_NAMES.find((each): each is RegisterName => each === name)
  return known === undefined ? undefined : getRegister(known)
}

/** Named fields are told up to this many; of more, how many there are. */
const NAMED_FIELDS = 6

/** Names of fields and of what 注销 asks (`cancellation.reasonCode`) as the clerk knows them. */
function labelsOf(register: Register | undefined, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    if (name === 'updatedAt') return ['最后修改时间']
    if (name === 'createdAt') return ['登记时间']
    const field = name.startsWith('cancellation.')
      ? register?.cancellation[name.slice('cancellation.'.length)]
      : register?.fields[name]
    return field ? [field.label] : []
  })
}

function namedFields(register: Register | undefined, value: unknown): string {
  if (!Array.isArray(value)) return ''
  const names = value.filter((each): each is string => typeof each === 'string')
  const labels = [...new Set(labelsOf(register, names))]
  if (labels.length === 0) return ''
  const told = labels.slice(0, NAMED_FIELDS).join('、')
  return labels.length > NAMED_FIELDS ? `${told}等 ${labels.length} 项` : told
}

/** One piece of a detail in words, by its name; what has none (numbers of ops, ids) is not told. */
function pieceOf(act: string, register: Register | undefined, name: string, value: unknown): string {
  switch (name) {
    case 'fields': {
      const told = namedFields(register, value)
      if (told === '' || act !== 'record.created') return told
      return `录入 ${Array.isArray(value) ? value.length : 0} 项`
    }
    case 'columns': {
      const told = namedFields(register, value)
      return told === '' ? '' : `列:${told}`
    }
    case 'conditions': {
      const told = namedFields(register, value)
      return told === '' ? '' : `条件:${told}`
    }
    case 'count':
      return typeof value === 'number' ? `${value} ${act.startsWith('sync.') ? '项' : '条'}` : ''
    case 'ops':
      return typeof value === 'number' ? `${value} 项修改` : ''
    case 'records':
      return typeof value === 'number' ? `记录 ${value} 条` : ''
    case 'waitingOps':
      return typeof value === 'number' && value > 0 ? `未上传 ${value} 项` : ''
    case 'drafts':
      return typeof value === 'number' && value > 0 ? `草稿 ${value} 份` : ''
    case 'added':
      return typeof value === 'number' && value > 0 ? `新增 ${value} 条` : ''
    case 'changed':
      return typeof value === 'number' && value > 0 ? `更正 ${value} 条` : ''
    case 'retired':
      return typeof value === 'number' && value > 0 ? `停用 ${value} 条` : ''
    case 'refused':
      return typeof value === 'number' && value > 0 ? `不能导入 ${value} 行` : ''
    case 'dictionary':
      return typeof value === 'string' ? dictionaryLabelOf(value) : ''
    // An entry of a dictionary: a street or a community, nobody's name.
    case 'code':
      return act.startsWith('dictionary.') && typeof value === 'string' ? `代码 ${value}` : ''
    case 'name':
      return act.startsWith('dictionary.') && typeof value === 'string' ? `「${value}」` : ''
    case 'nameBefore':
      return act.startsWith('dictionary.') && typeof value === 'string' ? `原名「${value}」` : ''
    case 'lastDay':
      return typeof value === 'string' ? `最后使用日期 ${value}` : ''
    case 'isAutomatic':
      return value === true ? '自动' : ''
    case 'photos':
      return typeof value === 'number' && value > 0 ? `${value} 张照片` : ''
    case 'receipts':
      return typeof value === 'number' ? `回执 ${value} 项` : ''
    case 'rows':
      return typeof value === 'number' ? `记录 ${value} 条` : ''
    case 'people':
      return typeof value === 'number' ? `住户 ${value} 人` : ''
    case 'day':
    case 'reason':
      return typeof value === 'string' ? value : ''
    case 'isBalanced':
      return value === true ? '已平' : '不平'
    case 'isAccepted':
      return value === true ? '是' : '否'
    default:
      return ''
  }
}

/** The detail of a line in words: counts and labels of fields. It never held personal data. */
export function describeDetail(act: string, registerName: string, detail: string): string {
  const register = findRegisterOf(registerName)
  return Object.entries(partsOf(detail))
    .map(([name, value]) => pieceOf(act, register, name, value))
    .filter((piece) => piece !== '')
    .join(',')
}

/** A line that cannot be read is still a line. */
function partsOf(detail: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(detail)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}
