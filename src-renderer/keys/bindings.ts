import type { Binding, Bindings } from './press.ts'

/**
 * Every key that is no menu entry and no action of a list, declared once: handlers listen to these and nothing else, and
 * the page 快捷键 is made of them. test/unit/renderer/keys/* finds a handler that does otherwise, and keys that collide.
 */

type Words = { readonly shown?: string; readonly isInner?: true }

function key(keys: string | readonly string[], does: string, words: Words = {}): Binding {
  return { keys: typeof keys === 'string' ? [keys] : keys, does, ...words }
}

/** Gives the bindings of a place their names. */
function define<const All extends Bindings>(all: All): All {
  return all
}

const moves = ['↑', '↓', 'PgUp', 'PgDn', 'Home', 'End'] as const
const movesShown = '↑ ↓ PgUp PgDn Home End'
const inner = { isInner: true } as const

export const windowKeys = define({
  palette: key('Ctrl+K', '查找功能或记录'),
  keyMap: key('F1', '快捷键(有红色问号的项:说明原因)'),
  pageManual: key('Ctrl+Shift+F1', '本页的使用手册'),
  nextTab: key('Ctrl+Tab', '下一个标签页'),
  previousTab: key('Ctrl+Shift+Tab', '上一个标签页'),
  numberedTab: key(
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => `Ctrl+${digit}`),
    '第 1 至第 9 个标签页',
    { shown: 'Ctrl+1 … Ctrl+9' },
  ),
  closeTab: key('Ctrl+W', '关闭标签页'),
})

export const menuBarKeys = define({
  enter: key('F10', '进入菜单栏(也可单按 Alt)', { shown: 'Alt、F10' }),
})

export const menuTitleKeys = define({
  sideways: key(['←', '→'], '左右相邻的菜单'),
  first: key('Home', '第一个菜单'),
  last: key('End', '最后一个菜单'),
  open: key(['↓', 'Enter', '空格'], '打开菜单'),
  leave: key('Esc', '回到原处'),
})

export const popupMenuKeys = define({
  down: key('↓', '下一条'),
  up: key('↑', '上一条'),
  first: key('Home', '第一条'),
  last: key('End', '最后一条'),
  sideways: key(['←', '→'], '相邻的菜单'),
  take: key(['Enter', '空格'], '选用'),
  leave: key(['Esc', 'Tab', 'Shift+Tab'], '关闭菜单', { shown: 'Esc、Tab' }),
})

export const toolbarKeys = define({
  sideways: key(['←', '→'], '相邻的按钮'),
  open: key('↓', '打开「新增」「查询」'),
})

export const tabStripKeys = define({
  sideways: key(['←', '→'], '相邻的标签页'),
  close: key('Delete', '关闭标签页'),
  enter: key(['Enter', '空格', 'Esc'], '进入页面'),
})

export const paletteKeys = define({
  move: key([...moves, 'Ctrl+Home', 'Ctrl+End'], '移动', { shown: movesShown }),
  take: key('Enter', '打开(记录:详细信息)'),
  modify: key('Ctrl+Enter', '记录:修改'),
  leave: key('Esc', '关闭,回到原处'),
  stay: key(['Tab', 'Shift+Tab'], '焦点留在查找框', { shown: 'Tab' }),
})

export const dialogKeys = define({
  safe: key('Esc', '不做,返回'),
  perform: key('Ctrl+Enter', '执行'),
  nextStop: key('Tab', '下一项'),
  previousStop: key('Shift+Tab', '上一项'),
  sideways: key(['←', '→'], '相邻的按钮'),
})

/** Keys of the acts of a dialog, as long as no box of it has the focus. */
export const answerKeys = define({
  yes: key('Y', '是'),
  no: key('N', '否'),
  first: key('1', '第一种办法'),
  second: key('2', '第二种办法'),
})

export const choiceListKeys = define({
  up: key('↑', '上一条'),
  down: key('↓', '下一条'),
  first: key('Home', '第一条'),
  last: key('End', '最后一条'),
  turn: key('空格', '选上或不选'),
  take: key('Enter', '打开,或到下面各项'),
})

export const moveHouseholdKeys = define({
  toPeople: key(['Shift+Tab', 'Shift+Enter'], '由第一项回到人员名单', inner),
})

