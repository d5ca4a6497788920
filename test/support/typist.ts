import type { Page } from '@playwright/test'
import type { PaperField } from '../../tools/demo/paper-form.ts'

/** Keys struck so far. Letters of free text (names, addresses, remarks) are counted apart: every program needs them. */
export type KeyCount = { readonly keys: number; readonly freeText: number }

/** Strikes keys in a window and counts them. Never uses a mouse. */
export type Typist = {
  readonly page: Page
  readonly press: (key: string) => Promise<void>
  /** Types letters and digits one key each. */
  readonly letters: (text: string) => Promise<void>
  /** Text that an input method commits, or plain letters: free text either way. */
  readonly freeText: (text: string) => Promise<void>
  readonly count: () => KeyCount
}

/** A typist at a window. */
export function createTypist(page: Page): Typist {
  let keys = 0
  let freeText = 0
  return {
    page,
    async press(key) {
      // A chord is as many keys as are held down for it.
      keys += key.split('+').length
      await page.keyboard.press(key)
    },
    async letters(text) {
      for (const letter of text) {
        keys += 1
        await page.keyboard.press(letter === ' ' ? 'Space' : letter)
      }
    },
    async freeText(text) {
      freeText += [...text].length
      await page.keyboard.insertText(text)
    },
    count: () => ({ keys, freeText }),
  }
}

/** What has the focus: the field's name (the last part of its id) and the text in its box. */
type Focused = {
  readonly id: string
  readonly field: string
  readonly text: string
  readonly isSelected: boolean
  /** Chosen entries of a field of several. */
  readonly chips: number
}

/** Reads which field has the focus. */
export async function readFocused(page: Page): Promise<Focused> {
  return page.evaluate(() => {
    const element = document.activeElement
    const id = element?.id ?? ''
    const isBox = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
    const chips = [...(element?.closest('.box-several')?.querySelectorAll('.chip') ?? [])]
    const text = isBox ? element.value : (element?.textContent ?? '')
    return {
      id,
      field: id.slice(id.lastIndexOf('-') + 1),
      text: [
        ...chips.map((chip) => chip.textContent),
        ...(chips.length > 0 && text === '' ? [] : [text]),
      ].join('、'),
      isSelected: isBox && element.selectionStart === 0 && element.selectionEnd === element.value.length,
      chips: chips.length,
    }
  })
}

/** The highlighted row of an open list: its name and its place in the list, counted from 1; 0 where nothing fits. */
type Highlighted = { readonly name: string; readonly position: number }

/** Reads the highlighted row once the list answers the text in the box and shows another row than at `otherThan`. */
async function readHighlighted(page: Page, otherThan: number): Promise<Highlighted> {
  const handle = await page.waitForFunction((before) => {
    const box = document.activeElement
    if (!(box instanceof HTMLInputElement) || box.getAttribute('aria-expanded') !== 'true') return undefined
    const list = document.getElementById(box.getAttribute('aria-controls') ?? '')
    if (!list || list.getAttribute('aria-busy') === 'true') return undefined
    if (list.childElementCount === 0) return { name: '', position: 0 }
    const row = document.getElementById(box.getAttribute('aria-activedescendant') ?? '')
    const name = row?.querySelector('.lookup-name')?.textContent
    const position = Number(row?.getAttribute('aria-posinset'))
    return name === undefined || name === null || position === before ? undefined : { name, position }
  }, otherThan)
  return (await handle.jsonValue()) as Highlighted
}

/** What stands in the box when the field holds the paper's value. */
function isShown(field: PaperField, text: string): boolean {
  if (field.kind === 'reference') {
    const stored = field.stored as { readonly title: string }
    return text !== '' && sameName(text, stored.title)
  }
  if (field.kind === 'code' || field.kind === 'codes') return text === field.paper
  if (typeof field.stored === 'string' || typeof field.stored === 'number')
    return text === String(field.stored)
  return false
}

