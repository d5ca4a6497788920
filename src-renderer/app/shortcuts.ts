/** The part of a key event that a shortcut is compared with. */
export type KeyPress = {
  readonly key: string
  readonly code: string
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
  readonly metaKey: boolean
  readonly isComposing?: boolean
}

const punctuationCodes: Readonly<Record<string, string>> = { ',': 'Comma', '/': 'Slash' }

/**
 * Whether a key press is a shortcut written as on screen: `Ctrl+Shift+Tab`, `Alt+1`, `F9`. Letters, digits and
 * punctuation are compared by key position, so that a Chinese input method cannot take them away.
 */
export function isShortcut(press: KeyPress, shortcut: string): boolean {
  if (press.isComposing || press.metaKey) return false
  const parts = shortcut.split('+')
  const key = parts.at(-1) ?? ''
  if (press.ctrlKey !== parts.includes('Ctrl')) return false
  if (press.altKey !== parts.includes('Alt')) return false
  if (press.shiftKey !== parts.includes('Shift')) return false
  if (/^[A-Z]$/.test(key)) return press.code === `Key${key}`
  if (/^\d$/.test(key)) return press.code === `Digit${key}` || press.code === `Numpad${key}`
  return press.key === key || press.code === (punctuationCodes[key] ?? key)
}

/** The tab number that Ctrl+1 … Ctrl+9 asks for, counted from 0; undefined for any other key. */
export function askedTabIndex(press: KeyPress): number | undefined {
  for (let digit = 1; digit <= 9; digit += 1) if (isShortcut(press, `Ctrl+${digit}`)) return digit - 1
  return undefined
}

/** One line of the list of keys: what they are called on screen, and what they do. */
export type Binding = { readonly keys: string; readonly does: string }

