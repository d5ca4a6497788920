import { REGISTER_NAMES } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { gridKeys, keyContexts } from '../keys/bindings.ts'
import { keysText } from '../keys/press.ts'
import { listActions } from '../pages/query/actions.ts'
import { listQueueActions } from '../pages/sync/queue-actions.ts'
import { menus, menuShortcut, readCard, synchronise } from './commands.ts'

/** One line of the page 快捷键: what the keys are called on screen, and what they do. */
export type KeyLine = { readonly keys: string; readonly does: string }

export type KeyGroup = { readonly title: string; readonly lines: readonly KeyLine[] }

/** All keys by the place where they are heard, made of what the handlers listen to. */
export function listKeyGroups(): readonly KeyGroup[] {
  const groups = new Map<string, KeyLine[]>()
  const add = (title: string, line: KeyLine): void => {
    const lines = groups.get(title) ?? []
    groups.set(title, lines)
    if (!lines.some((each) => each.keys === line.keys && each.does === line.does)) lines.push(line)
  }
  for (const menu of menus)
    for (const { label, shortcut } of menu.commands) add('菜单', { keys: shortcut, does: label })
  add('菜单', { keys: readCard.shortcut, does: readCard.label })
  add('菜单', { keys: synchronise.shortcut, does: '立即同步' })
  for (const menu of menus)
    add('窗口和标签页', { keys: menuShortcut(menu), does: `打开菜单「${menu.label}」` })
  for (const { title, bindings } of keyContexts)
    for (const binding of Object.values(bindings)) add(title, { keys: keysText(binding), does: binding.does })
  for (const register of REGISTER_NAMES) {
    for (const { kind, label, shortcut } of listActions(register, {
      mayWrite: true,
      statuses: ['active', 'cancelled'],
      stages: null,
    })) {
      if (Object.hasOwn(gridKeys, kind)) continue
      // What every register has is said once.
      const isOwn = kind !== 'columns'
      add(isOwn ? `${getRegister(register).label}查询` : '查询结果、列表', { keys: shortcut, does: label })
    }
  }
  const queued = (['pending', 'held', 'setAside'] as const).flatMap((state) =>
    listQueueActions([state], { send: true }),
  )
  for (const { label, shortcut } of queued) add('数据同步:队列', { keys: shortcut, does: label })
  return [...groups].map(([title, lines]) => ({ title, lines }))
}
