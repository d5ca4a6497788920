import { v7 as uuidv7 } from 'uuid'
import type { Batch } from '../../../src-shared/contract/batch-types.ts'
import { holdsSeveral, isEmptyValue, type Field, type FieldValue } from '../../../src-shared/fields/field.ts'
import { isTypedField } from '../../../src-shared/fields/parse.ts'
import type {
  DuplicateOutput,
  PermitJudgement,
  RequestInput,
  SaveOutput,
} from '../../../src-shared/contract/requests.ts'
import type {
  Draft,
  DraftInput,
  LabelledRecord,
  RegionState,
  UploadState,
} from '../../../src-shared/contract/types.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import {
  getField,
  type Register,
  type RegisterName,
  type Rule,
} from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { mayReplace, type Provenance } from '../../../src-shared/values/provenance.ts'
import type { CardReading } from '../../../src-shared/readers/card-reading.ts'
import { call, messageOf, RequestFailure } from '../../client/call.ts'
import { findChosenBatch, onBatchChosen } from '../../forms/chosen-batch.ts'
import { createDraftJournal, type DraftJournal } from '../../forms/draft-journal.ts'
import { createEntryMeter, type EntryMeter } from '../../forms/entry-meter.ts'
import { createFormStore, type FormStore } from '../../forms/form-store.ts'
import { EMPTY_INPUT, inputOf } from '../../forms/input-of.ts'
import { lookupSourceOf, readLabels } from '../../forms/lookup-source.ts'
import { firstPins, isPinnable, listReleased } from '../../forms/pins.ts'
import { noteDraftClosed, noteDraftOpen } from '../../forms/root-drafts.ts'
import { formatMinute } from '../../components/format-time.ts'
import { createCardDesk, type CardDesk } from './card-desk.ts'
import { entriesOf, inputsOfHead, mergeEntries, reportMeter } from './entry-batch.ts'
import { duplicateFieldOf, identityFieldOf, isCompleteNumber, valuesFromNumber } from './identity-number.ts'
import { fieldsFilledBy } from './reference-defaults.ts'
import {
  hasContent,
  listUnplaced,
  switchDraft,
  switchSentence,
  wantedFormSentence,
  wantedForm,
  withSwitchKey,
} from './register-switch.ts'
import { focusOrderOf, getLayout } from '../../forms/layouts.ts'
import { createChangeStore, readChangeWord, resetChange, setChangeKind } from './change-word.ts'
import { createRegionWatch, lateRegistrationOf, type RegionWatch } from './region-watch.ts'

/** Pause before a form that could not be read is asked for again, in milliseconds. */
const START_RETRY = 1_500

/** How long a new form keeps keys for the sake of its defaults, in milliseconds. */
const LONGEST_WAIT = 400

/** How many entries of this batch the side list keeps. */
const SIDE_LIST_LENGTH = 12

/** One saved record of this batch. */
export type BatchEntry = {
  readonly id: string
  readonly title: string
  /** UTC milliseconds from the store: on disk since then. */
  readonly savedAt: number
  readonly uploadState: UploadState
  readonly isUndone: boolean
}

/** What the foot line says; it stays until something else is to be said. */
export type FootMessage = { readonly tone: 'fact' | 'attention' | 'problem'; readonly text: string }

/** What the form shows beside its fields. */
export type SessionView = {
  readonly isLoading: boolean
  /** The form could not be read: nothing can be typed into it. */
  readonly isBlocked: boolean
  readonly isSaving: boolean
  readonly isDirty: boolean
  readonly message: FootMessage | null
  /** Set while the typed number belongs to a record that exists already. */
  readonly duplicate: DuplicateOutput | null
  readonly batchCount: number
  /** Newest first. */
  readonly batch: readonly BatchEntry[]
  /** The batch this form is typed into; null: 快速录入. */
  readonly joined: Batch | null
  /** What is kept for the next form, by the fields' labels. */
  readonly pinLabels: readonly string[]
  /** 修改 of several records one after another: which one, counted from 1. */
  readonly position: { readonly at: number; readonly of: number } | null
  /** The record's title while an existing one is modified. */
  readonly recordTitle: string | null
  /** The record is stored: a save says whether it is 变更 or 更正. */
  readonly asksChange: boolean
  /** The form that the person's age asks for, while it is not this one. */
  readonly wantedForm: RegisterName | null
}

export type SessionOptions = {
  readonly register: RegisterName
  readonly draftId: string
  readonly recordIds: readonly string[]
  readonly today: string
  readonly openedFrom: Draft['openedFrom']
  /** The draft that comes back; null: the form begins anew. */
  readonly draft: Draft | null
  /** What a new form starts with beside its defaults (the name typed to find the record). */
  readonly prefilled?: Readonly<Record<string, DraftInput>>
  /** The form was another register's until now, with the same draft. */
  readonly switchedFrom?: RegisterName
  readonly idPrefix: string
  /** Whose days the form says while it is typed; absent: none. */
  readonly region?: RegionState
  readonly onEnd: (direction: 'next' | 'previous') => void
  /** Where the focus goes after (or before) the boxes that say what a modification is. */
  readonly onChangeEnd?: (direction: 'next' | 'previous') => void
  /** Opens the record that has a card's number already. False: it is not on this machine, which the form says. */
  readonly onRegistered?: (found: DuplicateOutput, reading: CardReading) => Promise<boolean>
  /** Opens 新增流动人员 over the form, filled by a card, for one of its references. */
  readonly onRegisterApplicant?: (field: string, reading: CardReading) => void
}

/** One form with everything that happens to it, outside React. */
export type EntrySession = {
  readonly register: Register
  readonly options: SessionOptions
  readonly store: FormStore
  /** 变更 or 更正, with its day or reason: of the next save of a stored record only. */
  readonly change: FormStore
  readonly read: () => SessionView
  readonly subscribe: (listener: () => void) => () => void
  /**
   * Fills the form and puts the caret where it belongs. A draft is there in the same frame and waits for nothing; for a new
   * form and a stored record keys typed meanwhile are kept. The focus is set once, and never taken from elsewhere.
   */
  readonly start: () => Promise<void>
  /** The form came on screen. */
  readonly becomeActive: () => void
  /** Writes what is not written yet; what comes later is not the page's any more. */
  readonly close: () => void
  readonly flush: () => void
  readonly focusMoved: (field: string | undefined, caret: number) => void
  /**
   * Saves. `next` goes on with an empty form or the next record. Answers the stored record, or undefined when the save was
   * refused: then the foot line and the marks say why, and nothing typed is lost.
   */
  readonly save: (then: 'stay' | 'next') => Promise<LabelledRecord | undefined>
  /** Whether modifying has come to its last record. */
  readonly isLastRecord: () => boolean
  readonly repeatField: (name: string) => void
  readonly copyPrevious: () => void
  readonly togglePin: (name: string) => void
  readonly undoLast: () => void
  /** 变更 ⇄ 更正 of the next save. */
  readonly toggleChangeKind: () => void
  /**
   * 作废 or 搁置 of the sheet that is being typed, with the reason; the form goes on with an empty one. Rejects with what is
   * shown.
   */
  readonly setSheet: (state: 'void' | 'deferred', reason: string) => Promise<void>
  /** Why the sheet cannot be set now, as a sentence; undefined where it can. */
  readonly whyNoSheet: () => string | undefined
  /** Another account works here now: the batch of its own counts. */
  readonly rejoin: () => void
  /** The focus goes back to the field that had it. */
  readonly focusBack: () => void
  /** Counts keys and waits of the record that is being typed. */
  readonly meter: EntryMeter
  /** The cards that were put on for this form. */
  readonly cards: CardDesk
  readonly say: (message: FootMessage | null) => void
  /**
   * The draft of this form as a form of another register, written to disk in one piece; this form then writes no more.
   * Undefined where the form cannot be switched: the foot line says why.
   */
  readonly switchTo: (to: RegisterName) => Promise<Draft | undefined>
  readonly discard: () => Promise<void>
  /** A record was stored by anyone: marks of the batch follow its receipts. */
  readonly recordsChanged: (ids: readonly string[], source: 'local' | 'server') => void
}

