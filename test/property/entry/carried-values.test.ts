import fc from 'fast-check'
import { v7 as makeUuid } from 'uuid'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createEntrySession, type EntrySession } from '../../../src-renderer/pages/entry/entry-session.ts'
import { valuesFromNumber } from '../../../src-renderer/pages/entry/identity-number.ts'
import type { DraftInput, LabelledRecord } from '../../../src-shared/contract/types.ts'
import type { CardReading } from '../../../src-shared/readers/card-reading.ts'
import { getPerson } from '../../../tools/reader-simulator/simulated-people.ts'
import { isEmptyValue, type FieldValue, type RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import { isTypedField } from '../../../src-shared/fields/parse.ts'
import { getField } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import {
  inventNumber,
  makeBackend,
  residentValues,
  saveTown,
  type BackendFixture,
  type Town,
} from '../../support/backend-fixture.ts'
import { standInForPage } from '../../support/page-globals.ts'

/**
 * Keys of one paper form never appear in the next one unless they were pinned or copied on purpose, and then they say so: whatever
 * is typed to its end or not, pinned, saved, repeated, copied, or brought back by a draft after the program died.
 */

const register = getRegister('resident')
/** Photos and sub-lists have editors of their own; what they hold goes through the same `setInput`. */
const NAMES = Object.keys(register.fields).filter(
  (name) => !['photo', 'list'].includes(getField(register, name).kind),
)
const TODAY = '2026-03-16'

const field = fc.constantFrom(...NAMES)
const listed = fc.constantFrom(...NAMES.filter((name) => !isTypedField(getField(register, name))))
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('type' as const), field }) },
  // Begun and not brought to an end: a day half typed, an input method's letters, what was to find an entry.
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('typeHalf' as const), field }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('typeUnmatched' as const), field: listed }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('empty' as const), field }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('number' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('card' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pin' as const), field }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('repeat' as const), field }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('copy' as const) }) },
  // Ctrl+Enter in the middle of a search: the text is no entry and goes with the form.
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('saveAndNext' as const),
      searching: fc.constantFrom(null, 'dwellingId', 'collectorId', 'ethnicGroupCode'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
)

let fixture: BackendFixture
let town: Town

beforeAll(async () => {
  fixture = await makeBackend()
  town = await saveTown(fixture.backend)
  standInForPage(fixture.backend)
})
afterAll(async () => {
  // The last journal entries of the last forms.
  await new Promise((resolve) => setTimeout(resolve, 200))
  vi.unstubAllGlobals()
  await fixture.remove()
})

/** Every form that was ever begun has a number, and every text typed into it carries that number. */
let formCount = 0

function mark(form: number): string {
  return `张${[...String(form)].map((digit) => '零一二三四五六七八九'[Number(digit)]).join('')}号`
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10))
}

/** The numbers of other forms in a text or value. */
function foreignMarks(content: unknown, form: number): readonly string[] {
  return (JSON.stringify(content).match(/张[零一二三四五六七八九]+号/g) ?? []).filter(
    (found) => found !== mark(form),
  )
}

/** What the test knows of the form on the page. */
type Paper = {
  readonly form: number
  readonly number: string
  /** Fields that were typed into since the form is there. */
  readonly typed: Set<string>
  readonly copied: Set<string>
  /** Its person's card was put on. */
  isCardRead: boolean
  /** What was pinned when the form before was saved: the value, and the text that stands for it. */
  readonly carried: Readonly<Record<string, DraftInput>>
}

function newPaper(carried: Paper['carried']): Paper {
  formCount += 1
  return {
    form: formCount,
    number: inventNumber(formCount % 400, `19${60 + (Math.floor(formCount / 400) % 39)}-05-06`),
    typed: new Set(),
    copied: new Set(),
    isCardRead: false,
    carried,
  }
}

