import type {
  BackupComparison,
  BackupFile,
  BackupPhase,
  BackupState,
} from '../../../src-shared/contract/backup-types.ts'
import { SHORTEST_BACKUP_PASSWORD } from '../../../src-shared/contract/backup-types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { formatInstant } from '../../components/format-time.ts'

/** `1.2 GB`, `35 MB`: never less than one KB. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1_073_741_824) return `${(bytes / 1_073_741_824).toFixed(1)} GB`
  if (bytes >= 1_048_576) return `${Math.round(bytes / 1_048_576)} MB`
  return `${Math.max(1, Math.round(bytes / 1_024))} KB`
}

const PHASES: Readonly<Record<BackupPhase, string>> = {
  snapshot: '正在取本机数据库的快照',
  check: '正在检查',
  write: '正在写入',
  verify: '正在读回核对',
  compare: '正在与本机比较',
}

/** What runs now. */
export function phaseText(phase: BackupPhase, act: 'make' | 'inspect'): string {
  return act === 'inspect' && phase === 'verify' ? '正在核对备份文件' : PHASES[phase]
}

/** What is wrong with a pair of passwords, or undefined. */
export function passwordProblem(password: string, repeated: string): string | undefined {
  if ([...password].length < SHORTEST_BACKUP_PASSWORD) return `密码至少 ${SHORTEST_BACKUP_PASSWORD} 个字符。`
  return password === repeated ? undefined : '两次录入的密码不一样,请重新录入。'
}

/** Records of all registers in a backup. */
export function recordCountOf(records: Readonly<Record<string, number>>): number {
  return Object.values(records).reduce((sum, count) => sum + count, 0)
}

/** The columns of one file in the list. */
export function fileTexts(file: BackupFile, today: string): readonly string[] {
  const { header } = file
  if (header === null) return ['—', '—', '—', '—', formatBytes(file.size), file.problem]
  return [
    formatInstant(header.madeAt, today),
    header.station?.name ?? '本机(未登录)',
    recordCountOf(header.records).toLocaleString('zh-CN'),
    header.waitingOps.toLocaleString('zh-CN'),
    formatBytes(file.size),
    header.series === null ? '手动' : '自动',
  ]
}

/** What would be missing after a restore, in words; empty for nothing. */
export function unsentText({ ops, byRegister, drafts, dayEnds }: BackupComparison['unsent']): string {
  const registers = byRegister.map(
    (each) => `${getRegister(each.register).label} ${each.ops.toLocaleString('zh-CN')} 处`,
  )
  return [
    ...(ops > 0 ? [`没有上传的修改 ${ops.toLocaleString('zh-CN')} 处(${registers.join(',')})`] : []),
    ...(drafts > 0 ? [`没有录完的表 ${drafts} 份`] : []),
    ...(dayEnds > 0 ? [`已确认的日结 ${dayEnds} 次`] : []),
  ].join(';')
}

/** Whether something typed here is neither at the server nor in the backup. */
export function isUnsent({ ops, drafts, dayEnds }: BackupComparison['unsent']): boolean {
  return ops + drafts + dayEnds > 0
}

/** The automatic backup in one line. */
export function automaticText({ automatic }: Pick<BackupState, 'automatic'>, today: string): string {
  if (!automatic.isOn) return '未开启'
  const { lastSuccess, lastFailure } = automatic
  const last = lastSuccess === null ? '还没有做过' : `上次成功 ${formatInstant(lastSuccess.at, today)}`
  const hasFailed = lastFailure !== null && lastFailure.at > (lastSuccess?.at ?? 0)
  return hasFailed ? `已开启;${last};${formatInstant(lastFailure.at, today)} 没有成功` : `已开启;${last}`
}
