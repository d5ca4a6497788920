import { Input } from 'antd'
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { PageProps, TabPage } from '../../app/tab.ts'
import { createImeGuard } from '../../forms/ime.ts'
import { manualKeys } from '../../keys/bindings.ts'
import { findPressed, keysText, moveOf } from '../../keys/press.ts'
import { targetRow } from '../../tables/grid-keys.ts'
import { filterSections } from './filter-sections.ts'
import { manualFiles, manualPictures } from './manual-files.ts'
import { ManualText } from './manual-text.tsx'
import { findLinked, findSection, readManual } from './read-manual.ts'

/** 帮助—使用手册: the table of contents, walked by ↑ ↓ and filtered by typing, and beside it the section it is at. */
export function ManualPage(props: PageProps<Extract<TabPage, { kind: 'manual' }>>): ReactNode {
  const { page } = props
  const sections = useMemo(() => readManual(manualFiles), [])
  const headed = (heading: string | undefined): number =>
    heading === undefined ? 0 : Math.max(findSection(sections, heading), 0)
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState(() => headed(page.heading))
  const [shownPage, setShownPage] = useState(page)
  const [ime] = useState(createImeGuard)
  const box = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const text = useRef<HTMLElement>(null)
  const id = useId()

  // Asked for the chapter of a page again: the table of contents is whole, and at that section.
  if (shownPage !== page) {
    setShownPage(page)
    setTyped('')
    setChosen(headed(page.heading))
  }

  const shown = useMemo(() => filterSections(sections, typed), [sections, typed])
  const row = Math.max(shown.indexOf(chosen), 0)
  const number = shown[row]
  const section = number === undefined ? undefined : sections[number]

  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
    text.current?.scrollTo({ top: 0 })
  }, [number])

  const goTo = (index: number): void => {
    if (index < 0) return
    setTyped('')
    setChosen(index)
  }
  const focusBox = (): void => {
    const input = box.current?.querySelector('input')
    input?.focus()
    input?.select()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const native = event.nativeEvent
    const isInBox = event.target instanceof HTMLInputElement
    if (isInBox && ime.isTaken(native)) return
    const pressed = findPressed(native, manualKeys)
    if (pressed === undefined) return
    // In the text the moving keys scroll, as everywhere.
    if (!isInBox && pressed !== 'find' && pressed !== 'leave') return
    switch (pressed) {
      case 'move': {
        const move = moveOf(native)
        const next = move && targetRow(move, { active: row, total: shown.length, pageRows: 1 })
        const target = next === undefined ? undefined : shown[next]
        if (target !== undefined) setChosen(target)
        break
      }
      case 'pageDown':
      case 'pageUp': {
        const height = (text.current?.clientHeight ?? 0) * 0.9
        text.current?.scrollBy({ top: pressed === 'pageDown' ? height : -height })
        break
      }
      case 'read':
        text.current?.focus()
        break
      case 'find':
        focusBox()
        break
      case 'leave':
        if (!isInBox) focusBox()
        else if (typed === '') return
        else setTyped('')
        break
    }
    event.preventDefault()
  }

  return (
    <div className="manual" onKeyDown={onKeyDown}>
      <div ref={box} className="manual-side">
        <label className="manual-find">
          <span>目录</span>
          <Input
            data-initial-focus=""
            role="combobox"
            aria-label="目录"
            aria-autocomplete="list"
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-activedescendant={number === undefined ? undefined : `${id}-${number}`}
            value={typed}
            placeholder="标题或拼音首字母"
            autoComplete="off"
            spellCheck={false}
            maxLength={50}
            onChange={(event) => {
              setTyped(event.target.value)
              const first = filterSections(sections, event.target.value)[0]
              if (first !== undefined && event.target.value.trim() !== '') setChosen(first)
            }}
            onKeyUp={(event) => ime.keyUp(event)}
            onCompositionStart={() => ime.compositionStart()}
            onCompositionEnd={(event) => ime.compositionEnd(event)}
          />
        </label>
        <div ref={list} id={`${id}-list`} role="listbox" aria-label="使用手册目录" className="manual-list">
          {shown.map((index) => {
            const each = sections[index]
            return each === undefined ? null : (
              <div
                key={index}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === number}
                className={`manual-line${each.isChapter ? ' manual-chapter' : ''}${index === number ? ' manual-line-on' : ''}`}
                title={each.isChapter ? undefined : each.chapter}
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => setChosen(index)}
              >
                {each.title}
              </div>
            )
          })}
        </div>
        <div className="manual-foot" role="status">
          {shown.length === 0
            ? `没有符合的标题,按 ${keysText(manualKeys.leave)} 清除`
            : `${keysText(manualKeys.move)} 选择 · ${keysText(manualKeys.read)} 正文`}
        </div>
      </div>
      <article ref={text} className="manual-text selectable" tabIndex={0} aria-label="正文">
        {section === undefined ? null : (
          <>
            {section.isChapter ? null : <p className="hint">{section.chapter}</p>}
            <h2>{section.title}</h2>
            <ManualText
              tokens={section.tokens}
              pictureOf={(href) => manualPictures[href.slice(href.lastIndexOf('/') + 1)]}
              onLink={(href) => goTo(findLinked(sections, href, section.file))}
            />
          </>
        )}
      </article>
    </div>
  )
}
