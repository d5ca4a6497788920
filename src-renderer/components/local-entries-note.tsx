import type { ReactNode } from 'react'
import { useRequest } from '../client/use-request.ts'

/** What a clerk should know before the machine joins a server: what becomes of the entries that were made here. */
export function LocalEntriesNote(): ReactNode {
  const { output } = useRequest('dictionary.localEntries', {})
  if (output === undefined || output.length === 0) return null
  const counts = output.map(({ label, count }) => `${label} ${count.toLocaleString('zh-CN')} 条`).join('、')
  return (
    <p className="hint attention">
      {`本机新增过字典条目:${counts}。连接服务器后字典由服务器下发,服务器没有的条目停用;用了这些条目的记录会被退回,内容不会丢失,须另选条目后再上传。请先在「字典管理」中复制这些条目,交管理员导入服务器,再连接。`}
    </p>
  )
}