function wholeValues(paper: Paper): RecordValues {
  const { birthDate, sexCode, householdDivisionCode } = valuesFromNumber('resident', paper.number)
  return residentValues(
    { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
    {
      documentNumber: paper.number,
      name: mark(paper.form),
      householdAddress: `${mark(paper.form)}院`,
      birthDate: birthDate ?? null,
      sexCode: sexCode ?? null,
      householdDivisionCode: householdDivisionCode ?? null,
      formerName: mark(paper.form),
      paperFormNumber: mark(paper.form),
      remarks: mark(paper.form),
      yearsWorked: 3,
    },
  )
}

let saves = 0
let cards = 0
let carriedOver = 0

type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never

async function runSteps(steps: readonly Step[]): Promise<void> {
  const draftId = makeUuid()
  let session = open(null)
  let paper = newPaper({})
  let focused: string | undefined
  let previous: LabelledRecord | null = null
  try {
    await session.start()
    previous = await fixture.backend.call('record.previous', { register: 'resident' })
    checkForm()
    for (const each of steps) {
      await take(each)
      // What was typed into the look-up that has the focus is on the page; everything else is settled.
      if (focused === undefined || isTypedField(getField(register, focused))) checkForm()
    }
  } finally {
    await session.discard()
    session.close()
  }

  function open(draft: EntrySession['options']['draft']): EntrySession {
    return createEntrySession({
      register: 'resident',
      draftId,
      recordIds: [],
      today: TODAY,
      openedFrom: null,
      draft,
      idPrefix: 'form',
      onEnd: () => undefined,
    })
  }
  /** As the inputs do it when the focus leaves them. */
  function focus(name: string): void {
    const { store } = session
    if (focused !== undefined && focused !== name) {
      if (!isTypedField(getField(register, focused))) store.restoreText(focused)
      store.leave(focused)
    }
    focused = name
    session.focusMoved(name, 0)
  }
  function type(name: string, value: FieldValue): void {
    const declared = getField(register, name)
    focus(name)
    paper.typed.add(name)
    if (isTypedField(declared)) session.store.setText(name, value === null ? '' : String(value))
    else
      session.store.setInput(
        name,
        { text: isEmptyValue(value) ? '' : `条目${String(value)}`, value },
        'typed',
      )
  }

  function checkForm(): void {
    const { store } = session
    const numbers = valuesFromNumber('resident', paper.number)
    for (const name of NAMES) {
      const declared = getField(register, name)
      const { text, value, provenance } = store.read(name)
      const about = `${name} of form ${paper.form}: 「${text}」 ${JSON.stringify(value)} ${String(provenance)}`
      if (provenance !== 'pinned' && provenance !== 'copied')
        expect(foreignMarks([text, value], paper.form), about).toEqual([])
      if (paper.typed.has(name)) continue
      expect(provenance, about).not.toBe('typed')
      if (isEmptyValue(value)) {
        expect(text, about).toBe('')
        continue
      }
      switch (provenance) {
        case 'pinned':
          expect(areEqualValues(value, paper.carried[name]?.value), about).toBe(true)
          // An entry may be called otherwise once its name is read again; what was typed to find one is never its name.
          if (isTypedField(declared)) expect(text, about).toBe(paper.carried[name]?.text)
          else expect(text, about).not.toMatch(/张[零一二三四五六七八九]+号/)
          break
        case 'default':
          expect(value, about).toBe(declared.kind === 'code' ? declared.defaultCode : TODAY)
          break
        case 'copied':
          expect(paper.copied.has(name) && areEqualValues(value, previous?.values[name]), about).toBe(true)
          break
        case 'card':
          expect(paper.isCardRead, about).toBe(true)
          break
        case 'number':
          expect(value, about).toEqual(numbers[name])
          break
        default:
          expect.fail(about)
      }
      if (!isTypedField(declared)) expect(text, about).toBe(store.settledText(name))
    }
  }

  async function saveAndNext(searching: string | null): Promise<void> {
    const { store } = session
    const whole = wholeValues(paper)
    for (let round = 0; round < 4; round += 1) {
      const breaches = store.check()
      if (breaches.length === 0 && store.read('documentNumber').value === paper.number) break
      for (const { field: name } of [...breaches, { field: 'documentNumber' }])
        type(name, whole[name] ?? null)
    }
    if (searching !== null) {
      focus(searching)
      store.setText(searching, mark(paper.form))
    }
    const held = store.provenances()
    const carried = Object.fromEntries(
      store.pinned().map((name) => {
        const { text, value } = store.read(name)
        return [
          name,
          { text: isTypedField(getField(register, name)) ? text : store.settledText(name), value },
        ] as const
      }),
    )
    const record = await session.save('next')
    if (!record) return
    saves += 1
    const stored = await fixture.backend.call('record.get', {
      register: 'resident',
      id: record.id,
      purpose: 'modify',
    })
    for (const [name, value] of Object.entries(stored.values)) {
      const from = stored.provenance[name]?.from
      if (!isEmptyValue(value)) expect([name, from]).toEqual([name, held[name]])
      if (from !== 'pinned' && from !== 'copied') expect(foreignMarks(value, paper.form), name).toEqual([])
    }
    previous = stored
    paper = newPaper(carried)
    focused = undefined
    session.focusMoved('documentTypeCode', 0)
    carriedOver += NAMES.filter((name) => session.store.provenanceOf(name) === 'pinned').length
  }

  async function crash(): Promise<void> {
    // What the number says comes a moment later.
    await pause()
    const before = session.store.inputs()
    session.close()
    await pause()
    const draft = (await fixture.backend.call('draft.list', {})).find((each) => each.id === draftId)
    session = open(draft ?? null)
    await session.start()
    if (!draft) {
      // Nothing was typed since the last save: the form begins anew, and so does the paper.
      paper = newPaper({})
      focused = undefined
      return
    }
    focused = draft.focusedField ?? undefined
    for (const name of NAMES) {
      const { text, value, provenance } = session.store.read(name)
      const was = before[name]
      expect({ name, text, value, provenance }).toEqual({
        name,
        text: was?.text,
        value: was?.value,
        provenance: was?.provenance ?? null,
      })
    }
  }

  async function take(each: Step): Promise<void> {
    const { store } = session
    switch (each.kind) {
      case 'type':
        type(each.field, wholeValues(paper)[each.field] ?? null)
        break
      case 'typeHalf':
        focus(each.field)
        // A look-up's filter text is no value: the field is what it was.
        if (isTypedField(getField(register, each.field))) paper.typed.add(each.field)
        store.setText(each.field, mark(paper.form))
        break
      case 'typeUnmatched':
        focus(each.field)
        store.setText(each.field, `${mark(paper.form)}?`)
        store.restoreText(each.field)
        store.setNote(each.field, '不在列表中')
        break
      case 'empty':
        type(each.field, null)
        break
      case 'number':
        type('documentNumber', paper.number)
        break
      case 'card': {
        // The paper's person puts his card on: every text of it carries the form's mark.
        const { birthDate, sexCode } = valuesFromNumber('resident', paper.number)
        const reading: CardReading = {
          ...getPerson(0),
          documentNumber: paper.number,
          name: mark(paper.form),
          address: `${mark(paper.form)}院`,
          newestAddress: '',
          birthDate: String(birthDate),
          sexCode: String(sexCode),
          id: makeUuid(),
          readAt: 0,
          readerLabel: 'COM3',
          warnings: [],
          photo: { state: 'missing', message: '' },
        }
        if (!session.cards.receive(reading)) break
        await session.cards.settled()
        // Kept where it was typed otherwise: a save asks for the choice.
        session.cards.chooseAll('typed')
        cards += 1
        paper.isCardRead = true
        break
      }
      case 'pin':
        session.togglePin(each.field)
        break
      case 'repeat':
        focus(each.field)
        session.repeatField(each.field)
        if (store.provenanceOf(each.field) === 'copied') noteCopied(each.field)
        break
      case 'copy':
        session.copyPrevious()
        for (const name of NAMES) if (store.provenanceOf(name) === 'copied') noteCopied(name)
        break
      case 'saveAndNext':
        await saveAndNext(each.searching)
        break
      case 'crash':
        await crash()
        break
    }
  }
  function noteCopied(name: string): void {
    paper.copied.add(name)
    paper.typed.delete(name)
  }
}

it('a value of one form stands in another only where it was pinned or copied, and says so', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), runSteps), {
    numRuns: 40,
  })
  // The runs did what they are about.
  expect(saves).toBeGreaterThan(60)
  expect(carriedOver).toBeGreaterThan(60)
  expect(cards).toBeGreaterThan(20)
})

