/** Why a backup was not made, or cannot be used. Nothing half is left, and the store is as it was. */
export type BackupFaultKind =
  | 'foreign'
  | 'newerFormat'
  | 'truncated'
  | 'damaged'
  | 'wrongPassword'
  | 'newerSchema'
  | 'notFound'
  | 'noRoom'
  | 'noRoomHere'
  | 'tooLarge'
  | 'readOnly'
  | 'folderGone'
  | 'storeDamaged'
  | 'cancelled'
  | 'other'

const SENTENCES: Readonly<Record<BackupFaultKind, string>> = {
  foreign: '这个文件不是居服通的备份,没有改动任何内容。请选择以 .jfbak 结尾、由居服通备份的文件。',
  newerFormat: '这个备份由更新版本的居服通做成,本程序还不能读。请先安装最新版本的居服通,再恢复。',
  truncated:
    '这个备份文件不完整(可能没有复制完,或U盘拔得太早),不能恢复。请从原来的位置重新复制,或选用另一份备份。',
  damaged: '这个备份文件已损坏(内容与校验不符),不能恢复。请选用另一份备份,或从原来的位置重新复制。',
  wrongPassword: '密码不对。请核对大小写和输入法后再输入;每份备份用的是做备份时设的密码。',
  newerSchema: '备份中的数据属于更新版本的居服通,本程序不能使用。请先安装最新版本的居服通,再恢复。',
  notFound: '找不到这个文件。请检查U盘是否已插好、文件是否被移走。',
  noRoom: '备份文件夹所在的磁盘空间不够。请删除或移走一些文件,或换一个文件夹,再备份。',
  noRoomHere: '本机数据文件夹所在的磁盘空间不够。请空出一些空间,再重试。',
  tooLarge:
    '这个磁盘(U盘)不能存放这么大的文件(FAT32 格式最大 4 GB)。请换一个 NTFS 或 exFAT 格式的磁盘,或换一个文件夹。',
  readOnly: '备份文件夹不能写入(可能是写保护、没有权限)。请换一个文件夹,或打开U盘的写保护开关后重试。',
  folderGone: '找不到备份文件夹,或写入途中断开了。请检查U盘(网络盘)是否已插好,再重试。',
  storeDamaged:
    '核对时发现本机数据库有损坏,没有做成备份(以免把坏的当成好的)。请不要删除任何文件,把日志交给管理员,必要时从较早的备份恢复。',
  cancelled: '已取消,没有留下备份文件。',
  other: '没有做成。请重试;若仍不行,请把日志交给管理员。',
}

/** A backup that failed; `message` is for the clerk, `detail` for the log (never about a person). */
export class BackupFault extends Error {
  readonly kind: BackupFaultKind
  readonly detail: string
  readonly addition: string

  /** @param addition numbers that make the sentence plainer */
  constructor(kind: BackupFaultKind, detail = '', addition = '') {
    super(addition === '' ? SENTENCES[kind] : `${SENTENCES[kind]}(${addition})`)
    this.addition = addition
    this.name = 'BackupFault'
    this.kind = kind
    this.detail = detail
  }
}

/** The fault that an error of the file system at the other end (a stick, a share) stands for. */
export function toBackupFault(error: unknown, act: 'write' | 'read'): BackupFault {
  if (error instanceof BackupFault) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const detail = error instanceof Error ? `${code} ${error.message}` : String(error)
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new BackupFault('noRoom', detail)
    case 'EFBIG':
      return new BackupFault('tooLarge', detail)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new BackupFault('readOnly', detail)
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENODEV':
    case 'ENXIO':
    case 'EIO':
    case 'EBUSY':
    case 'ESTALE':
      return new BackupFault(act === 'write' ? 'folderGone' : 'notFound', detail)
    default:
      return new BackupFault('other', detail)
  }
}
