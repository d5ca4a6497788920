/** What a key asks of a form, besides typing and the keys of an open list. */
export type FormCommand =
  | 'next'
  | 'previous'
  | 'save'
  | 'saveAndNew'
  | 'leave'
  | 'explain'
  | 'repeatField'
  | 'copyPrevious'
  | 'openDuplicate'
  | 'nextMark'
  | 'togglePin'
  | 'create'
  | 'undoLast'

type KeyFacts = {
  readonly key: string
  readonly ctrlKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
}

/** The command of a key that no input method has taken, or undefined. */
export function findFormCommand(event: KeyFacts): FormCommand | undefined {
  if (event.metaKey || event.altKey) return undefined
  if (event.ctrlKey) {
    if (event.shiftKey) return undefined
    if (event.key === 'Enter') return 'saveAndNew'
    return CONTROL_COMMANDS[event.key.toLowerCase()]
  }
  if (event.key === 'Enter' || event.key === 'Tab') return event.shiftKey ? 'previous' : 'next'
  return event.shiftKey ? undefined : PLAIN_COMMANDS[event.key]
}

const CONTROL_COMMANDS: Readonly<Record<string, FormCommand>> = {
  s: 'save',
  d: 'copyPrevious',
  n: 'create',
  p: 'togglePin',
  u: 'undoLast',
}
const PLAIN_COMMANDS: Readonly<Record<string, FormCommand>> = {
  Escape: 'leave',
  F1: 'explain',
  F4: 'repeatField',
  F6: 'openDuplicate',
  F8: 'nextMark',
}

/** The form's shortcuts as 快捷键 lists them. */
export const FORM_SHORTCUTS: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: 'Enter、Tab', does: '到下一项' },
  { keys: 'Shift+Enter、Shift+Tab', does: '回到上一项' },
  { keys: 'Ctrl+S', does: '保存' },
  { keys: 'Ctrl+Enter', does: '保存并新增' },
  { keys: 'Esc', does: '关闭列表;列表未打开时离开表单(内容有变动时先询问)' },
  { keys: 'F1', does: '说明红色问号的原因' },
  { keys: 'F4', does: '重复上一份表的这一项' },
  { keys: 'Ctrl+D', does: '把上一份表的内容填入空着的项(本人身份项除外)' },
  { keys: 'F6', does: '打开证件号码相同的已有记录' },
  { keys: 'F8', does: '到下一个有红色问号的项' },
  { keys: 'Ctrl+P', does: '固定或放开这一项,固定的项在保存并新增后保留内容' },
  { keys: 'Ctrl+N', does: '在房屋、单位、协管员列表中当场新增' },
  { keys: 'Ctrl+U', does: '撤销本批最后一份(按两次确认)' },
  { keys: '任意键、空格、↓', does: '在字典项中打开列表' },
  { keys: '↑ ↓ Home End PgUp PgDn', does: '在列表中移动' },
  { keys: 'Delete', does: '删去照片' },
  { keys: 'Alt+Enter', does: '在备注中换行' },
]
