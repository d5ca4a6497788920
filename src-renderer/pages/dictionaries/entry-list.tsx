import { Checkbox } from 'antd'
import { useEffect, useId, useMemo, useRef, useState, type ReactNode } from 'react'
import type {
  DictionaryRow,
  DictionaryRows,
  DictionarySummary,
  EntryUse,
  ImportPreview,
} from '../../../src-shared/contract/dictionary-types.ts'
import { synchronise } from '../../app/commands.ts'
import { usePageActions, type PageAction, type PageProps } from '../../app/tab.ts'
import { AddEntryDialog } from '../../acts/add-entry-dialog.tsx'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useEvent, useRequest } from '../../client/use-request.ts'
import { BusyButton } from '../../components/busy-button.tsx'
import { Delayed } from '../../components/delayed.tsx'
import { formatInstant } from '../../components/format-time.ts'
import { PopupMenu } from '../../components/popup-menu.tsx'
import { dictionaryFindKeys, dictionaryKeys, gridKeys } from '../../keys/bindings.ts'
import { ariaKeys, findPressed, keysText } from '../../keys/press.ts'
import { fitColumns, type GridColumn } from '../../tables/field-column.ts'
import { measureText } from '../../tables/measure-text.ts'
import {
  clampSelection,
  countSelected,
  emptySelection,
  selectOnly,
  type Selection,
} from '../../tables/selection.ts'
import { usePagedRows } from '../../tables/use-paged-rows.ts'
import { VirtualGrid, type GridHandle } from '../../tables/virtual-grid.tsx'
import { countText, entryCellText, sourceText, usesText } from './dictionary-text.ts'
import { CorrectEntryDialog, RetireEntryDialog } from './entry-dialogs.tsx'
import { ImportDialog } from './import-dialog.tsx'

type EntryRow = DictionaryRow & { readonly id: string; readonly status: 'active' | 'cancelled' }
type EntryAnswer = DictionaryRows & { readonly rows: readonly EntryRow[] }

/** What is being done to the entries. */
type Doing =
  | { readonly kind: 'add' }
  | { readonly kind: 'correct' | 'retire'; readonly row: DictionaryRow }
  | { readonly kind: 'import'; readonly path: string; readonly preview: ImportPreview }

/** What the page asks of the list of entries. */
export type EntryListHandle = { readonly focusFind: () => void }

