/** Why the local store cannot be used. Whatever it is: nothing was deleted or overwritten. */
export type StoreFailureKind =
  /** The key file is missing or damaged, or the operating system's key store refuses. */
  | 'keyMissing'
  | 'wrongKey'
  | 'corrupt'
  | 'readOnly'
  | 'fullDisk'
  | 'newerVersion'
  | 'inUse'
  | 'migrationFailed'
  | 'oldSqlite'
  | 'other'

type Sentences = { readonly title: string; readonly advice: string }

const SENTENCES: Readonly<Record<StoreFailureKind, Sentences>> = {
  keyMissing: {
    title: '本机数据库的密钥无法读取',
    advice:
      '数据没有丢失,也没有被改动。请用平时登录电脑的用户打开程序;若刚换过电脑、重装过系统或移动过数据文件夹,请把原来的密钥文件 store-key.json 一并放回数据文件夹,或联系管理员从备份恢复。',
  },
  wrongKey: {
    title: '本机数据库无法解密',
    advice:
      '数据库文件与密钥不相符,或数据库文件的开头已损坏。文件没有被改动。请确认数据文件夹没有被换过;不要删除任何文件,联系管理员从备份恢复。',
  },
  corrupt: {
    title: '本机数据库已损坏',
    advice: '文件没有被改动。请不要删除任何文件,先把整个数据文件夹复制一份,再联系管理员从备份恢复。',
  },
  readOnly: {
    title: '本机数据文件夹不能写入',
    advice: '请检查数据文件夹的权限(应允许当前用户写入),或该磁盘是否被设为只读,然后重新打开程序。',
  },
  fullDisk: {
    title: '磁盘空间已满',
    advice: '请删除或移走一些不用的文件,空出至少 1 GB,然后重新打开程序。已保存的数据没有受影响。',
  },
  newerVersion: {
    title: '本机数据库属于更新的程序版本',
    advice: '数据库已由较新版本的居服通打开过,旧版本不能使用。请安装最新版本的居服通。数据没有被改动。',
  },
  inUse: {
    title: '本机数据库正被另一个程序使用',
    advice: '居服通可能已经打开。请先关闭另一个居服通窗口(或等待几秒),再重新打开程序。',
  },
  migrationFailed: {
    title: '本机数据库升级失败',
    advice: '原来的数据库没有被改动,可以继续用旧版本程序打开。请把日志交给管理员。',
  },
  oldSqlite: {
    title: '程序文件不完整',
    advice: '数据库组件的版本过旧,请重新安装居服通。数据没有被改动。',
  },
  other: {
    title: '本机数据库无法打开',
    advice: '数据没有被删除。请重新打开程序;若仍不行,请把日志交给管理员。',
  },
}

/** The store cannot be opened or written; `title`, `detail` and `advice` are for the clerk. */
export class StoreFailure extends Error {
  readonly kind: StoreFailureKind
  readonly title: string
  readonly detail: string
  readonly advice: string

  constructor(kind: StoreFailureKind, detail: string, cause?: unknown) {
    super(`${SENTENCES[kind].title}:${detail}`, { cause })
    this.name = 'StoreFailure'
    this.kind = kind
    this.title = SENTENCES[kind].title
    this.detail = detail
    this.advice = SENTENCES[kind].advice
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}

/** The kind of failure an error of SQLite or of the file system stands for. */
export function storeFailureKindOf(error: unknown): StoreFailureKind {
  if (error instanceof StoreFailure) return error.kind
  const code = codeOf(error)
  if (code === 'SQLITE_NOTADB') return 'wrongKey'
  if (code.startsWith('SQLITE_CORRUPT')) return 'corrupt'
  if (code.startsWith('SQLITE_FULL') || code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return 'fullDisk'
  // SQLite reports a failed write of a full disk or file-size limit as an I/O error on some systems.
  if (code === 'SQLITE_IOERR_WRITE' || code === 'SQLITE_IOERR_SHMSIZE') return 'fullDisk'
  if (
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    code === 'EACCES' ||
    code === 'EROFS' ||
    code === 'EPERM'
  )
    return 'readOnly'
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'inUse'
  if (code.startsWith('SQLITE_IOERR')) return 'corrupt'
  return 'other'
}

/** Wraps any error as the failure it stands for; a StoreFailure passes unchanged. `place` names the file for the detail. */
export function toStoreFailure(error: unknown, place: string): StoreFailure {
  if (error instanceof StoreFailure) return error
  const code = codeOf(error)
  const text = error instanceof Error ? error.message : String(error)
  return new StoreFailure(
    storeFailureKindOf(error),
    `${place}(${code === '' ? text : `${code}: ${text}`})`,
    error,
  )
}
