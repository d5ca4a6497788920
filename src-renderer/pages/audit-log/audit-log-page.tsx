import type { ReactNode } from 'react'
import type { PageProps } from '../../app/tab.ts'

/** 工具—操作日志 */
export function AuditLogPage(_props: PageProps): ReactNode {
  return <div tabIndex={0}>操作日志</div>
}
