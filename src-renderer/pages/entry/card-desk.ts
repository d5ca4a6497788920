import type { DuplicateOutput } from '../../../src-shared/contract/requests.ts'
import type { DraftInput } from '../../../src-shared/contract/types.ts'
import { isEmptyValue, type FieldValue } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import { isTypedField } from '../../../src-shared/fields/parse.ts'
import type { CardChoice, CardChoices } from '../../../src-shared/readers/card-choice.ts'
import { cardKindLabels, type CardReading } from '../../../src-shared/readers/card-reading.ts'
import { nameOnCard } from '../../../src-shared/readers/card-values.ts'
import { getField, type Register } from '../../../src-shared/registers/register.ts'
import { findPerson, isHere } from '../../client/find-person.ts'
import { messageOf } from '../../client/call.ts'
import { isComposing, onComposed } from '../../forms/composing.ts'
import type { FormStore } from '../../forms/form-store.ts'
import { lookupSourceOf, readLabels } from '../../forms/lookup-source.ts'
import { decideCard, decideField, decideRegistered, type CardDecision } from './card-decision.ts'
import { cardNumberFieldOf, inputsOfCard } from './card-inputs.ts'
import type { FootMessage } from './entry-session.ts'
import { isCompleteNumber } from './identity-number.ts'

/** A field where the card and the form say different things, until the clerk has chosen. */
export type CardDifference = {
  readonly field: string
  readonly label: string
  readonly typed: string
  readonly card: string
  /** The one that the keys are about: of the field that has the focus, else the first. */
  readonly isCurrent: boolean
}

/** What the strip above the save bar shows. */
export type CardDeskView = {
  readonly differences: readonly CardDifference[]
  /** Contradictions of the card in itself: shown, never corrected. */
  readonly warnings: readonly string[]
  /** Names of the cards that wait for the next form. */
  readonly queued: readonly string[]
  /** 居住证申领: the card's owner is not registered; one key registers him. */
  readonly unregistered: string | null
}

/** What the cards need of the form they are put on for. */
export type DeskHost = {
  readonly register: Register
  readonly store: FormStore
  /** 保存并新增 goes on with the next card. */
  readonly goesOn: boolean
  /** Being opened or saved, or gone. */
  readonly isBusy: () => boolean
  /** The form is about a record that is not stored yet. */
  readonly isNew: () => boolean
  readonly focusedField: () => string | null
  readonly say: (message: FootMessage) => void
  /** Looks for the number among the registered, and says so in the foot of the form. */
  readonly findRegistered: () => Promise<DuplicateOutput | undefined>
  /** Opens the record that has the number; false: it is not on this machine, which was said. */
  readonly openRegistered: (found: DuplicateOutput, reading: CardReading) => Promise<boolean>
  /** The form begins anew, with its pins. */
  readonly startOver: () => void
  /** Opens 新增流动人员 over the form, for its applicant. */
  readonly registerApplicant: (field: string, reading: CardReading) => void
}

/** The cards of one form: the one in it, what of it differs from what was typed, and those that wait. In memory only. */
export type CardDesk = {
  readonly read: () => CardDeskView
  readonly subscribe: (listener: () => void) => () => void
  /** A card was put on. False: it is not for this form. Never moves the focus or the caret. */
  readonly receive: (reading: CardReading) => boolean
  readonly receivePhoto: (photo: { readonly readingId: string; readonly hash: string | null }) => void
  /** Settles the current difference, or registers the applicant that the card names. False: there was nothing to settle. */
  readonly choose: (took: CardChoice['took']) => boolean
  readonly chooseAll: (took: CardChoice['took']) => boolean
  /** Takes the card that came last out of those that wait. Answers its owner's name. */
  readonly dropLast: () => string | undefined
  /** The focus went elsewhere. */
  readonly focusMoved: () => void
  /** The card looks itself whether its number is registered: the form need not. */
  readonly asksItself: () => boolean
  /** Cards that are on their way into the fields are in them. */
  readonly settled: () => Promise<void>
  readonly countOpen: () => number
  /** For the history: whose values are in the form where the card said otherwise. */
  readonly choices: () => CardChoices
  /** The form was filled anew: what was of the card before is gone. */
  readonly formChanged: () => void
  /** An empty form waits for its person: the next card goes in. */
  readonly takeNext: () => void
  /** The form can take cards again. */
  readonly ready: () => void
  /** The card's owner is registered and his record was opened: a form that holds nothing but the card begins anew. */
  readonly letGo: () => void
  /** The cards that wait, for the form that this one becomes. */
  readonly waiting: () => readonly CardReading[]
  readonly close: () => void
}

const NOTHING: CardDeskView = { differences: [], warnings: [], queued: [], unregistered: null }

