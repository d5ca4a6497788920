import type { ReactNode } from 'react'
import type { PageProps } from '../../app/tab.ts'

/** 工具—备份与恢复 */
export function BackupPage(_props: PageProps): ReactNode {
  return <div tabIndex={0}>备份与恢复</div>
}