/** The keys that are no menu entry, by place. The menu's own are listed from the menu. */
export const bindingGroups: readonly { readonly title: string; readonly bindings: readonly Binding[] }[] = [
  {
    title: '窗口和标签页',
    bindings: [
      { keys: 'Alt 或 F10', does: '进入菜单栏' },
      { keys: 'Alt+P / H / E / G / B', does: '打开各菜单' },
      { keys: 'Ctrl+Tab', does: '下一个标签页' },
      { keys: 'Ctrl+Shift+Tab', does: '上一个标签页' },
      { keys: 'Ctrl+1 … Ctrl+9', does: '第 1 至第 9 个标签页' },
      { keys: 'Ctrl+W', does: '关闭标签页' },
      { keys: 'F2', does: '读卡' },
      { keys: 'F9', does: '立即同步' },
    ],
  },
  {
    title: '录入',
    bindings: [
      { keys: 'Enter、Tab', does: '下一项' },
      { keys: 'Shift+Enter、Shift+Tab', does: '上一项' },
      { keys: 'Ctrl+S', does: '保存' },
      { keys: 'Ctrl+Enter', does: '保存并新增' },
      { keys: 'F1', does: '说明该项为何有红色问号、内容来自何处' },
      { keys: 'F8', does: '到下一个必录未填或有误的项' },
      { keys: 'F4', does: '重复上一份的该项' },
      { keys: 'Ctrl+D', does: '复制上一份中未锁定的各项' },
      { keys: 'F6', does: '打开证件号码或地址相同的已有记录' },
      { keys: 'Ctrl+P', does: '固定或放开该项,固定的项在保存并新增后保留' },
      { keys: 'Ctrl+U', does: '撤销本批最后一份(按两次)' },
      { keys: 'Ctrl+G', does: '修改时:变更与更正之间切换,并到日期或原因' },
      { keys: 'Ctrl+B', does: '批量录入:开一批,或继续已开的批次' },
      { keys: 'F7', does: '搁置本份,写明原因,以后补录' },
      { keys: 'Ctrl+F7', does: '作废本份,写明原因' },
      { keys: '空格', does: '选择照片,录入随行未成年人' },
      { keys: 'Delete', does: '删去照片' },
      { keys: 'Alt+Enter', does: '在备注中换行' },
      { keys: 'Esc', does: '离开录入' },
    ],
  },
  {
    title: '字典列表',
    bindings: [
      { keys: '任意键', does: '打开列表并按拼音首字母、全拼、汉字或代码筛选' },
      { keys: '↑ ↓ Home End PgUp PgDn', does: '移动' },
      { keys: '空格、↓', does: '打开全部条目' },
      { keys: 'Enter、Tab', does: '选用' },
      { keys: 'Backspace', does: '可多选的项中删去最后一个' },
      { keys: 'Esc', does: '关闭列表,恢复原值' },
      { keys: 'Ctrl+N', does: '新增(单位、房屋、协管员)' },
    ],
  },
  {
    title: '查询结果',
    bindings: [
      { keys: '↑ ↓ PgUp PgDn Home End', does: '移动' },
      { keys: 'Shift+移动键', does: '选择连续多行' },
      { keys: 'Ctrl+空格', does: '选择或取消当前行' },
      { keys: 'Ctrl+A', does: '全选' },
      { keys: 'Enter', does: '详细信息' },
      { keys: 'Ctrl+C', does: '复制' },
      { keys: 'Shift+F10', does: '右键菜单' },
      { keys: '← →', does: '移动当前列' },
      { keys: 'Alt+↑、Alt+↓', does: '按当前列升序、降序' },
      { keys: 'Ctrl+L', does: '选择列' },
      { keys: 'F5', does: '重新查询' },
      { keys: 'Esc', does: '回到查询条件' },
    ],
  },
  {
    title: '详细信息',
    bindings: [
      { keys: 'Ctrl+E', does: '修改' },
      { keys: 'Ctrl+I', does: '显示或隐藏各项来源' },
      { keys: '↑ ↓', does: '在关联记录、变更记录中选择' },
      { keys: 'Enter、V', does: '查看变更记录当时的内容' },
      { keys: 'Esc', does: '由历史版本返回,关闭' },
    ],
  },
  {
    title: '数据同步',
    bindings: [
      { keys: 'Ctrl+PgUp、Ctrl+PgDn', does: '切换栏目' },
      { keys: 'Enter', does: '打开队列中的记录,被退回的可更正' },
      { keys: 'Ctrl+Enter', does: '单独上传' },
      { keys: 'Ctrl+H', does: '搁置、取消搁置' },
      { keys: 'Delete', does: '撤回被退回的内容' },
      { keys: 'Ctrl+S', does: '导出同步包(所选)' },
      { keys: 'Ctrl+Shift+S', does: '导出同步包(全部)' },
      { keys: 'Ctrl+I', does: '导入同步包' },
      { keys: 'Ctrl+O', does: '详细信息' },
    ],
  },
  {
    title: '批量录入和日结',
    bindings: [
      { keys: '↑ ↓', does: '选批次或数字' },
      { keys: '← →', does: '日结:选同一批次的下一个数字' },
      { keys: 'Enter', does: '继续录入所选批次;日结:列出所选数字的各份,再按打开' },
      { keys: 'Ctrl+E', does: '结束所选批次' },
      { keys: 'Ctrl+Enter', does: '开一批;日结:确认日结' },
      { keys: 'Ctrl+C', does: '日结:复制各行' },
      { keys: 'Ctrl+←、Ctrl+→', does: '日结:前一天、后一天' },
    ],
  },
  {
    title: '冲突处理',
    bindings: [
      { keys: '1、←', does: '保留现值,选左边' },
      { keys: '2、→', does: '采用另一值,选右边' },
      { keys: '3、Enter', does: '录入其他值' },
      { keys: 'Ctrl+Enter', does: '合并重复登记' },
      { keys: 'F7', does: '不是同一人、不是同一个' },
      { keys: 'Ctrl+←、Ctrl+→', does: '上一对、下一对' },
      { keys: 'Ctrl+U', does: '取消合并' },
      { keys: 'Ctrl+Z', does: '打开刚处理的记录改正' },
      { keys: 'Ctrl+Delete', does: '删除误登记记录(详细信息,限管理员)' },
    ],
  },
]
