import { useEffect, useRef } from 'react'
import type { Condition, Draft, DraftInput } from '../../src-shared/contract/types.ts'
import type { CardReading } from '../../src-shared/readers/card-reading.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'

/** What a tab shows. Pages never import each other: they ask the frame to open one of these. */
export type TabPage =
  | { readonly kind: 'home' }
  /**
   * The entry form. No `recordIds`: a new record (batch entry). One or more: 修改, one after another.
   * `draftId` is made when the tab is opened, or is that of a draft that comes back.
   * `restored` are the drafts that come back with it: the form's own, then those that 新增… had opened over it, upwards.
   */
  | {
      readonly kind: 'entry'
      readonly register: RegisterName
      readonly recordIds: readonly string[]
      readonly draftId: string
      readonly restored?: readonly Draft[]
      /** What a new form starts with beside its defaults, by field. */
      readonly prefilled?: Readonly<Record<string, DraftInput>>
      /** The card that a new form was opened for. */
      readonly card?: CardReading
    }
  | { readonly kind: 'query'; readonly register: RegisterName; readonly conditions?: readonly Condition[] }
  | { readonly kind: 'details'; readonly register: RegisterName; readonly recordId: string }
  /** 批量录入: which batch is typed. With a register: asked by its form, which is gone back to. */
  | { readonly kind: 'batches'; readonly register?: RegisterName }
  | { readonly kind: 'dayEnd' }
  /** 房屋示意图, from the top or at an estate or dwelling. */
  | {
      readonly kind: 'buildingMap'
      readonly at?: { readonly register: 'estate' | 'dwelling'; readonly id: string }
    }
  | { readonly kind: 'settings' }
  | { readonly kind: 'sync' }
  | { readonly kind: 'conflicts' }
  | { readonly kind: 'reminders' }
  /** 统计—在住情况 */
  | { readonly kind: 'residence' }
  | { readonly kind: 'dictionaries' }
  /** 备份与恢复 */
  | { readonly kind: 'backup' }
  /** 操作日志 */
  | { readonly kind: 'auditLog' }
  | { readonly kind: 'shortcuts' }
  /** 使用手册, at one of its headings or where it was. */
  | { readonly kind: 'manual'; readonly heading?: string }
  | { readonly kind: 'about' }

export type Tab = {
  readonly key: string
  readonly title: string
  readonly page: TabPage
  /** Something typed here is not saved yet (it is drafted all the same). */
  readonly isDirty: boolean
}

/** Something the page in front can do now, as the palette lists it. */
export type PageAction = {
  readonly label: string
  readonly shortcut?: string
  readonly run: () => void
}

/** What every page gets from the frame. */
export type PageProps<Page extends TabPage = TabPage> = {
  readonly tabKey: string
  readonly page: Page
  /** Hidden tabs stay mounted and keep their state; only the active one answers keys. */
  readonly isActive: boolean
  /** Opens a tab, or goes to the one that already shows the same. */
  readonly openTab: (page: TabPage) => void
  readonly closeTab: () => void
  /** `page`: the tab shows something else of the same kind from now on, under its old key. */
  readonly setTab: (change: { title?: string; isDirty?: boolean; page?: TabPage }) => void
  /**
   * Before the tab is closed this is asked whether something is not saved: what was typed a moment ago, before the tab was
   * marked, counts as well. Answers how to end that.
   */
  readonly beforeClose: (hasUnsaved: () => boolean) => () => void
  /** Asked for what the page can do now when the palette opens. Answers how to end that. */
  readonly offerActions: (list: () => readonly PageAction[]) => () => void
}

/** Offers what a page can do now; always asks the newest list. */
export function usePageActions(offer: PageProps['offerActions'], list: () => readonly PageAction[]): void {
  const newest = useRef(list)
  useEffect(() => {
    newest.current = list
  })
  useEffect(() => offer(() => newest.current()), [offer])
}
