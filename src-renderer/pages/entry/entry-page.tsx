import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react'
import { flushSync } from 'react-dom'
import type { DuplicateOutput } from '../../../src-shared/contract/requests.ts'
import type { Draft, DraftInput, RegionState } from '../../../src-shared/contract/types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { CardReading } from '../../../src-shared/readers/card-reading.ts'
import { registerOfCard } from '../../../src-shared/readers/card-values.ts'
import { onCard, tellOfCard } from '../../app/card-seam.ts'
import { usePageActions, type PageProps, type TabPage } from '../../app/tab.ts'
import { entryTitleOf } from '../../app/tabs.ts'
import { AddEntryDialog } from '../../acts/add-entry-dialog.tsx'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { isHere } from '../../client/find-person.ts'
import { useEvent } from '../../client/use-request.ts'
import { AskLine } from '../../components/ask-line.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { watchComposition } from '../../forms/composing.ts'
import { forgetChosenBatches } from '../../forms/chosen-batch.ts'
import { findFormCommand, type FormCommand } from '../../forms/form-keys.ts'
import { lookupSourceOf, noteTaken, readLabels } from '../../forms/lookup-source.ts'
import { followToday } from './change-word.ts'
import { detailsKeys, formKeys } from '../../keys/bindings.ts'
import { keysText } from '../../keys/press.ts'
import { EntryForm, useSession } from './entry-form.tsx'
import { createEntrySession, type EntrySession, type SessionOptions } from './entry-session.ts'
import { otherFormOf } from './register-switch.ts'

type EntryTabPage = Extract<TabPage, { kind: 'entry' }>

/**
 * The entry form of a register: new records one after another, or stored ones to modify. A form that 新增… opens inside a
 * look-up lies over the one it came from and goes back to it.
 */
