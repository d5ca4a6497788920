import { useRef, useState, type KeyboardEvent as ReactKeyboardEvent, type ReactNode } from 'react'
import type { PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { useEvent, useRequest } from '../../client/use-request.ts'
import { Delayed } from '../../components/delayed.tsx'
import { useArrivalFocus } from '../../components/use-arrival-focus.ts'
import { DictionaryList } from './dictionary-list.tsx'
import { EntryList, type EntryListHandle } from './entry-list.tsx'

/** 工具—字典管理: every code table with its source and its entries; upkeep of those that the clerk keeps in 单机模式. */
export function DictionariesPage(props: PageProps): ReactNode {
  const { dictionaryProblems } = useAppState()
  const { output: summaries, problem, reload } = useRequest('dictionary.list', {})
  const [chosen, setChosen] = useState<string>()
  const root = useRef<HTMLDivElement>(null)
  const entries = useRef<EntryListHandle>(null)
  const keys = useRef<((event: KeyboardEvent) => boolean) | null>(null)
  useArrivalFocus(root, summaries !== undefined)
  useEvent('lookup.changed', ({ source }) => {
    if (source.kind === 'dictionary') reload()
  })

  const summary = summaries?.find(({ name }) => name === chosen) ?? summaries?.[0]
  const onKeyDown = (event: ReactKeyboardEvent): void => {
    if (event.defaultPrevented || event.nativeEvent.isComposing) return
    if (keys.current?.(event.nativeEvent) === true) event.preventDefault()
  }
  return (
    <div
      ref={root}
      className="dictionaries"
      tabIndex={-1}
      {...(summaries ? {} : { 'data-initial-focus': '' })}
      onKeyDown={onKeyDown}
    >
      {dictionaryProblems.length === 0 ? null : (
        <div className="dictionary-problems" role="alert">
          <p className="problem">{`字典文件有 ${dictionaryProblems.length} 处不能载入,请把下面的内容交给管理员:`}</p>
          <ul className="selectable">
            {dictionaryProblems.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      )}
      {summaries && summary ? (
        <div className="dictionary-columns">
          <DictionaryList
            summaries={summaries}
            chosen={summary.name}
            onChoose={setChosen}
            onEnter={() => entries.current?.focusFind()}
          />
          <EntryList
            key={summary.name}
            summary={summary}
            offerActions={props.offerActions}
            handle={entries}
            keys={keys}
            reloadSummaries={reload}
            onLeave={() => root.current?.querySelector<HTMLElement>('[data-dictionary-filter]')?.focus()}
          />
        </div>
      ) : problem === undefined ? (
        <Delayed>
          <p className="query-empty">正在读取…</p>
        </Delayed>
      ) : (
        <p className="query-empty problem">{problem}</p>
      )}
    </div>
  )
}