export const askLineKeys = define({
  accept: key('Enter', '确定(在原因中)'),
  decline: key('Esc', '不做,返回'),
  sideways: key(['←', '→'], '相邻的按钮'),
})

export const formKeys = define({
  next: key(['Enter', 'Tab'], '下一项'),
  previous: key(['Shift+Enter', 'Shift+Tab'], '上一项'),
  save: key('Ctrl+S', '保存'),
  saveAndNew: key('Ctrl+Enter', '保存并新增'),
  explain: key('F1', '说明该项为何有红色问号、内容来自何处', inner),
  nextMark: key('F8', '到下一个必录未填或有误的项'),
  repeatField: key('F4', '重复上一份的该项'),
  copyPrevious: key('Ctrl+D', '复制上一份中未锁定的各项'),
  openDuplicate: key('F6', '打开证件号码或地址相同的已有记录'),
  takeCard: key('F3', '采用读卡的值(当前与证件不同的项);申请人未登记时:由证件新增'),
  keepTyped: key('Shift+F3', '保留录入的值(当前与证件不同的项)'),
  takeAllCard: key('Ctrl+F3', '与证件不同的各项全部采用读卡'),
  keepAllTyped: key('Ctrl+Shift+F3', '与证件不同的各项全部保留录入'),
  dropCard: key('Ctrl+F2', '移去待录证件中最后一张'),
  togglePin: key('Ctrl+P', '固定或放开该项,固定的项在保存并新增后保留'),
  undoLast: key('Ctrl+U', '撤销本批最后一份(按两次)'),
  changeKind: key('Ctrl+G', '修改时:变更与更正之间切换,并到日期或原因'),
  openBatch: key('Ctrl+B', '批量录入:开一批,或继续已开的批次'),
  deferSheet: key('F7', '搁置本份,写明原因,以后补录'),
  voidSheet: key('Ctrl+F7', '作废本份,写明原因'),
  switchForm: key('Ctrl+M', '新增流动人员与新增未成年人互换,已录入的保留'),
  create: key('Ctrl+N', '在列表中新增(单位、房屋、协管员、小区、学校、监护人;单机模式的社区、街路巷)'),
  leave: key('Esc', '离开录入'),
})

export const textKeys = define({
  newLine: key('Alt+Enter', '在备注中换行'),
})

export const photoKeys = define({
  choose: key(['空格', '↓'], '选择照片文件'),
  remove: key('Delete', '删去照片'),
})

export const rowsBoxKeys = define({
  open: key(['空格', '↓', 'Delete'], '打开随行未成年人(也可直接按字母、数字)', { shown: '空格、↓' }),
})

export const rowsKeys = define({
  removeRow: key('Ctrl+Delete', '删去一行'),
  save: key(['Ctrl+S', 'Ctrl+Enter'], '关闭并保存整张表'),
})

export const lookupKeys = define({
  move: key(moves, '移动', { shown: movesShown }),
  open: key(['↓', 'PgDn'], '打开全部条目', { shown: '空格、↓' }),
  openBySpace: key('空格', '打开全部条目(该项已全选时)', { shown: '空格' }),
  take: key(['Enter', 'Tab', 'Shift+Enter', 'Shift+Tab'], '选用', { shown: 'Enter、Tab' }),
  takeOne: key(['Enter', 'Shift+Enter'], '可多选的项:选中或取消', { shown: 'Enter' }),
  removeLast: key('Backspace', '可多选的项:删去最后一个'),
  create: key('Ctrl+N', '新增(单位、房屋、协管员、小区、学校、监护人;单机模式的社区、街路巷)'),
  giveUp: key('Esc', '关闭列表,恢复原值'),
  repeatField: key('F4', '关闭列表,重复上一份的该项'),
})

export const conditionKeys = define({
  run: key('Enter', '查询'),
  reset: key('Esc', '重置查询条件'),
})

export const queryKeys = define({
  runAgain: key('F5', '重新查询'),
})