export function EntryPage(props: PageProps<EntryTabPage>): ReactNode {
  const { page, isActive, openTab, closeTab, setTab, beforeClose } = props
  const { today, account, region, settings } = useAppState()
  const root = useRef<HTMLDivElement>(null)
  /** What cards ask of the page; the newest of it, for forms that were opened before. */
  const newestCardActs = useRef<CardActs>(undefined)
  const [cardActs] = useState<CardActs>(() => ({
    onRegistered: (...args) => newestCardActs.current?.onRegistered(...args) ?? Promise.resolve(false),
    onRegisterApplicant: (...args) => newestCardActs.current?.onRegisterApplicant(...args),
  }))
  const [stack, setStack] = useState<readonly EntrySession[]>(() => {
    const [own, ...above] = page.restored ?? []
    return [
      openSession({
        register: page.register,
        draftId: page.draftId,
        recordIds: page.recordIds,
        openedFrom: null,
        draft: own ?? null,
        root,
        today,
        region,
        prefilled: page.prefilled,
        cardActs,
      }),
      // A 新增… that was open over this form when the client stopped comes back over it.
      ...above.map((draft) =>
        openSession({
          register: draft.register,
          draftId: draft.id,
          recordIds: [],
          openedFrom: draft.openedFrom,
          draft,
          root,
          today,
          region,
          cardActs,
        }),
      ),
    ]
  })
  const top = stack.at(-1)
  const bottom = stack[0]
  if (!top || !bottom) throw new Error('an entry page without a form')
  const view = useSession(top)
  const bottomView = useSession(bottom)
  const [isLeaving, setLeaving] = useState(false)
  /** 作废 or 搁置 of the present sheet, while its reason is asked. */
  const [askedState, setAskedState] = useState<'void' | 'deferred' | null>(null)

  useEffect(() => {
    for (const session of stack) {
      session.store.setToday(today)
      followToday(session.change, today)
    }
  }, [stack, today])

  // ---- the clerk's own meter ---------------------------------------------------------------------------------------
  // Before the form keeps any key: those that wait are counted as well. One addition a key, nothing else.
  useEffect(() => {
    if (!isActive) return
    const count = (event: globalThis.KeyboardEvent): void => {
      if (event.isTrusted && !event.repeat) top.meter.countKey()
    }
    window.addEventListener('keydown', count, true)
    return () => window.removeEventListener('keydown', count, true)
  }, [isActive, top])

  // ---- opening and closing ---------------------------------------------------------------------------------------
  const newestStack = useRef(stack)
  useEffect(() => {
    newestStack.current = stack
  }, [stack])
  const started = useRef(false)
  useEffect(() => {
    if (started.current) return
    started.current = true
    if (page.card) bottom.cards.receive(page.card)
    for (const session of stack) void session.start()
    // The forms of a tab are started once, with the tab.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  useEffect(
    () => () => {
      const left = newestStack.current.flatMap((session) => session.cards.read().queued)
      if (left.length > 0) tellOfCard(`已离开录入,待录证件没有录入:${left.join('、')}。需要时请重新读卡。`)
      for (const session of newestStack.current) session.close()
    },
    [],
  )
  useEffect(() => {
    if (isActive) top.becomeActive()
  }, [isActive, top])
  // Batches belong to an account.
  const accountName = account?.accountName ?? ''
  const batchAccount = useRef(accountName)
  useEffect(() => {
    if (batchAccount.current === accountName) return
    batchAccount.current = accountName
    forgetChosenBatches()
    for (const session of newestStack.current) session.rejoin()
  }, [accountName])
  async function pushSession(
    register: RegisterName,
    draftId: string,
    openedFrom: Draft['openedFrom'],
    prefilled: Readonly<Record<string, DraftInput>> | undefined,
    card?: CardReading,
  ): Promise<void> {
    const session = openSession({
      register,
      draftId,
      recordIds: [],
      openedFrom,
      draft: null,
      root,
      today,
      region,
      prefilled,
      cardActs,
    })
    if (card) session.cards.receive(card)
    // The form is on the page at once: its fields can take the focus.
    flushSync(() => setStack((before) => [...before, session]))
    await session.start()
  }
  /** 新增… of an entry that a list lacks. */
  const [adding, setAdding] = useState<{
    readonly session: EntrySession
    readonly field: string
    readonly dictionary: string
    readonly typedText: string
  }>()
  const isServerSet = settings.server.isEnabled && settings.server.host !== ''
  const onCreate = useCallback((field: string, typedText: string) => {
    const from = newestStack.current.at(-1)
    const declared = from?.register.fields[field]
    if (from && declared?.kind === 'code')
      setAdding({ session: from, field, dictionary: declared.dictionary, typedText })
    if (!from || declared?.kind !== 'reference') return
    from.flush()
    // Keys typed ahead belong to the new form.
    from.store.keys.hold()
    const { nameField, fields } = getRegister(declared.register)
    // Pinyin initials find a record; only Chinese text is (the beginning of) a name.
    const isName =
      /\p{Script=Han}/u.test(typedText) && nameField === 'name' && fields[nameField] !== undefined
    void pushSession(
      declared.register,
      crypto.randomUUID(),
      { draftId: from.options.draftId, field },
      isName ? { [nameField]: { text: typedText, value: typedText } } : undefined,
    ).finally(() => from.store.keys.release())
    // pushSession uses only what stays the same.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  /** Goes back to the form below, with the new record chosen where 新增… was asked for. */
  function popSession(
    session: EntrySession,
    chosen: { readonly id: string; readonly title: string } | undefined,
  ): void {
    const { openedFrom } = session.options
    const below = stack[stack.indexOf(session) - 1]
    session.close()
    flushSync(() => setStack((before) => before.filter((each) => each !== session)))
    if (!below || !openedFrom) return
    if (chosen) below.store.setInput(openedFrom.field, { text: chosen.title, value: chosen.id }, 'typed')
    below.store.focus(openedFrom.field)
  }
  async function saveCreated(session: EntrySession): Promise<void> {
    // Keys typed ahead belong to the form below, once it is back.
    session.store.keys.hold()
    try {
      await saveAndReturn(session)
    } finally {
      session.store.keys.release()
    }
  }
  async function saveAndReturn(session: EntrySession): Promise<void> {
    const record = await session.save('stay')
    if (!record) return
    const { openedFrom } = session.options
    const below = stack[stack.indexOf(session) - 1]
    const field = openedFrom ? below?.register.fields[openedFrom.field] : undefined
    const source = field?.kind === 'reference' ? lookupSourceOf(field) : null
    // The list's own name of the record, so that it reads as if it had been taken from there.
    const labels = source
      ? await readLabels(source, [record.id]).catch(() => new Map<string, string>())
      : new Map<string, string>()
    popSession(session, { id: record.id, title: labels.get(record.id) ?? record.title })
    if (labels.size > 0 && source) call('lookup.taken', { source, code: record.id }).catch(() => undefined)
    below?.say({ tone: 'fact', text: `已新增${session.register.label}「${record.title}」并选入。` })
  }

  const isSwitching = useRef(false)
  /** 流动人员 ⇄ 未成年人: the form becomes the other one, with the same draft, in the same tab. */
  async function switchForm(session: EntrySession): Promise<void> {
    const to = otherFormOf(session.options.register)
    if (to === undefined || isSwitching.current) return
    isSwitching.current = true
    const { draftId } = session.options
    // Keys typed ahead belong to the form that comes.
    session.store.keys.hold()
    try {
      const draft = await session.switchTo(to)
      if (!draft) return
      const next = openSession({
        register: to,
        draftId,
        recordIds: [],
        openedFrom: null,
        draft,
        root,
        today,
        region,
        switchedFrom: session.options.register,
        cardActs,
      })
      const waiting = session.cards.waiting()
      session.close()
      setTab({
        title: entryTitleOf(to),
        page: { kind: 'entry', register: to, recordIds: [], draftId },
      })
      flushSync(() => setStack((before) => before.map((each) => (each === session ? next : each))))
      await next.start()
      for (const reading of waiting) next.cards.receive(reading)
    } finally {
      isSwitching.current = false
      session.store.keys.release()
    }
  }
  // ---- cards -----------------------------------------------------------------------------------------------------
  useEffect(watchComposition, [])
  useEffect(() => {
    newestCardActs.current = {
      async onRegistered(found, reading) {
        const { register } = top.options
        // Over another form nothing is opened: that one waits for its entry.
        if (top.options.openedFrom || !(await isHere(register, found.id))) return false
        openTab({ kind: 'details', register, recordId: found.id })
        tellOfCard(registeredWord(register, found))
        if (page.card?.id === reading.id && top.cards.read().queued.length === 0) closeTab()
        return true
      },
      onRegisterApplicant(field, reading) {
        top.flush()
        top.store.keys.hold()
        void pushSession(
          'resident',
          crypto.randomUUID(),
          { draftId: top.options.draftId, field },
          undefined,
          reading,
        ).finally(() => top.store.keys.release())
      },
    }
  })
  useEffect(
    () =>
      onCard(props.tabKey, (reading) => {
        const sessions = newestStack.current
        const first = sessions[0]
        // Out of sight only the form that the card's owner belongs into takes it.
        if (!isActive && first?.options.register !== registerOfCard(reading, today)) return false
        return sessions.toReversed().some((session) => session.cards.receive(reading))
      }),
    [props.tabKey, isActive, today],
  )
  useEvent('reader.photo', (photo) => {
    for (const session of stack) session.cards.receivePhoto(photo)
  })

  // ---- the tab ---------------------------------------------------------------------------------------------------
  const isDirty = bottomView.isDirty || stack.length > 1
  useEffect(() => setTab({ isDirty }), [isDirty, setTab])
  useEffect(
    () =>
      beforeClose(() => {
        const sessions = newestStack.current
        return (
          sessions.length > 1 ||
          sessions.some(
            (session) =>
              session.store.isDirty() || session.read().isDirty || session.cards.read().queued.length > 0,
          )
        )
      }),
    [beforeClose],
  )
  const { recordTitle } = bottomView
  useEffect(() => {
    if (page.recordIds.length > 0 && recordTitle !== null)
      setTab({ title: `${bottom.register.label}修改 ${recordTitle}` })
  }, [recordTitle, setTab, page.recordIds.length, bottom])

  useEvent('records.changed', ({ register, ids, source }) => {
    for (const session of stack)
      if (session.options.register === register) session.recordsChanged(ids, source)
  })

  // ---- keys ------------------------------------------------------------------------------------------------------
  function leave(): void {
    if (!top) return
    if (top.read().isDirty || top.cards.read().queued.length > 0) setLeaving(true)
    else void finishLeaving('discard')
  }
  async function finishLeaving(how: 'keep' | 'discard'): Promise<void> {
    if (!top) return
    setLeaving(false)
    try {
      if (how === 'discard') await top.discard()
    } catch (error) {
      top.say({ tone: 'problem', text: `草稿没有删去:${messageOf(error)}` })
      return
    }
    if (stack.length > 1) popSession(top, undefined)
    else closeTab()
  }
  /** Opens the record that has the typed number already; one of another station may not be on this machine. */
  async function openExisting(session: EntrySession, found: DuplicateOutput): Promise<void> {
    const { register } = session.options
    try {
      await call('record.get', { register, id: found.id, purpose: 'show' })
    } catch {
      session.say({
        tone: 'attention',
        text: `「${found.title}」不在本机(${found.detail})。请先同步,或与该站点联系后再登记。`,
      })
      return
    }
    if (found.status === 'cancelled') openTab({ kind: 'details', register, recordId: found.id })
    else openTab({ kind: 'entry', register, recordIds: [found.id], draftId: crypto.randomUUID() })
    session.cards.letGo()
  }
  function onCommand(command: FormCommand, field: string | undefined): boolean {
    if (!top) return false
    switch (command) {
      case 'save':
        if (top.options.openedFrom) void saveCreated(top)
        else void top.save(page.recordIds.length > 1 && !top.isLastRecord() ? 'next' : 'stay')
        return true
      case 'saveAndNew':
        if (top.options.openedFrom) void saveCreated(top)
        else void top.save('next')
        return true
      case 'leave':
        leave()
        return true
      case 'repeatField':
        if (field !== undefined && Object.hasOwn(top.register.fields, field)) top.repeatField(field)
        return true
      case 'copyPrevious':
        top.copyPrevious()
        return true
      case 'togglePin':
        if (field !== undefined && Object.hasOwn(top.register.fields, field)) top.togglePin(field)
        return true
      case 'switchForm':
        void switchForm(top)
        return true
      case 'undoLast':
        top.undoLast()
        return true
      case 'changeKind':
        top.toggleChangeKind()
        // The boxes of the other kind are on the page with the next frame's draw: keys typed ahead wait for them.
        if (top.read().asksChange) {
          top.store.keys.hold()
          requestAnimationFrame(() => {
            top.change.focusFirst()
            top.store.keys.release()
          })
        }
        return true
      case 'takeCard':
      case 'keepTyped':
      case 'takeAllCard':
      case 'keepAllTyped': {
        const took = command === 'takeCard' || command === 'takeAllCard' ? 'card' : 'typed'
        const isAll = command === 'takeAllCard' || command === 'keepAllTyped'
        const isDone = isAll ? top.cards.chooseAll(took) : top.cards.choose(took)
        const left = top.cards.countOpen()
        if (!isDone) top.say({ tone: 'fact', text: '没有与证件不同的项。' })
        else if (stack.at(-1) === top)
          top.say({
            tone: left > 0 ? 'attention' : 'fact',
            text: left > 0 ? `还有 ${left} 项与证件不同。` : '与证件不同的项都已选定。',
          })
        return true
      }
      case 'dropCard': {
        const name = top.cards.dropLast()
        top.say({ tone: 'fact', text: name === undefined ? '没有待录的证件。' : `已移去「${name}」的证件。` })
        return true
      }
      case 'openBatch':
        if (top.options.recordIds.length > 0 || top.options.openedFrom) return true
        top.flush()
        openTab({ kind: 'batches', register: top.options.register })
        return true
      case 'deferSheet':
      case 'voidSheet': {
        const problem = top.whyNoSheet()
        if (problem === undefined) setAskedState(command === 'voidSheet' ? 'void' : 'deferred')
        else top.say({ tone: 'fact', text: problem })
        return true
      }
      case 'openDuplicate': {
        const found = top.read().duplicate
        if (found) void openExisting(top, found)
        else top.say({ tone: 'fact', text: '没有号码或地址相同的已有记录。' })
        return true
      }
      // Ctrl+N outside of a register's list: nothing to create, and no new window either.
      case 'create':
        return true
      // F1 in a field without a question mark is the window's: the list of all keys.
      case 'explain':
      case 'next':
      case 'previous':
      case 'nextMark':
        return false
    }
  }
  // What can be asked of the form as a whole; what is about one field needs the focus in it.
  usePageActions(props.offerActions, () => {
    const commands: readonly FormCommand[] = [
      'save',
      ...(page.recordIds.length === 0 && stack.length === 1 ? (['saveAndNew'] as const) : []),
      ...(top.read().duplicate ? (['openDuplicate'] as const) : []),
      ...(page.recordIds.length === 0 ? (['copyPrevious', 'undoLast'] as const) : []),
      'leave',
    ]
    return commands.map((command) => ({
      label: formKeys[command].does,
      shortcut: keysText(formKeys[command]),
      run: () => onCommand(command, undefined),
    }))
  })
  /** Keys that come while nothing of the form has the focus (after a click beside a field). */
  const newestCommand = useRef(onCommand)
  useEffect(() => {
    newestCommand.current = onCommand
  })
  useEffect(() => {
    if (!isActive) return
    function onKeyDown(event: globalThis.KeyboardEvent): void {
      if (event.defaultPrevented || event.target !== document.body) return
      const command = findFormCommand(event)
      if (command === 'next' || command === 'previous' || command === 'nextMark') {
        event.preventDefault()
        const session = newestStack.current.at(-1)
        if (command !== 'nextMark' || !session?.store.focusNextMark(undefined)) session?.store.focusFirst()
      } else if (command && newestCommand.current(command, undefined)) event.preventDefault()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [isActive])

  const waitingCards = top.cards.read().queued
  const titles = stack.map((session) =>
    session.options.recordIds.length > 0
      ? `${session.register.label}修改`
      : entryTitleOf(session.register.name),
  )
  return (
    <div ref={root} className="entry-page">
      {stack.length > 1 ? (
        <p className="entry-path">
          {titles.join(' › ')}
          <span>保存后回到上一张表并选入,Esc 返回</span>
        </p>
      ) : null}
      {stack.map((session, index) => (
        <EntryForm
          key={`${session.options.register} ${session.options.draftId}`}
          session={session}
          isShown={session === top}
          title={titles[index] ?? ''}
          onCommand={onCommand}
          onCreate={onCreate}
          keepsEntries={!isServerSet && account?.role !== 'viewer'}
        />
      ))}
      {adding === undefined ? null : (
        <AddEntryDialog
          dictionary={adding.dictionary}
          firstName={/\p{Script=Han}/u.test(adding.typedText) ? adding.typedText : ''}
          onClose={() => setAdding(undefined)}
          onDone={({ code, name }) => {
            adding.session.store.setInput(adding.field, { text: name, value: code }, 'typed')
            noteTaken({ kind: 'dictionary', name: adding.dictionary }, code)
            setAdding(undefined)
          }}
        />
      )}
      {askedState === null ? null : (
        <AskLine
          label={askedState === 'void' ? '作废本份' : '搁置本份'}
          reasonLabel="原因"
          acceptLabel={askedState === 'void' ? '作废' : '搁置'}
          onAccept={async (reason) => {
            await top.setSheet(askedState, reason)
            setAskedState(null)
          }}
          onDecline={() => {
            setAskedState(null)
            top.focusBack()
          }}
        >
          {askedState === 'void'
            ? '这份纸表不再录入,已录的内容将不保留。请写明作废原因,如:重复填表、人已离开。'
            : '这份纸表暂不录入,已录的内容随搁置保留,可在日结中补录。请写明原因,如:电话看不清。'}
        </AskLine>
      )}
      {isLeaving ? (
        <Dialog
          title="离开录入"
          acts={[
            { label: '返回录入', isSafe: true, isPrimary: true, onSelect: () => setLeaving(false) },
            { label: '离开,保留草稿', onSelect: () => void finishLeaving('keep') },
            { label: '离开,放弃内容', onSelect: () => void finishLeaving('discard') },
          ]}
        >
          {waitingCards.length > 0 ? `待录证件还没有录入:${waitingCards.join('、')},离开后需重新读卡。` : ''}
          {view.isDirty
            ? view.recordTitle === null
              ? '这张表有未保存的内容。保留草稿后,可在首页的「未完成的录入」中继续。'
              : `「${view.recordTitle}」的修改还没有保存。保留草稿后,可在首页的「未完成的录入」中继续。`
            : ''}
        </Dialog>
      ) : null}
    </div>
  )
}

/** What cards ask of the page that the form is on. */
type CardActs = Required<Pick<SessionOptions, 'onRegistered' | 'onRegisterApplicant'>>

/** What the status bar says once the record that has a card's number was opened instead of a new form. */
function registeredWord(register: RegisterName, found: DuplicateOutput): string {
  const what = `「${found.title}」已登记,已打开其详细信息`
  if (found.status === 'cancelled') return `${what}。该登记已注销,如需继续使用请先恢复。`
  return register === 'resident'
    ? `${what},可申领居住证(${keysText(detailsKeys.applyPermit)})或签注(${keysText(detailsKeys.endorsePermit)})。`
    : `${what}。`
}

/** Makes the session of a form; past its last field the focus goes to its save buttons. */
function openSession(options: {
  readonly register: RegisterName
  readonly draftId: string
  readonly recordIds: readonly string[]
  readonly openedFrom: Draft['openedFrom']
  readonly draft: Draft | null
  readonly root: { readonly current: HTMLElement | null }
  readonly today: string
  readonly region: RegionState
  readonly prefilled?: Readonly<Record<string, DraftInput>> | undefined
  readonly switchedFrom?: RegisterName
  readonly cardActs: CardActs
}): EntrySession {
  const { register, draftId, recordIds, openedFrom, draft, root, today, region, prefilled, cardActs } =
    options
  const idPrefix = `form-${draftId.slice(0, 8)}`
  return createEntrySession({
    register,
    draftId,
    recordIds,
    openedFrom,
    draft,
    today,
    region,
    idPrefix,
    ...(prefilled ? { prefilled } : {}),
    ...(options.switchedFrom === undefined ? {} : { switchedFrom: options.switchedFrom }),
    ...cardActs,
    onEnd: (direction) => {
      if (direction === 'next')
        focusSaveBar(root.current, ['data-change-kind', 'data-save-next', 'data-save'])
    },
    onChangeEnd: (direction) =>
      focusSaveBar(
        root.current,
        direction === 'next' ? ['data-save-next', 'data-save'] : ['data-change-kind'],
      ),
  })
}

/** Puts the focus on the first of these that the foot of the shown form has. */
function focusSaveBar(root: HTMLElement | null, marks: readonly string[]): void {
  const bar = root?.querySelector('.entry:not([hidden]) [data-save-bar]')
  for (const mark of marks) {
    const target = bar?.querySelector<HTMLElement>(`[${mark}]`)
    if (!target) continue
    target.focus()
    return
  }
}
