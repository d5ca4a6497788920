import { displayValue } from '../../src-shared/fields/display.ts'
import {
  isEmptyValue,
  type CodeField,
  type CodesField,
  type ReferenceField,
  type ReferencesField,
  type BooleanField,
} from '../../src-shared/fields/field.ts'
import type { LookupEntry, LookupPage, LookupSource } from '../../src-shared/contract/types.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { call } from '../client/call.ts'
import type { FormStore } from './form-store.ts'
import type { LookupSearch } from './lookup-list.ts'

/** Fields that are filled from a list. */
export type ListedField = CodeField | CodesField | ReferenceField | ReferencesField | BooleanField

/** Where the entries of a field come from; null for a boolean, whose two entries are known here. */
export function lookupSourceOf(field: ListedField): LookupSource | null {
  switch (field.kind) {
    case 'code':
    case 'codes':
      return { kind: 'dictionary', name: field.dictionary }
    case 'reference':
    case 'references':
      return { kind: 'register', name: field.register }
    case 'boolean':
      return null
  }
}

const BOOLEAN_ENTRIES: readonly (LookupEntry & { readonly keys: readonly string[] })[] = [
  { code: '1', name: '是', parentPath: '', ranges: [], keys: ['1', 'y', 's', 'shi', '是'] },
  { code: '0', name: '否', parentPath: '', ranges: [], keys: ['0', 'n', 'f', 'fou', '否'] },
]

/**
 * The search of a field's list. `parentField` narrows it to entries below that field's present value; entries below
 * `preferredParent` come first among those that fit equally well: a paper from elsewhere is found all the same.
 */
export function lookupSearchOf(
  store: FormStore,
  field: ListedField,
  parentField: string | undefined,
  preferredParent?: () => string | null,
): LookupSearch {
  const source = lookupSourceOf(field)
  if (!source) return (query) => Promise.resolve(searchBoolean(query))
  /** Whether anything stands below a parent: a table whose entries name no parent is offered whole. */
  const narrows = new Map<string, Promise<boolean>>()
  function hasEntriesBelow(from: LookupSource, parent: string): Promise<boolean> {
    const known =
      narrows.get(parent) ??
      call('lookup.search', { source: from, query: '', offset: 0, limit: 1, parent }).then(
        ({ total }) => total > 0,
      )
    narrows.set(parent, known)
    return known
  }
  return async (query, offset, limit) => {
    const preferred = preferredParent?.() ?? null
    const value = parentField === undefined ? null : store.read(parentField).value
    const parent =
      typeof value === 'string' && value !== '' && (await hasEntriesBelow(source, value)) ? value : undefined
    const page = await call('lookup.search', {
      source,
      query: query.slice(0, 200),
      offset,
      limit,
      // A street without a community is offered in every one.
      ...(parent === undefined ? {} : { parent, orWithoutParent: true }),
      ...(preferred === null ? {} : { preferredParent: preferred }),
    })
    return wholePage(page, offset, limit)
  }
}

/** A first page that is not full is all there is. */
function wholePage(page: LookupPage, offset: number, limit: number): LookupPage {
  return offset === 0 && page.entries.length < limit
    ? { ...page, total: page.entries.length, isTotalExact: true }
    : page
}

function searchBoolean(query: string): LookupPage {
  const entries = BOOLEAN_ENTRIES.filter(({ keys }) =>
    keys.some((key) => key.startsWith(query.toLowerCase())),
  )
  return { entries, total: entries.length, isTotalExact: true }
}

/** Notes that an entry was taken. Never awaited: a lost note costs one place in the ranking. */
export function noteTaken(source: LookupSource | null, code: string): void {
  if (source) call('lookup.taken', { source, code }).catch(() => undefined)
}

/** The names of codes by code; unknown codes are left out. */
export async function readLabels(
  source: LookupSource,
  codes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (codes.length === 0) return new Map()
  const entries = await call('lookup.entries', { source, codes: [...codes] })
  return new Map(entries.map((entry) => [entry.code, entry.name]))
}

/** The texts of a referenced record's fields that are shown beside the reference. */
export async function readShown(
  field: ReferenceField,
  id: string,
): Promise<Readonly<Record<string, string>>> {
  const record = await call('record.get', { register: field.register, id, purpose: 'show' })
  const { fields } = getRegister(field.register)
  return Object.fromEntries(
    field.shows.map((name) => {
      const shownField = fields[name]
      const value = record.values[name]
      if (!shownField || isEmptyValue(value)) return [name, '']
      return [name, record.labels[name] ?? displayValue(shownField, value, (_field, code) => code)]
    }),
  )
}
