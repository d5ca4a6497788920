import type { ReactNode } from 'react'
import type { PageProps } from '../../app/tab.ts'

/** 工具—字典管理 */
export function DictionariesPage(_props: PageProps): ReactNode {
  return <div tabIndex={0}>字典管理</div>
}
