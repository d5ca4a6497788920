import type { Draft, TodoKind, TodoRow } from '../../src-shared/contract/types.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import type { TabPage } from '../app/tab.ts'
import { listDraftsAbove } from '../forms/root-drafts.ts'

/** What a list is called, what its day means, and what Enter does there. */
export const todoLabels: Readonly<
  Record<TodoKind, { readonly label: string; readonly day: string; readonly opens: string }>
> = {
  permitEnding: { label: '居住证到期', day: '有效期止', opens: '详细信息' },
  permitInProcess: { label: '居住证在办', day: '办结期限', opens: '详细信息' },
  leaseEnding: { label: '租赁合同到期', day: '止租日期', opens: '详细信息' },
  hazard: { label: '隐患整改', day: '整改期限', opens: '详细信息' },
  serviceRequest: { label: '服务事项', day: '办结期限', opens: '详细信息' },
  setAside: { label: '被退回待更正', day: '录入日期', opens: '修改' },
  conflict: { label: '冲突待选定', day: '日期', opens: '冲突处理' },
  duplicate: { label: '重复登记待核对', day: '日期', opens: '冲突处理' },
  draft: { label: '草稿未完成', day: '日期', opens: '继续填写' },
}

/** The page a line of a list opens; `drafts` are those that are stored. */
export function todoPage(kind: TodoKind, row: TodoRow, drafts: readonly Draft[]): TabPage | undefined {
  switch (kind) {
    case 'permitEnding':
    case 'permitInProcess':
    case 'leaseEnding':
    case 'hazard':
    case 'serviceRequest':
      return row.recordId === null
        ? undefined
        : { kind: 'details', register: row.register, recordId: row.recordId }
    case 'setAside':
      return row.recordId === null
        ? undefined
        : {
            kind: 'entry',
            register: row.register,
            recordIds: [row.recordId],
            draftId: crypto.randomUUID(),
          }
    case 'conflict':
    case 'duplicate':
      return { kind: 'conflicts' }
    case 'draft': {
      const draft = drafts.find(({ id }) => id === row.id)
      return draft
        ? {
            kind: 'entry',
            register: draft.register,
            recordIds: draft.recordId === null ? [] : [draft.recordId],
            draftId: draft.id,
            restored: listDraftsAbove(drafts, draft),
          }
        : undefined
    }
  }
}

/** What a cell of a list says. */
export function todoCellText(row: TodoRow, column: string): string {
  switch (column) {
    case 'day':
      return row.isLate ? `${row.day} 逾期` : row.day
    case 'register':
      return getRegister(row.register).label
    case 'title':
      return row.title
    default:
      return row.detail
  }
}
