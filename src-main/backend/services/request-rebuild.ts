import { removeReplacedStore, rebuildMarkOf } from '../database/rebuild-store.ts'
import type { Store } from '../database/open-store.ts'
import { writeFileSafely } from '../database/write-file-safely.ts'
import type { SyncStatus } from '../../../src-shared/contract/types.ts'
import { readSetting, writeSetting } from '../queries/settings.ts'
import { actorOf, type Context } from './context.ts'
import { RequestRefusal } from './request-failure.ts'
import { writeAudit } from './write-audit.ts'

/** Good rounds after which the store as it was before a rebuild is let go. */
const ROUNDS_UNTIL_RELEASE = 2

/**
 * 重建本机数据库: asked for now, done at the next start, when nobody can be typing. Everything but what waits here is pulled
 * anew, so the server has to be there.
 *
 * @throws RequestRefusal `notPossible` without a server that answers
 */
export async function requestRebuild(
  context: Context,
  status: SyncStatus,
): Promise<{ readonly message: string }> {
  if (context.account() === null || status.isOnline !== true) {
    throw new RequestRefusal(
      'notPossible',
      '重建后要从服务器重新下载全部记录,现在连不上服务器(或还没有登录)。请先在「数据同步」中成功同步一次,再重建。',
    )
  }
  await context.store.write((database) => writeAudit(database, actorOf(context), 'store.rebuild', '', '', {}))
  writeFileSafely(rebuildMarkOf(context.store.file), '')
  return {
    message:
      '已准备好:重新启动程序时会新建数据库,带上没有上传的内容、草稿、设置和照片,再从服务器下载全部记录。原来的数据库会保留到成功同步两次之后。',
  }
}

/** After a good round: the store as it was before a rebuild is let go when the new one has proved itself. */
export async function noteGoodRound(store: Pick<Store, 'read' | 'write' | 'file'>): Promise<void> {
  const rounds = readSetting(store.read, 'roundsSinceRebuild')
  if (typeof rounds !== 'number' || rounds >= ROUNDS_UNTIL_RELEASE) return
  await store.write((database) => writeSetting(database, 'roundsSinceRebuild', rounds + 1))
  if (rounds + 1 === ROUNDS_UNTIL_RELEASE) removeReplacedStore(store.file)
}