export function createCardDesk(host: DeskHost): CardDesk {
  const { register, store } = host
  const numberField = cardNumberFieldOf(register.name)
  const takesApplicant = register.name === 'residencePermit'
  const listeners = new Set<() => void>()
  let view = NOTHING
  /** The card in the form. */
  let current: CardReading | null = null
  /** What it says, as the boxes show it. */
  let inputs: Readonly<Record<string, DraftInput>> = {}
  /** Fields that wait for a choice. */
  let open = new Set<string>()
  /** Fields that are being typed in: looked at when that has come to its end. */
  let later = new Set<string>()
  /** What the card has taken the place of, by choice. */
  let replaced: Record<string, FieldValue> = {}
  let warnings: readonly string[] = []
  let unregistered: CardReading | null = null
  let queue: readonly CardReading[] = []
  /** Cards that came while the form was busy, in their order. */
  let arrived: readonly CardReading[] = []
  const seen = new Set<string>()
  /** Pictures that came before their card was in a form. */
  const photos = new Map<string, string>()
  let isFilling = false
  /** The number goes in now, and is looked for among the registered afterwards. */
  let asksItself = false
  let underWay: Promise<void> = Promise.resolve()
  /** Cards whose labels are being read. */
  let onTheirWay = 0

  // ---- what is shown -------------------------------------------------------------------------------------------
  function show(): void {
    const now = currentField()
    for (const name of store.order)
      store.setCardText(name, open.has(name) ? (inputs[name]?.text ?? '') : null)
    view = {
      differences: store.order
        .filter((name) => open.has(name))
        .map((name) => ({
          field: name,
          label: getField(register, name).label,
          typed: textOf(name),
          card: inputs[name]?.text ?? '',
          isCurrent: name === now,
        })),
      warnings,
      queued: queue.map(nameOnCard),
      unregistered: unregistered ? nameOnCard(unregistered) : null,
    }
    for (const listener of listeners) listener()
  }
  function textOf(name: string): string {
    return isTypedField(getField(register, name)) ? store.read(name).text : store.settledText(name)
  }
  function currentField(): string | undefined {
    const focused = host.focusedField()
    if (focused !== null && open.has(focused)) return focused
    return store.order.find((name) => open.has(name))
  }

  // ---- one card into the form ----------------------------------------------------------------------------------
  function isBeingTyped(name: string): boolean {
    if (name !== host.focusedField()) return false
    if (isComposing()) return true
    return !isTypedField(getField(register, name)) && store.read(name).text !== store.settledText(name)
  }
  /** Puts the card's value where it may stand, or beside what is there. Answers whether it went in. */
  function place(name: string): boolean {
    const input = inputs[name]
    if (!input) return false
    const state = store.read(name)
    const decision = decideField({ ...state, isBeingTyped: isBeingTyped(name) }, input.value)
    later.delete(name)
    switch (decision) {
      case 'fill':
      case 'confirm':
        open.delete(name)
        store.setInput(name, input, 'card')
        return decision === 'fill'
      case 'differ':
        open.add(name)
        return false
      case 'later':
        later.add(name)
        return false
      case 'same':
      case 'none':
        open.delete(name)
        return false
    }
  }
  function fill(work: () => void): void {
    const caret = keepCaret()
    isFilling = true
    try {
      work()
    } finally {
      isFilling = false
    }
    caret.putBack()
    show()
  }
  function take(reading: CardReading, cameFromQueue: boolean): void {
    // Another card than the one in the form begins anew; the same one once more adds to what was chosen.
    if (current?.documentNumber !== reading.documentNumber) forget()
    current = reading
    onTheirWay += 1
    underWay = underWay
      .then(() => (takesApplicant ? takeApplicant(reading) : takePerson(reading, cameFromQueue)))
      .catch((error: unknown) => host.say({ tone: 'problem', text: `证件没有填入:${messageOf(error)}` }))
      .then(() => {
        onTheirWay -= 1
      })
  }
  async function takePerson(reading: CardReading, cameFromQueue: boolean): Promise<void> {
    const { inputs: given, unknown } = await inputsOfCard(register, reading, store.today())
    if (current !== reading) return
    inputs = given
    warnings = [...reading.warnings.map(({ message }) => message), ...unknown]
    let count = 0
    asksItself = true
    fill(() => {
      for (const name of Object.keys(given)) if (place(name)) count += 1
      const hash = photos.get(reading.id)
      if (hash !== undefined) placePhoto(hash)
    })
    asksItself = false
    host.say(filledMessage(reading, count))
    // Whoever asks whether it is registered may have to ask the server: the form goes on meanwhile.
    void lookForRegistered(reading, cameFromQueue)
  }
  function filledMessage(reading: CardReading, count: number): FootMessage {
    const what = `已读${cardKindLabels[reading.kind]}「${nameOnCard(reading)}」,填入 ${count} 项`
    if (open.size > 0)
      return {
        tone: 'attention',
        text: `${what},${open.size} 项与已录入的不同:F3 采用读卡,Shift+F3 保留录入。`,
      }
    return { tone: warnings.length > 0 ? 'attention' : 'fact', text: `${what}。` }
  }
  async function lookForRegistered(reading: CardReading, cameFromQueue: boolean): Promise<void> {
    const found = await host.findRegistered()
    if (!found || current !== reading || host.isBusy()) return
    const decision = decideRegistered({
      isNew: host.isNew(),
      holdsTypedWork: holdsTypedWork(),
      cameFromQueue,
    })
    if (decision === 'say' || !(await host.openRegistered(found, reading))) return
    if (current !== reading || holdsTypedWork() || host.isBusy()) return
    host.startOver()
    takeNext()
  }

  // ---- the applicant of a permit -------------------------------------------------------------------------------
  async function takeApplicant(reading: CardReading): Promise<void> {
    const found = await findPerson('resident', reading)
    if (current !== reading) return
    const name = nameOnCard(reading)
    unregistered = null
    if (!found) {
      unregistered = reading
      host.say({ tone: 'fact', text: `已读${cardKindLabels[reading.kind]}「${name}」,尚未登记。` })
      show()
      return
    }
    if (found.status === 'cancelled' || !(await isHere('resident', found.id))) {
      const why =
        found.status === 'cancelled' ? '的登记已注销,请先恢复' : `不在本机(${found.detail}),请先同步`
      host.say({ tone: 'attention', text: `「${name}」${why}。` })
      show()
      return
    }
    const source = lookupSourceOf({ ...getApplicantField() })
    const labels = source ? await readLabels(source, [found.id]) : new Map<string, string>()
    if (current !== reading) return
    inputs = { applicantId: { text: labels.get(found.id) ?? found.title, value: found.id } }
    warnings = reading.warnings.map(({ message }) => message)
    let count = 0
    fill(() => {
      if (place('applicantId')) count += 1
    })
    host.say(filledMessage(reading, count))
  }
  function getApplicantField() {
    const field = getField(register, 'applicantId')
    if (field.kind !== 'reference') throw new Error('the applicant is no reference')
    return field
  }

  // ---- the picture ---------------------------------------------------------------------------------------------
  function placePhoto(hash: string): void {
    const name = Object.keys(register.fields).find((each) => register.fields[each]?.kind === 'photo')
    if (name === undefined || !isEmptyValue(store.read(name).value)) return
    store.setInput(name, { text: '', value: hash }, 'card')
  }

  // ---- choosing ------------------------------------------------------------------------------------------------
  function settle(name: string, took: CardChoice['took']): void {
    const input = inputs[name]
    open.delete(name)
    if (took === 'typed' || !input) return
    const { value, text } = store.read(name)
    replaced[name] = isEmptyValue(value) ? text : value
    store.setInput(name, input, 'card')
  }
  function choices(): CardChoices {
    const made: Record<string, CardChoice> = {}
    for (const [name, input] of Object.entries(inputs)) {
      const state = store.read(name)
      if (!state.applies || isEmptyValue(input.value)) continue
      if (!areEqualValues(state.value, input.value)) made[name] = { took: 'typed', other: input.value }
      else if (replaced[name] !== undefined) made[name] = { took: 'card', other: replaced[name] }
    }
    return made
  }

  // ---- whose card ----------------------------------------------------------------------------------------------
  function decide(reading: CardReading): CardDecision {
    const inForm = current?.documentNumber ?? ''
    const box = store.read(numberField ?? 'applicantId')
    const isEmpty = box.text === '' && isEmptyValue(box.value)
    // A card on its way into the fields counts already; a number that was typed over it counts more.
    const isOnItsWay = isEmpty ? onTheirWay > 0 : numberField === undefined
    const number = isOnItsWay ? inForm : numberField === undefined ? '' : String(box.value ?? box.text)
    return decideCard(
      {
        goesOn: host.goesOn,
        number,
        isNumberFromCard: isOnItsWay ? current !== null : box.provenance === 'card',
        isNumberWhole: isCompleteNumber(number) || host.focusedField() !== numberField,
        name: numberField === undefined ? '' : store.read('name').text,
        cardInForm: inForm,
        queued: queue.map(({ documentNumber }) => documentNumber),
        isBusy: host.isBusy(),
      },
      { number: reading.documentNumber, name: nameOnCard(reading) },
    )
  }
  function act(reading: CardReading): boolean {
    const name = nameOnCard(reading)
    switch (decide(reading)) {
      case 'take':
        take(reading, false)
        return true
      case 'queue':
        queue = [...queue, reading]
        show()
        host.say({ tone: 'fact', text: `「${name}」的证件已列入待录,保存并新增后自动填入。` })
        return true
      case 'again':
        host.say({ tone: 'fact', text: `「${name}」的证件已在待录中。` })
        return true
      case 'later':
        arrived = [...arrived, reading]
        return true
      case 'refuse':
        return false
    }
  }
  function forget(): void {
    current = null
    inputs = {}
    open = new Set()
    later = new Set()
    replaced = {}
    warnings = []
    unregistered = null
  }
  function takeNext(): void {
    const [next, ...rest] = queue
    if (!next) return
    queue = rest
    take(next, true)
    show()
  }
  /** Whether anything in the form is the clerk's own: typed, chosen, copied, half composed. */
  function holdsTypedWork(): boolean {
    if (isComposing() || later.size > 0 || open.size > 0) return true
    return Object.keys(register.fields).some((name) => {
      const { text, value, provenance } = store.read(name)
      if (text.trim() === '' && isEmptyValue(value)) return false
      if (text !== store.settledText(name) && !isTypedField(getField(register, name)) && text !== '')
        return true
      return provenance === 'typed' || provenance === 'copied' || provenance === null
    })
  }

  store.onChange((name) => {
    if (isFilling) return
    if (unregistered && name === 'applicantId' && !isEmptyValue(store.read(name).value)) unregistered = null
    else if (later.has(name) && !isBeingTyped(name)) place(name)
    else if (open.has(name) && areEqualValues(store.read(name).value, inputs[name]?.value)) open.delete(name)
    else if (!open.has(name)) return
    show()
  })

  /** Looks again at fields that were being typed in. */
  function placeLater(): void {
    const before = open.size
    fill(() => {
      for (const name of [...later]) place(name)
    })
    if (open.size > before)
      host.say({
        tone: 'attention',
        text: `${open.size} 项与证件不同:F3 采用读卡,Shift+F3 保留录入。`,
      })
  }
  const endComposed = onComposed(() => {
    if (later.size > 0) placeLater()
  })

  return {
    read: () => view,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    receive(reading) {
      if (numberField === undefined && !takesApplicant) return false
      if (register.name === 'coordinator' && reading.kind !== 'residentIdentity') return false
      if (seen.has(reading.id)) return true
      const isTaken = act(reading)
      if (isTaken) seen.add(reading.id)
      return isTaken
    },
    receivePhoto({ readingId, hash }) {
      if (hash === null || !seen.has(readingId)) return
      photos.set(readingId, hash)
      if (current?.id === readingId && !host.isBusy()) fill(() => placePhoto(hash))
    },
    choose(took) {
      if (unregistered && open.size === 0) {
        const reading = unregistered
        unregistered = null
        if (took === 'card') host.registerApplicant('applicantId', reading)
        show()
        return true
      }
      const name = currentField()
      if (name === undefined) return false
      isFilling = true
      settle(name, took)
      isFilling = false
      show()
      return true
    },
    chooseAll(took) {
      if (open.size === 0) return false
      isFilling = true
      for (const name of open) settle(name, took)
      isFilling = false
      show()
      return true
    },
    dropLast() {
      const last = queue.at(-1)
      if (!last) return undefined
      queue = queue.slice(0, -1)
      show()
      return nameOnCard(last)
    },
    focusMoved() {
      if (later.size === 0 && open.size === 0) return
      placeLater()
    },
    asksItself: () => asksItself,
    async settled() {
      await underWay
      if (later.size > 0) placeLater()
    },
    countOpen: () => open.size,
    choices,
    formChanged() {
      forget()
      show()
    },
    takeNext,
    ready() {
      const waiting = arrived
      arrived = []
      for (const reading of waiting)
        if (!act(reading))
          host.say({ tone: 'attention', text: `「${nameOnCard(reading)}」的证件与本表不是同一人,没有填入。` })
      const hash = current ? photos.get(current.id) : undefined
      if (hash !== undefined) fill(() => placePhoto(hash))
    },
    letGo() {
      if (current === null || !host.isNew() || holdsTypedWork()) return
      host.startOver()
      takeNext()
    },
    waiting: () => queue,
    close: endComposed,
  }
}

/** Where the caret is in the box that has the focus: a box that is filled keeps it there. */
function keepCaret(): { readonly putBack: () => void } {
  const element = document.activeElement
  if (!(element instanceof HTMLInputElement)) return { putBack: () => undefined }
  const { value, selectionStart, selectionEnd } = element
  return {
    putBack() {
      // React writes the text in a microtask of its own, which stands before this one.
      queueMicrotask(() => {
        if (document.activeElement !== element || element.value === value) return
        element.setSelectionRange(selectionStart, selectionEnd)
      })
    },
  }
}
