import type { ReactNode } from 'react'
import { menus } from '../../app/commands.ts'
import { bindingGroups } from '../../app/shortcuts.ts'
import { BindingList } from '../../components/binding-list.tsx'

/** 帮助—快捷键: every key there is. */
export function ShortcutsPage(): ReactNode {
  return (
    <div className="text-page text-page-wide" tabIndex={0} data-initial-focus="">
      <h2>快捷键</h2>
      <BindingList groups={[menuBindings, ...bindingGroups]} />
    </div>
  )
}

const menuBindings = {
  title: '菜单',
  bindings: menus
    .flatMap((menu) => menu.commands)
    .map((command) => ({ keys: command.shortcut, does: command.label })),
}