export const gridKeys = define({
  move: key(moves, '移动', { shown: movesShown }),
  extend: key(
    moves.flatMap((each) => [`Shift+${each}`, `Ctrl+Shift+${each}`]),
    '选择连续多行',
    { shown: 'Shift+移动键' },
  ),
  moveOnly: key(
    moves.map((each) => `Ctrl+${each}`),
    '移动,选择不变',
    { shown: 'Ctrl+移动键' },
  ),
  sortAscending: key('Alt+↑', '按当前列升序'),
  sortDescending: key('Alt+↓', '按当前列降序'),
  columnSideways: key(['←', '→'], '移动当前列'),
  toggle: key('Ctrl+空格', '选择或取消当前行'),
  selectOne: key('空格', '只选当前行'),
  selectAll: key('Ctrl+A', '全选'),
  copy: key('Ctrl+C', '复制所选各行'),
  menu: key(['Shift+F10', '菜单键'], '右键菜单'),
  details: key('Enter', '打开当前行'),
  leave: key('Esc', '离开列表(查询:回到条件)'),
})

export const columnListKeys = define({
  up: key('↑', '上一列'),
  down: key('↓', '下一列'),
  shiftUp: key('Alt+↑', '把该列前移'),
  shiftDown: key('Alt+↓', '把该列后移'),
  first: key('Home', '第一列'),
  last: key('End', '最后一列'),
  turn: key('空格', '显示或不显示该列'),
  choose: key('Enter', '确定'),
})

export const detailsKeys = define({
  modify: key('Ctrl+E', '修改'),
  moveHousehold: key('Ctrl+H', '整户迁移(房屋)'),
  remove: key('Ctrl+Delete', '删除误登记记录(限管理员)'),
  map: key('Ctrl+M', '房屋示意图(小区、房屋)'),
  sources: key('Ctrl+I', '显示或隐藏各项来源'),
  applyPermit: key('Ctrl+J', '流动人员:申领居住证'),
  endorsePermit: key('Ctrl+Y', '流动人员、已发的居住证:居住证签注'),
  reload: key('F5', '重新读取'),
  auditLog: key('Ctrl+L', '该记录的操作日志'),
  close: key('Esc', '由历史版本返回,关闭'),
})

/** 房屋示意图: everywhere on the page. */
export const mapKeys = define({
  reload: key('F5', '重新读取'),
  up: key(['Backspace', 'Esc'], '返回上一级'),
})

export const mapLevelKeys = define({
  move: key(moves, '移动', { shown: movesShown }),
  open: key('Enter', '进入下一级'),
  clear: key('Esc', '清空查找,返回上一级', inner),
  up: key('Backspace', '没有查找内容时返回上一级', inner),
})

export const mapGridKeys = define({
  up: key('↑', '上一层'),
  down: key('↓', '下一层'),
  left: key('←', '左边一户'),
  right: key('→', '右边一户'),
  pageUp: key('PgUp', '向上六层'),
  pageDown: key('PgDn', '向下六层'),
  floorStart: key('Home', '本层第一户'),
  floorEnd: key('End', '本层最后一户'),
  firstCell: key('Ctrl+Home', '左上角'),
  lastCell: key('Ctrl+End', '右下角'),
  register: key('N', '登记未登记的房屋'),
  side: key('F6', '示意图与未能定位的房屋之间切换'),
})

export const mapDwellingKeys = define({
  open: key('Enter', '住户'),
  details: key('Ctrl+O', '详细信息'),
  modify: key('Ctrl+E', '房屋修改'),
  residents: key('Ctrl+I', '现住人员'),
})

export const mapUnplacedKeys = define({
  up: key('↑', '上一户'),
  down: key('↓', '下一户'),
  side: key('F6', '回到示意图'),
})

export const mapHouseholdKeys = define({
  up: key('↑', '上一条'),
  down: key('↓', '下一条'),
  first: key('Home', '第一条'),
  last: key('End', '最后一条'),
})

export const timelineKeys = define({
  show: key(['Enter', 'V'], '查看变更记录当时的内容'),
})

export const changeKeys = define({
  turn: key(['↑', '↓', '←', '→'], '变更与更正之间切换'),
})

export const smallTableKeys = define({
  move: key(['↑', '↓', '←', '→', 'Home', 'End'], '在小表中移动(批次、日结、变更记录、备份文件)'),
})

export const batchListKeys = define({
  goOn: key('Enter', '继续录入所选批次,今日已结束的重新打开'),
  end: key('Ctrl+E', '结束所选批次'),
  countAnew: key('F4', '更正所选批次的应录份数'),
  leave: key('Esc', '离开批量录入'),
})

