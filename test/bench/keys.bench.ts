import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { v7 as uuidv7 } from 'uuid'
import { readPaperForms, type PaperForm } from '../../tools/demo/paper-form.ts'
import { ask, typeMorning } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'
import { openBenchWindow } from './plain-form/bench-window.ts'
import { servePlainForm } from './plain-form/plain-form-server.ts'
import { typePlainForm } from './plain-form/plain-form-typist.ts'
import { listPlainOptions } from './plain-form/plain-options.ts'
import { printTable } from './print-table.ts'

/**
 * Keys per record: the invented paper forms typed in the client, and in a plain antd form of the same fields, each in a
 * real window and compared with the paper after saving. See docs/benchmarks/keys.md for the rules of counting.
 */

type Count = { readonly form: PaperForm; readonly keys: number }

/**
 * The pile without its incidents, which a plain form has no answer to and which would blur the count: the wrong check
 * digit is typed right at once, nobody pulls the plug, the duplicate is left out, and the new employer is there already.
 */
function withoutIncidents(forms: readonly PaperForm[]): readonly PaperForm[] {
  return forms
    .filter((form) => form.duplicateOf === null)
    .map((form) => ({ ...form, slip: null, interruptedAfter: null, nested: null }))
}

async function countInClient(
  pile: readonly PaperForm[],
  withNested: readonly PaperForm[],
): Promise<readonly Count[]> {
  const client = await openClient()
  const { page } = client
  try {
    await ask(page, 'demo.load', {})
    for (const { nested } of withNested) {
      if (nested === null) continue
      const values = Object.fromEntries(
        nested.fields.map((field) => [field.field, storedValue(field.stored)]),
      )
      await ask(page, 'employer.save', { id: uuidv7(), revision: 0, values, draftId: null })
    }
    const { settings } = await ask(page, 'app.state', {})
    await ask(page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
  } finally {
    await client.close()
  }
  const again = await openClient({ dataFolder: client.dataFolder })
  try {
    const { typed } = await typeMorning(again, pile)
    for (const { form, id } of typed) if (id !== null) await compareStored(again.page, form, id)
    return typed.map(({ form, count }) => ({ form, keys: count.keys }))
  } finally {
    await again.close()
  }
}

/** Keys are only counted for a record that is the paper's. @throws when a field was stored as something else */
async function compareStored(page: Page, form: PaperForm, id: string): Promise<void> {
  const { values } = await ask(page, 'record.get', { register: 'resident', id, purpose: 'show' })
  for (const { field, label, stored } of form.fields) {
    const wanted = typeof stored === 'object' && 'demoId' in stored ? stored.demoId : stored
    // The employer that a form registers on the way has an id of its own here.
    if (wanted === null && values[field] !== null) continue
    if (JSON.stringify(values[field]) !== JSON.stringify(wanted)) {
      throw new Error(
        `form ${String(form.number)}: ${label} became ${JSON.stringify(values[field])}, not ${JSON.stringify(wanted)}`,
      )
    }
  }
  const named = new Set(form.fields.map((each) => each.field))
  const extra = Object.entries(values).find(
    ([field, value]) => !named.has(field) && value !== null && !(Array.isArray(value) && value.length === 0),
  )
  if (extra) throw new Error(`form ${String(form.number)}: ${extra[0]} is not on the paper, but was stored`)
}

function storedValue(stored: PaperForm['fields'][number]['stored']): string | number | null {
  if (typeof stored === 'string' || typeof stored === 'number') return stored
  return 'demoId' in stored ? stored.demoId : null
}

async function countInPlainForm(
  pile: readonly PaperForm[],
  all: readonly PaperForm[],
): Promise<{ readonly typed: readonly Count[]; readonly kindest: readonly Count[] }> {
  const options = listPlainOptions(all)
  const server = await servePlainForm(options)
  const window = await openBenchWindow(server.url)
  try {
    const typed: Count[] = []
    const kindest: Count[] = []
    for (const form of pile) {
      const count = await typePlainForm(window.page, form, options)
      typed.push({ form, keys: count.keys })
      kindest.push({ form, keys: count.kindestKeys })
    }
    return { typed, kindest }
  } finally {
    await window.close()
    server.stop()
  }
}

function keysOf(counts: readonly Count[], isFurtherMember: boolean): readonly number[] {
  return counts.filter(({ form }) => form.isFurtherMember === isFurtherMember).map(({ keys }) => keys)
}

function mean(figures: readonly number[]): number {
  return figures.reduce((sum, each) => sum + each, 0) / figures.length
}

function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

const forms = readPaperForms(join(import.meta.dirname, '..', 'fixtures', 'forms'))
const pile = withoutIncidents(forms)
const ours = await countInClient(pile, forms)
const plain = await countInPlainForm(pile, forms)

const rows = [false, true].map((isFurtherMember) => {
  const our = keysOf(ours, isFurtherMember)
  const peer = keysOf(plain.typed, isFurtherMember)
  const kind = keysOf(plain.kindest, isFurtherMember)
  return [
    isFurtherMember ? 'further household member' : 'first member, or a person alone',
    String(our.length),
    `${mean(our).toFixed(1)} / ${median(our).toFixed(0)}`,
    `${mean(peer).toFixed(1)} / ${median(peer).toFixed(0)}`,
    `${(mean(peer) / mean(our)).toFixed(2)}×`,
    `${mean(kind).toFixed(1)} / ${median(kind).toFixed(0)}`,
    `${(mean(kind) / mean(our)).toFixed(2)}×`,
  ]
})
printTable('Keys per record, mean / median', [
  ['record', 'forms', 'client', 'plain antd', 'ratio', 'plain antd, kindest', 'ratio'],
  ...rows,
])
console.log(
  [
    'Counted on both sides: every key but the letters of free text (names, addresses, remarks); a chord counts as its keys.',
    'Plain antd: Tab between fields; DatePicker YYYY-MM-DD; in a Select the label from its beginning as far as it pays, Chinese',
    'text as whole pinyin and one key to confirm it, then the shorter way by ArrowDown or ArrowUp, Enter. Kindest: any part of the',
    'label, and an input method that guesses every word from its initials at once.',
  ].join('\n'),
)