/** Heading, search, entries and one entry's facts of the chosen dictionary. */
export function EntryList(props: {
  readonly summary: DictionarySummary
  readonly offerActions: PageProps['offerActions']
  readonly handle: { current: EntryListHandle | null }
  readonly reloadSummaries: () => void
  /** Back to the dictionaries. */
  readonly onLeave: () => void
  /** Hands the page's keys over. */
  readonly keys: { current: ((event: KeyboardEvent) => boolean) | null }
}): ReactNode {
  const { summary, reloadSummaries } = props
  const { name, refusal } = summary
  const { today, settings, sync } = useAppState()
  const id = useId()
  const [query, setQuery] = useState('')
  const [showsRetired, setShowsRetired] = useState(false)
  const [kept, setSelection] = useState<Selection>(emptySelection)
  const [menuAt, setMenuAt] = useState<{ readonly x: number; readonly y: number }>()
  const [doing, setDoing] = useState<Doing>()
  const [message, setMessage] = useState<{ readonly text: string; readonly isProblem?: boolean }>()
  const [uses, setUses] = useState<{
    readonly code: string
    readonly uses: readonly EntryUse[] | undefined
  }>()
  const grid = useRef<GridHandle>(null)
  const box = useRef<HTMLInputElement>(null)

  const entries = usePagedRows<EntryRow, EntryAnswer>(
    JSON.stringify([query, showsRetired]),
    async (offset, limit) => {
      const page = await call('dictionary.entries', { name, query, showsRetired, offset, limit })
      return {
        ...page,
        rows: page.rows.map((row) => ({
          ...row,
          id: row.code,
          status: row.isInForce ? 'active' : 'cancelled',
        })),
      }
    },
  )
  const { answer, version, row, reload } = entries
  const total = answer?.total ?? 0
  useEvent('lookup.changed', ({ source }) => {
    if (source.kind === 'dictionary' && source.name === name) reload()
  })
  // The first row is there to work on; what went meanwhile is selected no more.
  const selection =
    kept.active < 0 && total > 0 ? selectOnly(0) : clampSelection(kept, answer ? total : Infinity)

  const active = row(selection.active)
  const detail = useRequest('dictionary.entry', active ? { name, code: active.code } : undefined)
  const shown = detail.output?.row.code === active?.code ? detail.output : undefined
  const entryRefusal = refusal ?? shown?.refusal ?? null

  const isServerSet = settings.server.isEnabled && settings.server.host !== ''
  const columns = useColumns(summary, entries)

  const say = (text: string): void => setMessage({ text })
  const attempt = (what: () => Promise<void>): void => {
    setMessage(undefined)
    what().catch((error: unknown) => setMessage({ text: messageOf(error), isProblem: true }))
  }
  const changed = (text: string): void => {
    setDoing(undefined)
    say(text)
    reload()
    detail.reload()
    reloadSummaries()
  }
  const find = (text: string): void => {
    setQuery(text)
    setSelection(emptySelection)
    setUses(undefined)
    setMessage(undefined)
  }
  const turnRetired = (): void => {
    setShowsRetired((previous) => !previous)
    setSelection(emptySelection)
  }
  const copy = (): void =>
    attempt(async () => {
      if (total === 0) return
      const ranges =
        countSelected(selection) === 0 ? [[0, total - 1] as const] : selection.ranges.map((each) => each)
      const { text, count } = await call('dictionary.copy', {
        name,
        query,
        showsRetired,
        ranges: ranges.map(([first, last]) => [first, last]),
      })
      await call('clipboard.write', { text })
      say(`已复制 ${count.toLocaleString('zh-CN')} 条,可粘贴到表格中`)
    })
  const countUses = (): void => {
    if (!active) return
    const { code } = active
    setUses({ code, uses: undefined })
    attempt(async () => setUses({ code, uses: await call('dictionary.countUses', { name, code }) }))
  }
  const add = (): void => setDoing({ kind: 'add' })
  const correct = (): void => {
    if (active && entryRefusal === null) setDoing({ kind: 'correct', row: active })
    else if (active) setMessage({ text: entryRefusal ?? '', isProblem: true })
  }
  const retire = (): void => {
    if (!active) return
    if (entryRefusal !== null) setMessage({ text: entryRefusal, isProblem: true })
    else if (active.validTo === '') setDoing({ kind: 'retire', row: active })
    else
      attempt(async () => {
        await call('dictionary.reinstateEntry', { name, code: active.code })
        changed(`已恢复使用「${active.name}」`)
      })
  }
  const chooseFile = (): void =>
    attempt(async () => {
      const chosen = await call('file.chooseSource', { title: `导入${summary.label}`, extension: 'csv' })
      if (chosen === null) return
      const preview = await call('dictionary.previewImport', { name, path: chosen.path, isComplete: false })
      setDoing({ kind: 'import', path: chosen.path, preview })
    })

  const retireLabel = active !== undefined && active.validTo !== '' ? '恢复使用' : '停用'
  const upkeep = [
    { binding: dictionaryKeys.add, label: '新增条目', isForRow: false, run: add },
    { binding: dictionaryKeys.correct, label: '更正', isForRow: true, run: correct },
    { binding: dictionaryKeys.retire, label: retireLabel, isForRow: true, run: retire },
    { binding: dictionaryKeys.import, label: '导入 CSV', isForRow: false, run: chooseFile },
  ] as const
  const acts = [
    { binding: gridKeys.details, label: '统计使用情况', isForRow: true, run: countUses },
    { binding: gridKeys.copy, label: '复制', isForRow: true, run: copy },
    ...(refusal === null ? upkeep : []),
    {
      binding: dictionaryKeys.retired,
      label: showsRetired ? '不显示停用' : '显示停用',
      isForRow: false,
      run: turnRetired,
    },
  ].filter(({ isForRow }) => !isForRow || active !== undefined)
  usePageActions(props.offerActions, () =>
    acts.map(({ label, binding, run }): PageAction => ({ label, shortcut: keysText(binding), run })),
  )

  const focusFind = (): void => {
    box.current?.focus()
    box.current?.select()
  }
  const focusList = (): void => {
    if (total > 0) grid.current?.focus()
    else focusFind()
  }
  useEffect(() => {
    props.handle.current = { focusFind }
    props.keys.current = (event) => {
      const pressed = findPressed(event, dictionaryKeys)
      switch (pressed) {
        case 'find':
          focusFind()
          break
        case 'retired':
          turnRetired()
          break
        case 'add':
        case 'correct':
        case 'retire':
        case 'import':
          if (refusal === null) upkeep.find(({ binding }) => binding === dictionaryKeys[pressed])?.run()
          else setMessage({ text: refusal, isProblem: true })
          break
        case 'reload':
          setMessage(undefined)
          reload()
          detail.reload()
          reloadSummaries()
          break
        case undefined:
          return false
      }
      return true
    }
  })
  const close = (): void => setDoing(undefined)
  const isEmpty = answer !== undefined && total === 0

  return (
    <section className="dictionary-main" aria-label={`字典「${summary.label}」`}>
      <header className="dictionary-head">
        <h2>{summary.label}</h2>
        <dl>
          <div>
            <dt>条目</dt>
            <dd>{countText(summary)}</dd>
          </div>
          <div>
            <dt>来源</dt>
            <dd>{sourceText(summary, today)}</dd>
          </div>
          {isServerSet ? (
            <div>
              <dt>上次同步</dt>
              <dd>{sync.lastRoundAt === null ? '尚未同步' : formatInstant(sync.lastRoundAt, today)}</dd>
            </div>
          ) : null}
          <div>
            <dt>用于</dt>
            <dd>{summary.uses}</dd>
          </div>
        </dl>
      </header>
      <div className="queue-bar">
        <label htmlFor={`${id}-find`}>查找</label>
        <span className="dictionary-find">
          <input
            ref={box}
            id={`${id}-find`}
            className="dictionary-box"
            value={query}
            maxLength={200}
            autoComplete="off"
            spellCheck={false}
            placeholder="代码、名称、拼音、首字母"
            aria-keyshortcuts={ariaKeys(dictionaryKeys.find)}
            onChange={(event) => find(event.target.value)}
            onKeyDown={(event) => {
              if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return
              const pressed = findPressed(event.nativeEvent, dictionaryFindKeys)
              if (pressed === 'toList') focusList()
              else if (pressed === 'leave' && query !== '') find('')
              else if (pressed === 'leave') props.onLeave()
              else return
              event.preventDefault()
              event.stopPropagation()
            }}
          />
        </span>
        <Checkbox checked={showsRetired} onChange={turnRetired}>
          显示停用
        </Checkbox>
        {refusal === null
          ? upkeep.map(({ binding, label, isForRow, run }) => (
              <BusyButton
                key={keysText(binding)}
                isBusy={isForRow && active === undefined}
                aria-keyshortcuts={ariaKeys(binding)}
                onClick={run}
              >
                {label}
                <kbd aria-hidden="true">{keysText(binding)}</kbd>
              </BusyButton>
            ))
          : null}
        {isServerSet ? (
          <BusyButton
            isBusy={sync.isRunning}
            aria-keyshortcuts={synchronise.shortcut}
            onClick={() =>
              attempt(async () => {
                const { lastError } = await call('sync.run', {})
                if (lastError === null) say('已同步,字典是最新的')
                else setMessage({ text: lastError, isProblem: true })
                reloadSummaries()
              })
            }
          >
            同步
            <kbd aria-hidden="true">{synchronise.shortcut}</kbd>
          </BusyButton>
        ) : null}
        {refusal === null ? null : <span className="hint dictionary-refusal">{refusal}</span>}
      </div>
      <div className="queue-list">
        {answer && total > 0 ? (
          <VirtualGrid
            ref={grid}
            label={`${summary.label}条目`}
            columns={columns}
            total={total}
            row={row}
            textOf={entryCellText}
            version={version}
            onVisible={entries.want}
            sort={null}
            selection={selection}
            onSelection={setSelection}
            onOpen={countUses}
            onCopy={copy}
            onMenu={setMenuAt}
            onLeave={focusFind}
          />
        ) : isEmpty ? (
          <p className="query-empty">{emptyText(query, refusal)}</p>
        ) : entries.problem === undefined ? (
          <Delayed>
            <p className="query-empty">正在读取…</p>
          </Delayed>
        ) : (
          <p className="query-empty problem">{entries.problem}</p>
        )}
      </div>
      <dl className="dictionary-detail" aria-label="当前条目">
        <dt>路径</dt>
        <dd>{shown?.path.join(' / ') ?? ''}</dd>
        <dt>首字母</dt>
        <dd>
          {shown ? shown.initials.join('、') : ''}
          {active === undefined || active.mnemonic === '' ? '' : `;助记码 ${active.mnemonic}`}
        </dd>
        <dt>使用</dt>
        <dd>
          <span role="status">{active === undefined ? '' : usesOf(uses, active.code)}</span>
        </dd>
      </dl>
      <div className="query-foot">
        <span>{answer ? totalText(answer) : null}</span>
        <span>
          {countSelected(selection) > 1
            ? `已选 ${countSelected(selection).toLocaleString('zh-CN')} 条`
            : null}
        </span>
        <span className={message?.isProblem ? 'query-message problem' : 'query-message'} role="status">
          {message?.text ?? ''}
        </span>
        <span className="query-keys">统计使用 Enter · 复制 Ctrl+C · 右键菜单 Shift+F10</span>
      </div>
      {menuAt ? (
        <PopupMenu
          label="条目操作"
          at={menuAt}
          items={acts.map(({ label, binding, run }) => ({
            label,
            shortcut: keysText(binding),
            onSelect: run,
          }))}
          onClose={() => {
            setMenuAt(undefined)
            focusList()
          }}
        />
      ) : null}
      {doing?.kind === 'add' ? (
        <AddEntryDialog
          dictionary={name}
          onClose={close}
          onDone={(entry) => changed(`已新增「${entry.name}」,录入时即可查到`)}
        />
      ) : null}
      {doing?.kind === 'correct' ? (
        <CorrectEntryDialog
          summary={summary}
          row={doing.row}
          onClose={close}
          onDone={(entryName) => changed(`已更正「${entryName}」`)}
        />
      ) : null}
      {doing?.kind === 'retire' ? (
        <RetireEntryDialog
          summary={summary}
          row={doing.row}
          onClose={close}
          onDone={(entryName) => changed(`已停用「${entryName}」`)}
        />
      ) : null}
      {doing?.kind === 'import' ? (
        <ImportDialog
          summary={summary}
          path={doing.path}
          preview={doing.preview}
          onClose={close}
          onDone={(count) => changed(`已导入 ${count.toLocaleString('zh-CN')} 条`)}
        />
      ) : null}
    </section>
  )
}