export const batchRegisterKeys = define({
  toForm: key('Enter', '登记簿:到开批各项'),
})

export const dayEndKeys = define({
  confirm: key('Ctrl+Enter', '确认日结'),
  dayBefore: key('Ctrl+←', '前一天'),
  dayAfter: key('Ctrl+→', '后一天'),
  copy: key('Ctrl+C', '复制各行'),
  leaveSheets: key('Esc', '由各份列表返回'),
})

export const residenceKeys = define({
  reload: key('F5', '重新统计'),
  monthBefore: key('Ctrl+←', '上一个月'),
  monthAfter: key('Ctrl+→', '下一个月'),
})

export const auditLogKeys = define({
  only: key('Ctrl+L', '只看该行记录的操作'),
  reload: key('F5', '重新读取'),
})

export const todoKeys = define({
  move: key(moves, '到期和待处理的各类中移动', { shown: movesShown }),
  enter: key(['Enter', '空格', '→'], '到所选一类的各项'),
})

export const linkedKeys = define({
  move: key(['↑', '↓'], '关联记录中移动'),
})

export const sectionKeys = define({
  next: key('Ctrl+PgDn', '下一栏目'),
  previous: key('Ctrl+PgUp', '上一栏目'),
})

export const sectionTabKeys = define({
  sideways: key(['←', '→'], '相邻的栏目'),
  enter: key(['Enter', '空格', '↓'], '进入栏目'),
})

export const queueKeys = define({
  reload: key('F5', '重新读取队列'),
})

export const backupKeys = define({
  reload: key('F5', '重新读取'),
})

export const conflictKeys = define({
  reload: key('F5', '重新读取'),
  openLast: key('Ctrl+Z', '打开刚处理的记录改正'),
})

export const conflictListKeys = define({
  move: key(moves, '移动', { shown: movesShown }),
  keep: key(['1', '←'], '保留现值'),
  take: key(['2', '→'], '采用另一值'),
  type: key(['3', 'Enter'], '录入其他值'),
  details: key('Ctrl+O', '详细信息'),
  modify: key('Ctrl+E', '修改该记录'),
  leave: key('Esc', '回到栏目'),
})

export const duplicateKeys = define({
  reload: key('F5', '重新读取'),
  merge: key('Ctrl+Enter', '合并重复登记'),
  dismiss: key('F7', '不是同一人、不是同一个'),
  nextPair: key('Ctrl+→', '下一对'),
  previousPair: key('Ctrl+←', '上一对'),
})

export const duplicateListKeys = define({
  move: key(moves, '移动', { shown: movesShown }),
  left: key(['1', '←'], '选左边'),
  right: key(['2', '→'], '选右边'),
  details: key('Ctrl+O', '详细信息'),
  leave: key('Esc', '回到栏目'),
})

export const mergedKeys = define({
  unmerge: key('Ctrl+U', '取消合并'),
  reload: key('F5', '重新读取'),
})

/** 字典管理: everywhere on the page. */
export const dictionaryKeys = define({
  find: key('Ctrl+F', '查找条目'),
  retired: key('Ctrl+H', '显示或不显示停用的条目'),
  add: key('Ctrl+N', '新增条目(单机模式)'),
  correct: key('Ctrl+E', '更正条目(单机模式)'),
  retire: key('F7', '停用或恢复使用条目(单机模式)'),
  import: key('Ctrl+I', '导入 CSV(单机模式)'),
  reload: key('F5', '重新读取'),
})

export const dictionaryListKeys = define({
  move: key(moves, '移动', { shown: movesShown }),
  enter: key('Enter', '到所选字典的条目'),
  clear: key('Esc', '清除筛选文字', inner),
})

export const dictionaryFindKeys = define({
  toList: key(['Enter', '↓'], '到条目列表', { shown: 'Enter、↓' }),
  leave: key('Esc', '清除查找文字,回到字典', inner),
})

export const settingsKeys = define({
  move: key(['↑', '↓'], '上一页、下一页设置'),
})

export const firstRunKeys = define({
  finish: key('Esc', '跳过首次使用'),
  next: key('Enter', '下一步'),
})

export const keyMapKeys = define({
  clear: key('Esc', '清除筛选文字'),
})