it('what is said of a modification survives a crash with it, and is of one save only', async () => {
  const draftId = makeUuid()
  const open = (draft: EntrySession['options']['draft']): EntrySession =>
    createEntrySession({
      register: 'resident',
      draftId,
      recordIds: [town.residentId],
      today: TODAY,
      openedFrom: null,
      draft,
      idPrefix: 'form',
      onEnd: () => undefined,
    })
  const before = open(null)
  await before.start()
  expect(before.read().asksChange).toBe(true)
  before.store.setText('remarks', '门牌已核对')
  before.toggleChangeKind()
  before.change.setInput('changeReasonCode', { text: '录入错误', value: '20' }, 'typed')
  before.change.setText('changeNote', '看错行')
  before.close()
  await pause()
  const draft = (await fixture.backend.call('draft.list', {})).find((each) => each.id === draftId)
  const session = open(draft ?? null)
  await session.start()
  expect(session.change.values()).toMatchObject({
    changeKind: 'correction',
    changeReasonCode: '20',
    changeNote: '看错行',
  })
  expect(await session.save('stay')).toBeDefined()
  const [line] = await fixture.backend.call('record.history', { register: 'resident', id: town.residentId })
  expect(line).toMatchObject({ changeKind: 'correction', reason: '录入错误:看错行' })
  expect(session.change.values()).toMatchObject({ changeKind: 'change', changeDate: TODAY, changeNote: null })
  session.close()
})