function totalText({ total, isCut }: DictionaryRows): string {
  return isCut ? `列出前 ${total} 条,请再录入几个字` : `共 ${total.toLocaleString('zh-CN')} 条`
}

function emptyText(query: string, refusal: string | null): string {
  if (query !== '') return '没有找到。可改用代码、拼音首字母或名称中的几个字;停用的条目按 Ctrl+H 显示。'
  return refusal === null
    ? '还没有条目。按 Ctrl+N 新增,或按 Ctrl+I 导入 CSV 文件。'
    : '还没有条目。条目由服务器下发,按 F9 同步。'
}

function usesOf(
  uses: { readonly code: string; readonly uses: readonly EntryUse[] | undefined } | undefined,
  code: string,
): string {
  if (uses?.code !== code) return '按 Enter 统计有多少条记录使用。'
  return uses.uses === undefined ? '正在统计…' : usesText(uses.uses)
}

/** The columns and what they take at least: a list that is filtered moves nothing sideways. */
const columnWidths = [
  ['code', '代码', 110],
  ['name', '名称', 260],
  ['initials', '首字母', 140],
  ['parent', '上级', 170],
  ['validFrom', '启用日期', 100],
  ['validTo', '最后使用日期', 112],
  ['origin', '来源', 80],
] as const

/** The columns, at least as wide as what stands in them. */
function useColumns(
  summary: DictionarySummary,
  entries: {
    readonly version: number
    readonly row: (index: number) => EntryRow | undefined
  },
): readonly GridColumn[] {
  const { row, version } = entries
  return useMemo(() => {
    const rows = Array.from({ length: 50 }, (_, index) => row(index)).filter((each) => each !== undefined)
    const columns = columnWidths.map(([key, label, width]): GridColumn => ({
      key,
      label: key === 'parent' ? `${label}${summary.parentLabel ?? ''}` : label,
      width,
      align: 'left',
      isSortable: false,
    }))
    return fitColumns(columns, ({ key }) => rows.map((each) => entryCellText(each, key)), measureText).map(
      ({ key, ...column }, index) => {
        const least = columns[index]?.width ?? 0
        // Long names have long initials: they stand whole below the list.
        return { ...column, key, width: key === 'initials' ? least : Math.max(column.width, least) }
      },
    )
    // `version` says that `row` answers anew.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [summary.parentLabel, row, version])
}
