import type { ReactNode } from 'react'
import type { PageProps } from '../../app/tab.ts'

/** 统计—在住情况 */
export function ResidencePage(_props: PageProps): ReactNode {
  return <div tabIndex={0}>在住情况</div>
}