export function createEntrySession(options: SessionOptions): EntrySession {
  const register = getRegister(options.register)
  const layout = getLayout(options.register)
  const isNew = options.recordIds.length === 0
  /** New records one after another; a form opened by 新增… inside another is left with its first save. */
  const isBatch = isNew && options.openedFrom === null
  const meter = createEntryMeter()
  /** The rule is there before what it asks: the store it judges holds it. */
  const regionRule: Rule = {
    name: 'regionAllowsPermit',
    check: (values, context) => regionWatch?.rule.check(values, context) ?? [],
  }
  const store = createFormStore({
    keyTarget: meter.keyTarget,
    fields: register.fields,
    today: options.today,
    order: focusOrderOf(layout),
    rules: [
      ...(isNew && options.openedFrom === null
        ? withSwitchKey(options.register, register.rules)
        : register.rules),
      ...(options.register === 'residencePermit' ? [regionRule] : []),
    ],
    onEnd: options.onEnd,
  })
  const change = createChangeStore(options.today, options.onChangeEnd ?? options.onEnd)
  const listeners = new Set<() => void>()
  let view: SessionView = {
    isLoading: true,
    // A record's fields take nothing before the record is there.
    isBlocked: options.recordIds.length > 0 && options.draft === null,
    isSaving: false,
    isDirty: false,
    message: null,
    duplicate: null,
    batchCount: 0,
    batch: [],
    joined: null,
    pinLabels: [],
    position: isNew ? null : { at: 1, of: options.recordIds.length },
    recordTitle: null,
    asksChange: !isNew,
    wantedForm: null,
  }
  let recordIndex = 0
  /** The record the form is about: made when the form opens, so that a repeated save is the same save. */
  let recordId = options.recordIds[0] ?? uuidv7()
  let revision = 0
  /** The record is stored: a new form's record from its first 保存 on. */
  let isStored = !isNew
  let previous: LabelledRecord | null = null
  let focusedField: string | null = null
  let caret = 0
  let isUndoAsked = false
  /** The duplicate the clerk was told of at a refused save: the next save goes through. */
  let acceptedDuplicate: string | null = null
  let isClosed = false
  /** New records of this form so far. */
  let savedRecords = 0
  /** What the draft holds beside the fields of this form, from the form it was before. */
  let unplaced: Draft['inputs'] = {}

  function update(change: Partial<SessionView>): void {
    view = { ...view, ...change }
    if (change.isDirty === false && hasContent(unplaced)) view = { ...view, isDirty: true }
    for (const listener of listeners) listener()
  }
  function say(message: FootMessage | null): void {
    isUndoAsked = false
    update({ message })
  }
  function fieldOf(name: string): Field {
    return getField(register, name)
  }

  /** Where the caret is as the draft is written: text that an input method commits moves it without a key. */
  function caretNow(): number {
    const element = document.activeElement
    const isBox = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
    return isBox && element.id === `${options.idPrefix}-${focusedField}`
      ? (element.selectionEnd ?? caret)
      : caret
  }
  function buildDraft(fields: ReadonlySet<string> | null): Draft {
    return {
      id: options.draftId,
      register: options.register,
      recordId: isStored ? recordId : null,
      revision,
      inputs: clampInputs(store.inputs(), fields),
      focusedField,
      caret: caretNow(),
      // A form that is left takes its pins with it: they live as long as it is open.
      pinnedFields: isClosed ? [] : store.pinned(),
      batchCount: view.batchCount,
      ...(isBatch && isBatchKnown ? { batchId: view.joined?.id ?? null } : {}),
      openedFrom: options.openedFrom,
      ...(isStored ? { changeInputs: clampInputs(change.inputs(), null) } : {}),
      updatedAt: Date.now(),
    }
  }
  const journal: DraftJournal = createDraftJournal({
    build: buildDraft,
    write: (draft) => call('draft.write', { draft }),
    onProblem(error) {
      if (error === null) say({ tone: 'fact', text: '草稿已恢复写入本机。' })
      else say({ tone: 'problem', text: `草稿暂时没有写入本机:${messageOf(error)}` })
    },
  })

  /** The program is filling the form itself: nothing of that is the clerk's typing. */
  let isFilling = false
  store.onChange((name) => {
    if (isFilling) return
    journal.touch(name)
    releasePins(name)
    const isDirty = store.isDirty()
    if (isDirty !== view.isDirty) update({ isDirty })
    if (isUndoAsked) say(null)
    watchNumber(name)
    regionWatch?.noteChange(name)
    watchTerm(name)
    watchAge('say')
    void fillFromReference(name)
  })

  const cards = createCardDesk({
    register,
    store,
    goesOn: isBatch,
    isBusy: () => view.isSaving || view.isLoading || isClosed,
    isNew: () => !isStored,
    focusedField: () => (isFocusHere() ? focusedField : null),
    say,
    async findRegistered() {
      const watched = duplicateFieldOf(options.register)
      if (watched !== undefined) await findDuplicate(watched)
      return view.duplicate ?? undefined
    },
    openRegistered: (found, reading) => options.onRegistered?.(found, reading) ?? Promise.resolve(false),
    startOver() {
      // What the card had filled is no draft of anybody.
      journal.end()
      call('draft.discard', { id: options.draftId }).catch(() => undefined)
      startEmpty()
    },
    registerApplicant: (field, reading) => options.onRegisterApplicant?.(field, reading),
  })

  // What is said of a save goes to the draft with what is to be saved.
  change.onChange(() => {
    if (!isFilling && view.isDirty) journal.touch(CHANGE)
  })
  // ---- pins ----------------------------------------------------------------------------------------------------
  /** The last values of the fields that pins hang below, also of the form before. */
  const anchors = new Map<string, FieldValue>()
  function noteAnchors(): void {
    for (const name of Object.keys(layout.pinsBelow ?? {})) {
      const { value } = store.read(name)
      if (!isEmptyValue(value)) anchors.set(name, value)
    }
  }
  /** Another dwelling: what was pinned below the one before is let go, and what it brought along goes. */
  function releasePins(name: string): void {
    if (!layout.pinsBelow || !Object.hasOwn(layout.pinsBelow, name)) return
    const { value } = store.read(name)
    const before = anchors.get(name)
    if (isEmptyValue(value) || areEqualValues(value, before)) return
    anchors.set(name, value)
    if (before === undefined) return
    const released = listReleased(layout, name, store.pinned())
    if (released.length === 0) return
    for (const each of released) {
      const wasCarried = !isFromPaper(store.provenanceOf(each))
      store.setPinned(each, false)
      if (wasCarried) store.setInput(each, EMPTY_INPUT, null)
    }
    showPins()
    const labels = released.map((each) => `「${fieldOf(each).label}」`).join('')
    say({ tone: 'attention', text: `「${fieldOf(name).label}」已改,其下固定的${labels}已放开,请重新录入。` })
  }
  function showPins(): void {
    update({ pinLabels: isBatch ? store.pinned().map((name) => fieldOf(name).label) : [] })
  }

  // ---- the batch -----------------------------------------------------------------------------------------------
  /** What the head of the batch puts into each form. */
  function headInputs(): Readonly<Record<string, DraftInput>> {
    return view.joined ? inputsOfHead(view.joined, register.fields) : {}
  }
  /** Goes on in this batch (or in none): the head fills what nobody has typed. */
  function join(batch: Batch | null): void {
    const isOther = batch?.id !== view.joined?.id
    update({ joined: batch })
    // The side list of a batch is the batch's own, also what was saved into it before a restart.
    if (batch) {
      const known = entriesOf(batch)
      update({
        batch: isOther ? known : mergeEntries(view.batch, known),
        batchCount: batch.counts.savedCount,
      })
    } else if (isOther) update({ batch: [], batchCount: 0 })
    // A record that is stored is not filled anew: the next form has the head.
    if (!isOther || !batch || isStored) return
    const given: Record<string, DraftInput> = {}
    isFilling = true
    for (const [name, input] of Object.entries(headInputs())) {
      if (isFromPaper(store.provenanceOf(name)) || store.provenanceOf(name) === 'copied') continue
      store.setInput(name, input, 'pinned')
      given[name] = input
    }
    isFilling = false
    // Another community lets go what is pinned below it, as if it had been typed.
    for (const name of Object.keys(given)) releasePins(name)
    noteAnchors()
    store.setBaseline({ ...store.baseline(), ...given })
    update({ isDirty: store.isDirty() })
    if (journal.hasDraft()) for (const name of Object.keys(given)) journal.touch(name)
  }
  /** Whether it is known which batch the form belongs to: a save waits for that. */
  let isBatchKnown = false
  let batchRead: Promise<void> = Promise.resolve()
  function readBatch(wanted: string | null | undefined): Promise<void> {
    if (isBatch)
      batchRead = findBatch(wanted)
        .catch(() => undefined)
        .then(() => {
          isBatchKnown = true
        })
    return batchRead
  }
  /** The batch that was chosen in this window; else the one that the store says is open. */
  async function findBatch(wanted: string | null | undefined): Promise<void> {
    const chosen = findChosenBatch(options.register)
    const batch =
      wanted === null
        ? null
        : wanted === undefined
          ? chosen === undefined
            ? await call('batch.present', { register: options.register })
            : chosen
          : await call('batch.get', { id: wanted })
    if (!isClosed) join(batch)
  }
  /** Counts are the store's. */
  async function refreshBatch(): Promise<void> {
    const { joined } = view
    if (!joined) return
    const batch = await call('batch.get', { id: joined.id })
    if (!isClosed && view.joined?.id === batch.id) join(batch)
  }
  const endBatchChoice = isBatch
    ? onBatchChosen((name) => {
        if (name === options.register) void readBatch(undefined)
      })
    : () => undefined
  function whyNoSheet(): string | undefined {
    if (!isBatch || !view.joined) return '没有打开的批次。按 Ctrl+B 开一批或继续一批。'
    if (isStored) return '这一份已保存。要撤销,请按 Ctrl+U;要录下一份,请按 Ctrl+Enter。'
    return undefined
  }
  async function setSheet(state: 'void' | 'deferred', reason: string): Promise<void> {
    const { joined } = view
    if (!joined || isStored || view.isSaving) throw new Error(whyNoSheet() ?? '正在保存')
    await store.settle()
    store.keys.hold()
    try {
      const draft: Draft | null = store.isDirty() ? buildDraft(null) : null
      journal.end()
      let batch: Batch
      try {
        batch = await call('batch.setSheet', {
          batchId: joined.id,
          state,
          reason,
          draft,
          draftId: options.draftId,
        })
      } catch (error) {
        journal.restart()
        for (const name of Object.keys(register.fields)) journal.touch(name)
        throw error
      }
      await goOn()
      join(batch)
      say({
        tone: 'fact',
        text:
          state === 'void' ? `本份已作废:${reason}。` : `本份已搁置:${reason}。可在日结中按「搁置」补录。`,
      })
    } finally {
      store.keys.release()
    }
  }

  // ---- the region's rules --------------------------------------------------------------------------------------
  const regionWatch: RegionWatch | undefined =
    options.register === 'residencePermit'
      ? createRegionWatch({
          values: () => store.values(),
          ask: (values) => call('residencePermit.judge', { id: recordId, values }),
          onAnswer: showJudgement,
        })
      : undefined
  /** What the region last had to say in the foot line: taken away with what it was about. */
  let regionText: string | null = null
  function sayForRegion(text: string | null): void {
    if (text === regionText) return
    const isShown = regionText !== null && view.message?.text === regionText
    regionText = text
    if (text !== null) say({ tone: 'attention', text })
    else if (isShown) say(null)
  }
  function showJudgement({ attentions, automatic }: PermitJudgement): void {
    const wasFilling = isFilling
    isFilling = true
    const inputs = Object.fromEntries(
      Object.entries(automatic).map(([name, value]) => [name, { text: value ?? '', value }]),
    )
    for (const [name, input] of Object.entries(inputs)) store.setInput(name, input, null)
    store.setBaseline({ ...store.baseline(), ...inputs })
    store.judgeTogether()
    isFilling = wasFilling
    sayForRegion(attentions.length === 0 ? null : attentions.join(' '))
  }
  /** A resident who is registered late: told once the day of arrival is typed, and no reason to refuse anything. */
  function watchArrival(left: string): void {
    if (!options.region || options.register !== 'resident' || left !== 'arrivalDate' || isStored) return
    if (store.read(left).reason !== null) return
    sayForRegion(lateRegistrationOf(store.values(), store.today(), options.region))
  }

  // ---- the term of a lease -------------------------------------------------------------------------------------
  let overlap: FootMessage | null = null
  /** Another lease of the same dwelling in the same days is said, and nothing more: rooms may be let one by one. */
  function watchTerm(name: string): void {
    if (options.register !== 'lease' || !['dwellingId', 'startDate', 'endDate'].includes(name)) return
    const { dwellingId, startDate, endDate } = store.values()
    if (overlap !== null && view.message === overlap) say(null)
    overlap = null
    if (typeof dwellingId !== 'string' || typeof startDate !== 'string' || typeof endDate !== 'string') return
    const asked = { dwellingId, startDate, endDate }
    call('lease.findOverlapping', { ...asked, exceptId: recordId }).then(
      ([first]) => {
        const now = store.values()
        const isAsked = Object.entries(asked).every(([field, value]) => now[field] === value)
        if (!first || !isAsked || isClosed) return
        overlap = {
          tone: 'attention',
          text: `该房屋在此期间另有生效的合同:${first.title},${first.detail}。请核对;确属分租可以保存。`,
        }
        say(overlap)
      },
      // Not being able to look is no reason to stop the clerk.
      () => undefined,
    )
  }

  // ---- the form that the age asks for --------------------------------------------------------------------------
  function watchAge(how: 'say' | 'quietly'): void {
    const wanted =
      isBatch && !isStored ? (wantedForm(options.register, store.values(), store.today()) ?? null) : null
    if (wanted === view.wantedForm) return
    update({ wantedForm: wanted })
    if (how === 'say') say(wanted === null ? null : { tone: 'attention', text: wantedFormSentence(wanted) })
  }
  /** Fields that hold what a chosen record said: another record may replace that, as long as nobody has typed over it. */
  const given = new Set<string>()
  function mayBeGiven(name: string): boolean {
    const { text, value } = store.read(name)
    if (text.trim() === '' && isEmptyValue(value)) return true
    return given.has(name) && store.provenanceOf(name) === 'default'
  }
  /** What a chosen record says comes into fields that nobody has typed into. */
  async function fillFromReference(name: string): Promise<void> {
    const targets = fieldsFilledBy(options.register, name)
    const field = fieldOf(name)
    const id = store.read(name).value
    if (targets.length === 0 || field.kind !== 'reference' || typeof id !== 'string') return
    if (!targets.some(mayBeGiven)) return
    const asked = recordId
    try {
      const record = await call('record.get', { register: field.register, id, purpose: 'show' })
      // Another record was chosen meanwhile, or the form is the next one already.
      if (isClosed || recordId !== asked || store.read(name).value !== id) return
      for (const target of targets) {
        const value = record.values[target]
        if (isEmptyValue(value) || !mayBeGiven(target)) continue
        store.setInput(target, inputOf(fieldOf(target), value, record.labels[target]), 'default')
        given.add(target)
      }
    } catch {
      // The clerk types what could not be read.
    }
  }

  // ---- the identity number -------------------------------------------------------------------------------------
  let watchedText = ''
  function watchNumber(name: string): void {
    const field = duplicateFieldOf(options.register)
    if (name !== field) return
    const { text } = store.read(name)
    if (text === watchedText) return
    watchedText = text
    acceptedDuplicate = null
    if (view.duplicate) update({ duplicate: null, message: null })
    const isIdentity = identityFieldOf(options.register, store.values()) === name
    if (!isCompleteNumber(text) || !(isIdentity || options.register === 'employer')) return
    // The last character is there: judged at once, not only when the field is left.
    store.judgeNow(name)
    if (store.read(name).reason !== null) return
    if (isIdentity) fillFromNumber(text)
    if (!cards.asksItself()) void findDuplicate(name)
  }
  function fillFromNumber(text: string): void {
    for (const [name, value] of Object.entries(valuesFromNumber(options.register, text))) {
      const field = fieldOf(name)
      if (value === null || !mayBeFilled(name)) continue
      if (field.kind === 'date') {
        store.setInput(name, inputOf(field, value, undefined), 'number')
      } else if (field.kind === 'code') {
        const code = String(value)
        const source = lookupSourceOf(field)
        if (!source) continue
        readLabels(source, [code]).then(
          (labels) => {
            const label = labels.get(code)
            // Typed meanwhile, or a division nobody knows: left to the clerk.
            if (label === undefined || !mayBeFilled(name) || readWatched() !== text) return
            store.setInput(name, { text: label, value: code }, 'number')
          },
          () => undefined,
        )
      }
    }
  }
  /** Empty, or what another number had said. */
  function mayBeFilled(name: string): boolean {
    const { text, value } = store.read(name)
    if (text.trim() === '' && value === null) return true
    return mayReplace(store.provenanceOf(name), 'number')
  }
  async function findDuplicate(name: string): Promise<void> {
    const asked = store.read(name).text
    try {
      const found = await call('record.findDuplicates', {
        register: options.register,
        values: store.values(),
        exceptId: recordId,
      })
      if (store.read(name).text !== asked) return
      const first = found[0]
      if (!first) {
        if (view.duplicate) update({ duplicate: null, message: null })
        return
      }
      update({
        duplicate: first,
        message: { tone: 'attention', text: duplicateSentence(first) },
      })
    } catch {
      // Not being able to look is no reason to stop the clerk; the save asks again.
    }
  }
  function duplicateSentence(found: DuplicateOutput): string {
    const label = fieldOf(duplicateFieldOf(options.register) ?? '').label
    const what = options.register === 'dwelling' ? '该地址' : `该${label}`
    const state = found.status === 'cancelled' ? `(${register.statusLabels.cancelled})` : ''
    const detail = found.detail === '' ? '' : `,${found.detail}`
    return `${what}已有登记:${found.title}${state}${detail}。`
  }

  // ---- opening -------------------------------------------------------------------------------------------------
  /** What stands in the field that is watched for records already registered; empty where none is. */
  function readWatched(): string {
    const watched = duplicateFieldOf(options.register)
    return watched === undefined ? '' : store.read(watched).text
  }
  /** What an empty form starts with, as far as it is known without asking. Days change: a client stays open past midnight. */
  function defaultInputs(): Readonly<Record<string, DraftInput>> {
    const today = { text: store.today(), value: store.today(), provenance: 'default' } as const
    const days = Object.entries(register.fields)
      .filter(([, field]) => field.kind === 'date' && field.defaultsToToday)
      .map(([name]) => [name, today] as const)
    return { ...knownCodeDefaults.get(options.register), ...Object.fromEntries(days), ...headInputs() }
  }
  /** What is read beside the form: what the last form was, and the names of default codes. A form without is a form. */
  let besides: Promise<unknown> = Promise.resolve()
  function readBesides(): Promise<unknown> {
    const previousRead = call('record.previous', { register: options.register }).then(
      (record) => {
        previous ??= record
      },
      () => undefined,
    )
    besides = Promise.all([previousRead, readCodeDefaults(options.register).catch(() => undefined)]).then(
      () => {
        isPreviousKnown = true
      },
    )
    return besides
  }
  let isPreviousKnown = false

  function fill(inputs: Readonly<Record<string, DraftInput>>): void {
    isFilling = true
    store.reset(inputs)
    isFilling = false
    resetChange(change, store.today())
    watchedText = readWatched()
    acceptedDuplicate = null
    regionText = null
    update({ isDirty: false, duplicate: null, asksChange: isStored })
    regionWatch?.restart()
    watchAge('quietly')
    cards.formChanged()
  }
  function inputsOfRecord(record: LabelledRecord): Readonly<Record<string, DraftInput>> {
    return Object.fromEntries(
      Object.entries(register.fields).map(([name, field]) => [
        name,
        withProvenance(
          inputOf(field, record.values[name], record.labels[name]),
          record.provenance[name]?.from ?? null,
        ),
      ]),
    )
  }
  async function openRecord(id: string): Promise<void> {
    const record = await call('record.get', { register: options.register, id, purpose: 'modify' })
    if (isClosed) return
    recordId = id
    revision = record.revision
    isStored = true
    fill(inputsOfRecord(record))
    update({ recordTitle: record.title })
  }
  /** Puts a draft into the form as it was; what was not typed to its end comes back as it was typed. */
  function restore(draft: Draft): void {
    if (draft.recordId !== null) {
      recordId = draft.recordId
      revision = draft.revision
      isStored = true
    }
    fill(draft.recordId === null ? defaultInputs() : {})
    isFilling = true
    unplaced = listUnplaced(options.register, draft.inputs)
    const inputs = Object.entries(draft.inputs).filter(([name]) => Object.hasOwn(register.fields, name))
    const before = store.inputs()
    let count = 0
    for (const [name, input] of inputs) {
      const was = before[name] ?? EMPTY_INPUT
      if (was.text === input.text && areEqualValues(was.value, input.value)) {
        if (input.provenance !== was.provenance) store.setInput(name, was, input.provenance ?? null)
        continue
      }
      const field = fieldOf(name)
      if (!(field.kind === 'code' && input.value !== null && input.value === field.defaultCode)) count += 1
      restoreInput(name, input, name === draft.focusedField)
    }
    // What was left and is no value carries its mark again; the field being typed in is not judged yet.
    for (const [name, input] of inputs)
      if (name !== draft.focusedField && input.text !== '' && input.value === null) store.judgeNow(name)
    for (const name of draft.pinnedFields)
      if (Object.hasOwn(register.fields, name) && isPinnable(fieldOf(name))) store.setPinned(name, true)
    for (const [name, input] of Object.entries(draft.changeInputs ?? {}))
      if (Object.hasOwn(change.fields, name)) change.setInput(name, input, input.provenance ?? null)
    isFilling = false
    noteAnchors()
    showPins()
    watchedText = readWatched()
    journal.resume()
    focusedField = draft.focusedField
    caret = draft.caret
    update({
      isDirty: store.isDirty(),
      batchCount: draft.batchCount,
      message: {
        tone: 'fact',
        text:
          options.switchedFrom === undefined
            ? `已恢复 ${formatMinute(draft.updatedAt)} 未保存的内容,共 ${count} 项`
            : switchSentence(options.switchedFrom, options.register, draft.inputs),
      },
    })
    watchAge('quietly')
  }
  /** A look-up that was being typed into goes back to its value's own text by Esc and when it is left. */
  function restoreInput(name: string, input: DraftInput, hadFocus: boolean): void {
    const field = fieldOf(name)
    const provenance = input.provenance ?? null
    if (hadFocus && (field.kind === 'code' || field.kind === 'reference')) {
      store.setInput(name, { text: '', value: input.value }, provenance)
      if (input.text !== '') store.setText(name, input.text)
      const code = input.value
      const source = lookupSourceOf(field)
      if (typeof code !== 'string' || !source) return
      readLabels(source, [code]).then(
        (labels) => {
          const label = labels.get(code)
          if (label === undefined || store.read(name).value !== code || store.settledText(name) !== '') return
          store.setSettledText(name, label)
          // Left or escaped before the name was there.
          if (store.read(name).text === '') store.restoreText(name)
        },
        () => undefined,
      )
      return
    }
    store.setInput(name, holdsSeveral(field) ? { text: '', value: input.value } : input, provenance)
    if (holdsSeveral(field) && input.text !== '') store.setText(name, input.text)
  }
  /**
   * What a draft of a stored record is compared with. One that was stored anew since is no measure for what the clerk changed:
   * then everything typed counts, and a save says field by field what differs.
   */
  async function readRestoredRecord(id: string): Promise<void> {
    const record = await call('record.get', { register: options.register, id, purpose: 'modify' })
    if (isClosed || recordId !== id) return
    if (revision === 0) revision = record.revision
    if (revision === record.revision) store.setBaseline(inputsOfRecord(record))
    update({ recordTitle: record.title, isDirty: store.isDirty() })
  }

  let hasStarted = false
  async function start(): Promise<void> {
    const newest = newestDraft()
    // Nothing is waited for where the draft is at hand: the form is there with the tab.
    const draft = newest instanceof Promise ? await newest : newest
    hasStarted = true
    startedDrafts.add(options.draftId)
    if (isClosed) return
    noteDraftOpen(options.draftId)
    if (draft) {
      await startFromDraft(draft)
      cards.ready()
      return
    }
    // Only the form on screen keeps keys: those of another page are not its own.
    const keeps = isOnScreen()
    meter.setCause('opening')
    if (keeps) store.keys.hold()
    try {
      const first = options.recordIds[0]
      if (first === undefined) await startNew()
      else {
        void readBesides()
        await openRecord(first)
        update({ isLoading: false, isBlocked: false })
        // Its fields can take the focus once the page has drawn that.
        await nextFrame()
        waitingPlace = () => store.focusFirst()
        if (isOnScreen()) becomeActive()
      }
    } catch (error) {
      // Typing into a form whose record is not here yet would write over it: it waits and tries again.
      update({ isBlocked: true, message: { tone: 'problem', text: messageOf(error) } })
      if (!(error instanceof RequestFailure && error.detail.code === 'notFound')) retry()
    } finally {
      if (keeps) store.keys.release()
      meter.setCause('list')
      cards.ready()
    }
  }
  async function startFromDraft(draft: Draft): Promise<void> {
    const keeps = isOnScreen()
    if (keeps) store.keys.hold()
    restore(draft)
    update({ isLoading: false, isBlocked: false })
    waitingPlace = () => placeCaret(draft)
    if (keeps) {
      becomeActive()
      // The caret has its place only once the text is in the box: React writes it in a microtask, a busy one with the frame.
      await Promise.resolve()
      if (!isTextShown(draft)) await nextFrame()
      if (focusedField !== null && focusedField === draft.focusedField && isFocusHere()) setCaret(draft.caret)
      store.keys.release()
    }
    if (draft.recordId !== null)
      readRestoredRecord(draft.recordId).catch((error: unknown) =>
        say({ tone: 'problem', text: messageOf(error) }),
      )
    if (options.switchedFrom !== undefined) {
      // The draft holds every box of this form from now on, what it starts with included.
      journal.restart()
      for (const name of Object.keys(register.fields)) journal.touch(name)
    }
    const numberField = duplicateFieldOf(options.register)
    if (
      options.switchedFrom !== undefined &&
      numberField !== undefined &&
      store.read(numberField).text !== ''
    )
      void findDuplicate(numberField)
    await Promise.all([readBesides(), readBatch(draft.batchId)])
    if (draft.recordId !== null || isClosed || isStored) return
    // Emptied again, the form is as it began.
    store.setBaseline({ ...store.baseline(), ...defaultInputs() })
    update({ isDirty: store.isDirty() })
  }
  /** An empty form takes the focus at once; what it starts with comes into fields that are still untouched. */
  async function startNew(): Promise<void> {
    fill({ ...defaultInputs(), ...options.prefilled })
    waitingPlace = () => {
      // What is filled in already is passed over.
      const { prefilled } = options
      const isPlaced =
        prefilled !== undefined && store.order.some((name) => !prefilled[name] && store.focus(name))
      if (!isPlaced) store.focusFirst()
    }
    if (isOnScreen()) becomeActive()
    isFilling = true
    if (isBatch) for (const name of firstPins(layout, register.fields)) store.setPinned(name, true)
    isFilling = false
    showPins()
    await withinReach(
      Promise.all([readBesides(), readBatch(undefined)]).then(async () => {
        if (isClosed) return
        isFilling = true
        const given = store.offerDefaults(defaultInputs())
        isFilling = false
        const focused = given.find((name) => name === focusedField)
        if (focused === undefined || !isFocusHere()) return
        // The box that has the focus is selected whole once the text is in it: the next key replaces it.
        store.keys.hold()
        await nextFrame()
        if (focusedField === focused && isFocusHere()) store.focus(focused)
        store.keys.release()
      }),
    )
    update({ isLoading: false, isBlocked: false })
  }
  /**
   * The draft the form was opened with; a page that is shown anew (reopened, or after a fault) has a newer one by now.
   */
  function newestDraft(): Promise<Draft | null> | Draft | null {
    // One that was switched has its draft at hand, newer than any on disk.
    if (options.switchedFrom !== undefined && !hasStarted) return options.draft
    if (!startedDrafts.has(options.draftId)) return options.draft
    store.keys.hold()
    return call('draft.list', {})
      .then((drafts) => drafts.find((each) => each.id === options.draftId) ?? null)
      .catch(() => options.draft)
      .finally(store.keys.release)
  }
  function retry(): void {
    setTimeout(() => {
      if (!isClosed) void start()
    }, START_RETRY)
  }
  let waitingPlace: (() => void) | undefined
  function firstBox(): HTMLElement | null {
    return document.getElementById(`${options.idPrefix}-${store.order[0] ?? ''}`)
  }
  function isOnScreen(): boolean {
    return firstBox()?.offsetParent != null
  }
  /** The focus is nobody's, or this page's: a menu, a dialog or another page keeps it. */
  function isFocusHere(): boolean {
    const { activeElement } = document
    if (activeElement === null || activeElement === document.body) return true
    return firstBox()?.closest('[role=tabpanel]')?.contains(activeElement) ?? false
  }
  /** The first time the form is on screen: a form in a tab behind cannot take the focus yet. */
  function becomeActive(): void {
    const place = waitingPlace
    if (!place || !isFocusHere()) return
    waitingPlace = undefined
    place()
  }
  /** Puts the caret where the draft had it; without a place the form begins at its first field. */
  function placeCaret(draft: Draft): void {
    // What the form before had no field for is what is to be typed now.
    if (options.switchedFrom !== undefined && draft.focusedField === null && store.focusNextMark(undefined))
      return
    if (draft.focusedField === null || !store.focus(draft.focusedField)) {
      store.focusFirst()
      return
    }
    setCaret(draft.caret)
  }
  function isTextShown(draft: Draft): boolean {
    const element = document.activeElement
    return (
      element instanceof HTMLInputElement && element.value === draft.inputs[draft.focusedField ?? '']?.text
    )
  }
  function setCaret(at: number): void {
    const element = document.activeElement
    if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)
      element.setSelectionRange(at, at)
  }

  // ---- saving --------------------------------------------------------------------------------------------------
  async function save(then: 'stay' | 'next'): Promise<LabelledRecord | undefined> {
    if (view.isSaving || view.isLoading) return undefined
    const savedBefore = savedRecords
    const keysBefore = meter.keyCount()
    meter.setCause('saving')
    // Keys typed from here on belong to the form that is there afterwards.
    store.keys.hold()
    update({ isSaving: true })
    try {
      return await saveHeld(then)
    } finally {
      update({ isSaving: false })
      cards.ready()
      // The boxes show the new form before the kept keys are played into it.
      await Promise.resolve()
      store.keys.release()
      meter.setCause('list')
      if (savedRecords > savedBefore) reportMeter(options.register, meter.take(keysBefore))
    }
  }
  async function saveHeld(then: 'stay' | 'next'): Promise<LabelledRecord | undefined> {
    await store.settle()
    await cards.settled()
    await change.settle()
    if (isStored && !store.isDirty()) {
      // Saved already and unchanged: there is nothing to write, only to go on.
      if (then === 'next') await goOn()
      else say({ tone: 'fact', text: '内容没有变动,无需保存。' })
      return undefined
    }
    const breaches = store.check()
    if (breaches.length > 0) {
      store.focusNextMark(undefined)
      say({
        tone: 'problem',
        text: `没有保存:有 ${breaches.length} 项未填或有误。${breaches[0]?.message ?? ''} 按 F8 到下一项,F1 看原因。`,
      })
      return undefined
    }
    if (view.duplicate && acceptedDuplicate !== view.duplicate.id) {
      acceptedDuplicate = view.duplicate.id
      store.focus(duplicateFieldOf(options.register) ?? '')
      say({
        tone: 'attention',
        text: `没有保存:${duplicateSentence(view.duplicate)}按 F6 打开已有记录;确要另存一份,请再保存一次。`,
      })
      return undefined
    }
    const unsettled = cards.countOpen()
    if (unsettled > 0) {
      say({
        tone: 'problem',
        text: `没有保存:有 ${unsettled} 项与证件不同。F3 采用读卡,Shift+F3 保留录入;Ctrl+F3 全部采用读卡,Ctrl+Shift+F3 全部保留录入。`,
      })
      return undefined
    }
    const unsaid = isStored ? change.check()[0] : undefined
    if (unsaid) {
      change.focusNextMark(undefined)
      say({ tone: 'problem', text: `没有保存:${unsaid.message}` })
      return undefined
    }
    await batchRead
    journal.end()
    const input: RequestInput<'resident.save'> = {
      id: recordId,
      revision,
      values: store.values(),
      provenance: store.provenances(),
      ...(Object.keys(cards.choices()).length === 0 ? {} : { cardChoices: cards.choices() }),
      ...(isStored ? { change: readChangeWord(change) } : {}),
      draftId: options.draftId,
      ...(isBatch ? { batchId: view.joined?.id ?? null } : {}),
    }
    let output: SaveOutput
    try {
      output = await call(`${options.register}.save`, input)
    } catch (error) {
      journal.restart()
      for (const name of Object.keys(register.fields)) journal.touch(name)
      refused(error)
      return undefined
    }
    const { savedAt, record } = output
    try {
      await saved(savedAt, record, then)
    } catch (error) {
      say({ tone: 'problem', text: `「${record.title}」已保存。下一条没有打开:${messageOf(error)}` })
    }
    return record
  }
  async function saved(savedAt: number, record: LabelledRecord, then: 'stay' | 'next'): Promise<void> {
    const wasNew = !isStored
    if (wasNew) savedRecords += 1
    previous = record
    revision = record.revision
    isStored = true
    unplaced = {}
    const entry: BatchEntry = {
      id: record.id,
      title: record.title,
      savedAt,
      uploadState: record.uploadState,
      isUndone: false,
    }
    update({
      batchCount: view.batchCount + (wasNew ? 1 : 0),
      batch: [entry, ...view.batch.filter((each) => each.id !== entry.id)].slice(0, SIDE_LIST_LENGTH),
      message: null,
    })
    refreshBatch().catch(() => undefined)
    if (then === 'next') await goOn()
    else {
      fill(inputsOfRecord(record))
      update({ recordTitle: record.title })
    }
  }
  /** The next record to modify, or the next empty form; the pinned fields keep what they hold. */
  async function goOn(): Promise<void> {
    if (!isNew) {
      const next = options.recordIds[recordIndex + 1]
      if (next === undefined) {
        if (!view.message) say({ tone: 'fact', text: '已是最后一条,按 Esc 关闭。' })
        return
      }
      recordIndex += 1
      update({ position: { at: recordIndex + 1, of: options.recordIds.length } })
      await openRecord(next)
      store.focusFirst()
      return
    }
    const kept = pinnedInputs()
    await besides
    recordId = uuidv7()
    revision = 0
    isStored = false
    unplaced = {}
    // The focus first: leaving the last field of the saved form must not mark anything in the new one.
    store.focusFirst()
    fill({ ...defaultInputs(), ...kept })
    update({ recordTitle: null })
    cards.takeNext()
  }
  /** The form that is not stored begins anew where it stands: the focus stays. */
  function startEmpty(): void {
    fill({ ...defaultInputs(), ...pinnedInputs() })
    update({ message: null })
  }
  /** What pins carry into the next form. */
  function pinnedInputs(): Readonly<Record<string, DraftInput>> {
    const kept: Record<string, DraftInput> = {}
    const now = store.inputs()
    for (const name of store.pinned()) {
      const input = now[name]
      if (!input || isEmptyValue(input.value)) continue
      // What was being typed to find another entry is no value: it stays with the form it was typed into.
      const text = isTypedField(fieldOf(name)) ? input.text : store.settledText(name)
      kept[name] = withProvenance({ ...input, text }, 'pinned')
    }
    return kept
  }
  function refused(error: unknown): void {
    if (error instanceof RequestFailure) {
      const breaches = error.detail.breaches ?? []
      for (const breach of breaches) {
        if (Object.hasOwn(register.fields, breach.field)) store.setNote(breach.field, breach.message)
      }
      if (breaches.length > 0) store.focusNextMark(undefined)
      if (error.detail.code === 'changedMeanwhile') {
        takeInChanges(error.message).catch((problem: unknown) =>
          say({ tone: 'problem', text: `没有保存:${error.message}${messageOf(problem)}` }),
        )
        return
      }
      const first = breaches[0]?.message
      say({ tone: 'problem', text: `没有保存:${first ?? error.message}` })
      return
    }
    say({ tone: 'problem', text: `没有保存:${messageOf(error)}` })
  }

  /**
   * The record was stored by someone else since the form was opened. What only they changed is taken in, what only the clerk
   * changed stays, and what both changed stays as typed, with a mark that says what is stored: nothing is overwritten unseen.
   */
  async function takeInChanges(reason: string): Promise<void> {
    const record = await call('record.get', { register: options.register, id: recordId, purpose: 'modify' })
    const stored = inputsOfRecord(record)
    const start = store.baseline()
    const typed = store.inputs()
    const both: string[] = []
    let taken = 0
    for (const [name, field] of Object.entries(register.fields)) {
      const theirs = stored[name] ?? EMPTY_INPUT
      const isTheirs = !areEqualValues(theirs.value, start[name]?.value)
      if (!isTheirs || areEqualValues(theirs.value, typed[name]?.value)) continue
      const isMine =
        !areEqualValues(typed[name]?.value, start[name]?.value) || typed[name]?.text !== start[name]?.text
      if (isMine) both.push(name)
      else {
        store.setInput(name, theirs, theirs.provenance ?? null)
        if (!field.isAutomatic) taken += 1
      }
    }
    store.setBaseline(stored)
    revision = record.revision
    for (const name of both) {
      const { label } = fieldOf(name)
      const theirs = record.labels[name] ?? stored[name]?.text ?? ''
      store.setNote(name, `${label}:此项刚被另一处改为「${theirs}」,与您录入的不同,请核对后再保存!`)
    }
    update({ isDirty: store.isDirty() })
    if (both.length > 0) store.focusNextMark(undefined)
    const parts = [
      taken > 0 ? `已并入另一处改动的 ${taken} 项` : '',
      both.length > 0 ? `有 ${both.length} 项两处都改了,已加红色问号` : '',
    ].filter((part) => part !== '')
    say({
      tone: 'problem',
      text: `没有保存:${reason}您录入的内容都在,${parts.length > 0 ? `${parts.join(',')},` : ''}请核对后再保存。`,
    })
  }

  // ---- the previous record -------------------------------------------------------------------------------------
  function copyField(name: string): boolean {
    if (!previous) return false
    const field = fieldOf(name)
    const value = previous.values[name]
    if (isEmptyValue(value)) return false
    store.setInput(name, inputOf(field, value, previous.labels[name]), 'copied')
    return true
  }
  function repeatField(name: string): void {
    const field = fieldOf(name)
    if (field.isAutomatic || !store.read(name).applies) return
    if (!previous && !isPreviousKnown) void besides.then(() => isPreviousKnown && repeatField(name))
    else if (!previous) say({ tone: 'fact', text: '还没有上一份记录,无法重复。' })
    else if (copyField(name)) say(null)
    else say({ tone: 'fact', text: `上一份的「${field.label}」是空的。` })
  }
  function copyPrevious(): void {
    if (!previous && !isPreviousKnown) {
      void besides.then(() => isPreviousKnown && copyPrevious())
      return
    }
    if (!previous) {
      say({ tone: 'fact', text: '还没有上一份记录,无法复制。' })
      return
    }
    const pinned = store.pinned()
    const before = store.inputs()
    let count = 0
    for (const name of store.order) {
      const field = fieldOf(name)
      const input = before[name]
      const isEmpty = !input || (input.text.trim() === '' && isEmptyValue(input.value))
      if (!isEmpty || pinned.includes(name) || field.isAutomatic || field.isPersonal) continue
      if (layout.notCopied.includes(name)) continue
      if (copyField(name)) count += 1
    }
    say({
      tone: 'fact',
      text:
        count > 0
          ? `已从上一份「${previous.title}」填入 ${count} 项,请核对。`
          : `上一份「${previous.title}」没有可填入的项。`,
    })
  }
  function togglePin(name: string): void {
    if (!isBatch || fieldOf(name).isAutomatic) return
    const { label } = fieldOf(name)
    if (!isPinnable(fieldOf(name))) {
      say({ tone: 'fact', text: `「${label}」是个人信息,每份不同,不能固定。` })
      return
    }
    const isPinned = !store.read(name).isPinned
    store.setPinned(name, isPinned)
    showPins()
    say({
      tone: 'fact',
      text: isPinned ? `已固定「${label}」,保存并新增后保留内容。` : `已放开「${label}」,保存并新增后清空。`,
    })
  }
  function undoLast(): void {
    const last = view.batch.find((entry) => !entry.isUndone)
    if (!last || !isBatch) {
      say({ tone: 'fact', text: '本批没有可撤销的记录。' })
      return
    }
    if (!isUndoAsked) {
      say({ tone: 'attention', text: `要撤销「${last.title}」,请再按一次 Ctrl+U;继续录入则不撤销。` })
      isUndoAsked = true
      return
    }
    isUndoAsked = false
    call('record.undoSave', { register: options.register, id: last.id }).then(
      () => {
        update({
          batch: view.batch.map((entry) => (entry.id === last.id ? { ...entry, isUndone: true } : entry)),
          batchCount: Math.max(0, view.batchCount - 1),
        })
        say({ tone: 'fact', text: `已撤销「${last.title}」。` })
        refreshBatch().catch(() => undefined)
      },
      (error: unknown) => say({ tone: 'problem', text: `没有撤销:${messageOf(error)}` }),
    )
  }

  async function switchTo(to: RegisterName): Promise<Draft | undefined> {
    if (!isBatch) {
      const text = isNew
        ? '这张表是从另一张表中新增的,不能转换。请按 Esc 返回。'
        : '已登记的人不能转换。登记有误的,请注销后重新登记。'
      say({ tone: 'attention', text })
      return undefined
    }
    if (isStored || view.isSaving || view.isLoading) {
      if (isStored) say({ tone: 'attention', text: '这一份已保存,不能转换。要改登记,请先按 Ctrl+U 撤销。' })
      return undefined
    }
    await store.settle()
    const draft: Draft = switchDraft(
      {
        id: options.draftId,
        register: options.register,
        recordId: null,
        revision: 0,
        inputs: { ...unplaced, ...clampInputs(store.inputs(), null) },
        focusedField: null,
        caret: 0,
        pinnedFields: store.pinned(),
        batchCount: view.batchCount,
        openedFrom: null,
        updatedAt: Date.now(),
      },
      to,
    )
    journal.end()
    isClosed = true
    try {
      await call('draft.write', { draft })
    } catch (error) {
      isClosed = false
      journal.restart()
      for (const name of Object.keys(register.fields)) journal.touch(name)
      say({ tone: 'problem', text: `没有转换:${messageOf(error)}` })
      return undefined
    }
    return draft
  }

  return {
    register,
    options,
    store,
    change,
    read: () => view,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start,
    becomeActive,
    close() {
      cards.close()
      endBatchChoice()
      isClosed = true
      // Its pins end with the form.
      if (isBatch) journal.touchPlace()
      regionWatch?.close()
      noteDraftClosed(options.draftId)
      journal.flush()
    },
    flush: journal.flush,
    focusMoved(field, at) {
      if (field === undefined || (field === focusedField && at === caret)) return
      // The focus was elsewhere when the form came on screen, and is led to its first field now: it goes where it was.
      if (waitingPlace && field === store.order.find((name) => !fieldOf(name).isAutomatic)) {
        becomeActive()
        return
      }
      waitingPlace = undefined
      const left = focusedField
      if (field !== left && left !== null && left === duplicateFieldOf(options.register)) {
        if (store.read(left).text !== '' && store.read(left).reason === null && !view.duplicate)
          void findDuplicate(left)
      }
      if (field !== left && left !== null) watchArrival(left)
      focusedField = field
      caret = at
      if (field !== left) cards.focusMoved()
      journal.touchPlace()
    },
    save,
    isLastRecord: () => recordIndex >= options.recordIds.length - 1,
    repeatField,
    copyPrevious,
    togglePin,
    undoLast,
    toggleChangeKind() {
      if (!view.asksChange) {
        say({ tone: 'fact', text: '新登记的记录无需注明变更或更正。' })
        return
      }
      const isCorrection = change.read('changeKind').value === 'correction'
      setChangeKind(change, isCorrection ? 'change' : 'correction')
    },
    setSheet,
    whyNoSheet,
    rejoin: () => void readBatch(undefined),
    focusBack() {
      if (focusedField === null || !store.focus(focusedField)) store.focusFirst()
    },
    meter,
    cards,
    say,
    switchTo,
    async discard() {
      isClosed = true
      journal.end()
      await call('draft.discard', { id: options.draftId })
    },
    recordsChanged(ids, source) {
      if (source === 'server' && isStored && !isNew && ids.includes(recordId)) {
        say({
          tone: 'attention',
          text: '这条记录刚由服务器更新。您录入的内容不受影响,保存时会并入并提示不同之处。',
        })
      }
      for (const entry of view.batch) {
        if (ids.length > 0 && !ids.includes(entry.id)) continue
        if (entry.uploadState === 'uploaded') continue
        call('record.get', { register: options.register, id: entry.id, purpose: 'show' }).then(
          ({ uploadState }) =>
            update({
              batch: view.batch.map((each) => (each.id === entry.id ? { ...each, uploadState } : each)),
            }),
          () => undefined,
        )
      }
    },
  }
}