/** Compares a list's text with a paper's title: the common description in brackets and the word 室 are not part of the name. */
function sameName(shown: string, title: string): boolean {
  const plain = (text: string) => text.replace(/[(\s].*$/, '').replace(/室$/, '')
  return plain(shown) === plain(title)
}

/**
 * Types a paper form field by field, from where the focus is to the last field the paper fills, and stops there with that
 * field left (Enter). Fields that hold the right value already are passed by; F4 is used where the previous form's
 * value is shorter to repeat than to type.
 * @throws when the program puts the focus on a field that the form does not have, or fills one wrongly
 */
export async function typeFields(
  typist: Typist,
  fields: readonly PaperField[],
  hooks: {
    /** Called instead of typing the field; answers whether it did. */
    readonly instead?: (field: PaperField) => Promise<boolean>
    /** Called after a field was typed and left; answers whether to stop there. */
    readonly after?: (field: PaperField) => Promise<boolean>
  } = {},
): Promise<void> {
  const { page } = typist
  const byName = new Map(fields.map((field) => [field.field, field]))
  const last = fields.at(-1)?.field
  for (let step = 0; step < 80; step += 1) {
    const focused = await readFocused(page)
    const field = byName.get(focused.field)
    if (!field) {
      await emptyField(typist, focused)
      await typist.press((await maySkip(page, byName)) ? 'F8' : 'Enter')
      await waitForOtherFocus(page, focused.id)
      continue
    }
    if (!(await hooks.instead?.(field))) {
      await typeField(typist, field, focused, byName)
      const isLast = field.field === last
      if (!isLast) await waitForOtherFocus(page, focused.id)
    }
    if ((await hooks.after?.(field)) === true || field.field === last) return
  }
  throw new Error(`the focus never came to ${String(last)}`)
}

/**
 * Whether F8, which goes to the next field that must be filled and is still empty, passes over nothing that needs a look:
 * every field on the way is right already, or is empty here and on the paper.
 */
async function maySkip(page: Page, byName: ReadonlyMap<string, PaperField>): Promise<boolean> {
  const onTheWay = await page.evaluate(() => {
    const current = document.activeElement
    const selector = 'input:not(:disabled), textarea:not(:disabled), [role="button"][aria-haspopup="dialog"]'
    const boxes = [...(current?.closest('form')?.querySelectorAll<HTMLElement>(selector) ?? [])]
    const behind = boxes.slice(boxes.indexOf(current as HTMLElement) + 1).map((box) => ({
      field: box.id.slice(box.id.lastIndexOf('-') + 1),
      text: box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement ? box.value : '',
      chips: box.closest('.box-several')?.querySelectorAll('.chip').length ?? 0,
      isRequired: box.getAttribute('aria-required') === 'true',
    }))
    const goal = behind.findIndex((box) => box.isRequired && box.text === '')
    return goal < 1 ? undefined : behind.slice(0, goal)
  })
  return (
    onTheWay?.every(({ field, text, chips }) => {
      const paper = byName.get(field)
      return paper === undefined ? text === '' && chips === 0 : isShown(paper, text)
    }) ?? false
  )
}

/** Takes out what was copied from the form before and does not stand on this paper. */
async function emptyField(typist: Typist, focused: Focused): Promise<void> {
  if (!focused.isSelected || focused.text === '') return
  for (let chip = 0; chip < focused.chips; chip += 1) await typist.press('Backspace')
  if (focused.chips === 0) await typist.press('Delete')
}

/** Waits until the focus has left the element: a look-up may have to wait for its answer first. */
async function waitForOtherFocus(page: Page, id: string): Promise<void> {
  await page.waitForFunction(
    (before) => document.activeElement?.id !== before && document.activeElement?.id !== '',
    id,
    {
      timeout: 5_000,
    },
  )
}

/**
 * Types what a dialog, a head or a row of conditions asks, from where the focus is to the last of the fields, which keeps the
 * focus. Fields on the way that are not given are passed by as they are.
 * @param key goes on to the next field
 */
export async function typeAsked(
  typist: Typist,
  fields: readonly PaperField[],
  key: 'Enter' | 'Tab' = 'Enter',
): Promise<void> {
  const { page } = typist
  for (const [index, field] of fields.entries()) {
    const id = await walkToField(typist, field.field, key)
    if (field.keys === null) {
      const { text } = await readFocused(page)
      if (!isShown(field, text))
        throw new Error(`${field.label} should hold ${field.paper}, but holds 「${text}」`)
    } else await typeOver(typist, field, field.keys)
    const isLast = index === fields.length - 1
    if (isLast && field.kind !== 'code' && field.kind !== 'reference') return
    await typist.press(key)
    if (!isLast) await waitForOtherFocus(page, id)
  }
}

/** Goes on until a field has the focus, typing nothing on the way; answers its id. */
export async function walkToField(typist: Typist, name: string, key: string): Promise<string> {
  for (let step = 0; step < 80; step += 1) {
    const { id, field } = await readFocused(typist.page)
    if (field === name) return id
    await typist.press(key)
    await waitForOtherFocus(typist.page, id)
  }
  throw new Error(`the focus never came to ${name}`)
}

async function typeOver(typist: Typist, field: PaperField, keys: string): Promise<void> {
  switch (field.kind) {
    case 'code':
      await typeUntilHighlighted(typist, keys, (name) => name === field.paper)
      return
    case 'reference': {
      const { title } = field.stored as { readonly title: string }
      await typeUntilHighlighted(typist, keys, (name) => sameName(name, title))
      return
    }
    default:
      await typist.press('Control+a')
      if (/^[\x20-\x7e]*$/.test(keys)) await typist.letters(keys)
      else await typist.freeText(keys)
  }
}

async function typeField(
  typist: Typist,
  field: PaperField,
  focused: Focused,
  byName: ReadonlyMap<string, PaperField>,
): Promise<void> {
  const leave = async (): Promise<void> => typist.press((await maySkip(typist.page, byName)) ? 'F8' : 'Enter')
  if (isShown(field, focused.text)) {
    await leave()
    return
  }
  if (field.keys === null) {
    // What the program fills may come a moment after the focus: a clerk's eyes wait for it too.
    for (let step = 0; step < 40; step += 1) {
      const { text } = await readFocused(typist.page)
      if (isShown(field, text)) {
        await leave()
        return
      }
      await typist.page.waitForTimeout(50)
    }
    throw new Error(`${field.label} should hold ${field.paper} already, but holds 「${focused.text}」`)
  }
  if (field.sameAsPrevious === true && field.keys.length > 2) {
    await typist.press('F4')
    const { text } = await readFocused(typist.page)
    if (isShown(field, text)) {
      await leave()
      return
    }
  }
  switch (field.kind) {
    case 'text':
      if (/^[\x20-\x7e]*$/.test(field.keys) && !isFreeText(field)) await typist.letters(field.keys)
      else await typist.freeText(field.keys)
      await leave()
      return
    case 'date':
    case 'integer':
    case 'decimal':
      await typist.letters(field.keys)
      await leave()
      return
    case 'code':
      await typeUntilHighlighted(typist, field.keys, (name) => name === field.paper)
      await leave()
      return
    case 'reference': {
      const { title } = field.stored as { readonly title: string }
      await typeUntilHighlighted(typist, field.keys, (name) => sameName(name, title))
      await leave()
      return
    }
    case 'codes': {
      // A name may have a 、 of its own.
      let rest = `${field.paper}、`
      for (const keys of field.keys.split(' ')) {
        const wanted = rest
        await typeUntilHighlighted(typist, keys, (name) => {
          const isWanted = name !== '' && wanted.startsWith(`${name}、`)
          if (isWanted) rest = wanted.slice(name.length + 1)
          return isWanted
        })
        await typist.press('Enter')
      }
      await leave()
      return
    }
    case 'list':
      throw new Error(`${field.label} is typed row by row by the caller`)
  }
}

const FREE_TEXT_FIELDS = new Set([
  'name',
  'formerName',
  'householdAddress',
  'remarks',
  'address',
  'principalName',
])

function isFreeText(field: PaperField): boolean {
  return FREE_TEXT_FIELDS.has(field.field)
}

/** Types letter by letter and stops as soon as the wanted entry is the highlighted one, as a clerk does who looks at the list. */
async function typeUntilHighlighted(
  typist: Typist,
  keys: string,
  isWanted: (name: string) => boolean,
): Promise<void> {
  let shown: Highlighted = { name: '', position: 0 }
  for (const letter of keys) {
    await typist.letters(letter)
    shown = await readHighlighted(typist.page, -1)
    if (isWanted(shown.name)) return
  }
  for (let step = 0; step < 30 && shown.position > 0; step += 1) {
    await typist.press('ArrowDown')
    shown = await readHighlighted(typist.page, shown.position)
    if (isWanted(shown.name)) return
  }
  throw new Error(`「${keys}」 does not bring the wanted entry; the list shows 「${shown.name}」`)
}
