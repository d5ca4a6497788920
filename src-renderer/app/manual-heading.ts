import type { TabPage } from './tab.ts'
import { entryTitleOf, titleOf } from './tabs.ts'

/** The heading of 使用手册 under which a page is explained: the label of its menu entry where it has one. */
export function manualHeadingOf(page: TabPage): string {
  switch (page.kind) {
    case 'entry':
      return page.recordIds.length === 0 ? entryTitleOf(page.register) : '修改'
    case 'details':
      return '详细信息'
    case 'settings':
      return '系统设置'
    case 'batches':
      return '批量录入'
    default:
      return titleOf(page)
  }
}