/** Longest text of one field a draft may carry, in UTF-16 units; the contract says the same. */
const DRAFT_TEXT_LENGTH = 20_000

function clampInputs(
  inputs: Readonly<Record<string, DraftInput>>,
  fields: ReadonlySet<string> | null,
): Readonly<Record<string, DraftInput>> {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([name]) => fields === null || fields.has(name))
      .map(([name, input]) => [name, { ...input, text: input.text.slice(0, DRAFT_TEXT_LENGTH) }]),
  )
}

/** Whether the value was taken from the sheet in the clerk's hand, and not brought along by the program. */
function isFromPaper(provenance: Provenance | null): boolean {
  return provenance === 'typed' || provenance === 'card'
}

/** Stands among the fields of the journal for what is said of the save. */
const CHANGE = '@change'

function withProvenance(input: DraftInput, provenance: Provenance | null): DraftInput {
  return provenance === null ? { text: input.text, value: input.value } : { ...input, provenance }
}

/** The next frame; a window that is covered draws none and waits for none. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => resolve())
    setTimeout(resolve, 50)
  })
}

/** Resolves with `work`, or after {@link LONGEST_WAIT}: the work goes on by itself then. */
function withinReach(work: Promise<void>): Promise<void> {
  return Promise.race([
    work,
    new Promise<void>((resolve) => {
      setTimeout(resolve, LONGEST_WAIT)
    }),
  ])
}

/** Default codes with their names, by register: read once, and at hand for every form after the first. */
const knownCodeDefaults = new Map<RegisterName, Readonly<Record<string, DraftInput>>>()

async function readCodeDefaults(name: RegisterName): Promise<void> {
  if (knownCodeDefaults.has(name)) return
  const inputs: Record<string, DraftInput> = {}
  await Promise.all(
    Object.entries(getRegister(name).fields).map(async ([field, declared]) => {
      if (declared.kind !== 'code' || declared.defaultCode === undefined) return
      const code = declared.defaultCode
      const source = lookupSourceOf(declared)
      const labels = source ? await readLabels(source, [code]) : new Map<string, string>()
      inputs[field] = { text: labels.get(code) ?? code, value: code, provenance: 'default' }
    }),
  )
  knownCodeDefaults.set(name, inputs)
}

/** Drafts whose form was on the page before: a page shown anew reads what was typed since. */
const startedDrafts = new Set<string>()