export const manualKeys = define({
  move: key(['↑', '↓', 'Ctrl+Home', 'Ctrl+End'], '上一节、下一节', { shown: '↑ ↓' }),
  pageUp: key('PgUp', '正文向上翻'),
  pageDown: key('PgDn', '正文向下翻'),
  read: key('Enter', '到正文'),
  find: key('Ctrl+F', '回到目录,查找标题'),
  leave: key('Esc', '由正文回到目录,清除查找文字'),
})

/** A place of the program that hears keys. */
export type KeyContext = {
  /** What the place is called on the page 快捷键. Places of one title stand together there. */
  readonly title: string
  readonly bindings: Bindings
}

/** Every place that hears keys, in the order of the page. */
export const keyContexts: readonly KeyContext[] = [
  { title: '窗口和标签页', bindings: windowKeys },
  { title: '窗口和标签页', bindings: menuBarKeys },
  { title: '首页、到期提醒', bindings: todoKeys },
  { title: '菜单栏、工具栏', bindings: menuTitleKeys },
  { title: '打开的菜单', bindings: popupMenuKeys },
  { title: '菜单栏、工具栏', bindings: toolbarKeys },
  { title: '标签页栏', bindings: tabStripKeys },
  { title: '查找功能或记录', bindings: paletteKeys },
  { title: '录入', bindings: formKeys },
  { title: '录入', bindings: textKeys },
  { title: '录入:照片', bindings: photoKeys },
  { title: '录入:随行未成年人', bindings: rowsBoxKeys },
  { title: '录入:随行未成年人', bindings: rowsKeys },
  { title: '字典列表', bindings: lookupKeys },
  { title: '查询条件', bindings: conditionKeys },
  { title: '查询条件', bindings: queryKeys },
  { title: '查询结果、列表', bindings: gridKeys },
  { title: '选择列', bindings: columnListKeys },
  { title: '详细信息', bindings: detailsKeys },
  { title: '详细信息', bindings: linkedKeys },
  { title: '详细信息', bindings: timelineKeys },
  { title: '房屋示意图', bindings: mapKeys },
  { title: '房屋示意图:查找', bindings: mapLevelKeys },
  { title: '房屋示意图:楼栋', bindings: mapGridKeys },
  { title: '房屋示意图:楼栋', bindings: mapDwellingKeys },
  { title: '房屋示意图:未能定位', bindings: mapUnplacedKeys },
  { title: '房屋示意图:住户', bindings: mapHouseholdKeys },
  { title: '录入:修改的说明', bindings: changeKeys },
  { title: '批量录入、日结', bindings: smallTableKeys },
  { title: '批量录入、日结', bindings: batchListKeys },
  { title: '批量录入、日结', bindings: batchRegisterKeys },
  { title: '批量录入、日结', bindings: dayEndKeys },
  { title: '数据同步、冲突处理、备份与恢复、在住情况:栏目', bindings: sectionKeys },
  { title: '数据同步、冲突处理、备份与恢复、在住情况:栏目', bindings: sectionTabKeys },
  { title: '数据同步:队列', bindings: queueKeys },
  { title: '冲突处理:冲突', bindings: conflictKeys },
  { title: '冲突处理:冲突', bindings: conflictListKeys },
  { title: '冲突处理:重复登记', bindings: duplicateKeys },
  { title: '冲突处理:重复登记', bindings: duplicateListKeys },
  { title: '冲突处理:已合并', bindings: mergedKeys },
  { title: '在住情况', bindings: residenceKeys },
  { title: '操作日志', bindings: auditLogKeys },
  { title: '备份与恢复', bindings: backupKeys },
  { title: '字典管理', bindings: dictionaryKeys },
  { title: '字典管理:字典', bindings: dictionaryListKeys },
  { title: '字典管理:查找条目', bindings: dictionaryFindKeys },
  { title: '对话框', bindings: dialogKeys },
  { title: '对话框', bindings: answerKeys },
  { title: '对话框:名单', bindings: choiceListKeys },
  { title: '整户迁移', bindings: moveHouseholdKeys },
  { title: '页内提问', bindings: askLineKeys },
  { title: '系统设置', bindings: settingsKeys },
  { title: '首次使用', bindings: firstRunKeys },
  { title: '快捷键', bindings: keyMapKeys },
  { title: '使用手册', bindings: manualKeys },
]
