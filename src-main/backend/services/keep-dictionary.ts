import type { EntryOrigin } from '../../../src-shared/contract/dictionary-types.ts'
import type { CountOutput } from '../../../src-shared/contract/requests.ts'
import { isValidAt } from '../../../src-shared/dictionaries/resolve.ts'
import {
  dictionaryLabelOf,
  isKeptDictionary,
  parentDictionaryOf,
} from '../../../src-shared/dictionaries/tables.ts'
import type { DictionaryEntry } from '../../../src-shared/dictionaries/types.ts'
import { compactCode, normaliseLine } from '../../../src-shared/values/text.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import {
  findLastNumber,
  findStoredEntry,
  listNamesakes,
  writeLocalEntry,
  type StoredEntry,
} from '../queries/dictionary-entries.ts'
import { actorOf, type Context } from './context.ts'
import { RequestRefusal, refuseByRules } from './request-failure.ts'
import { readSettings } from './settings.ts'
import { writeAudit, type AuditAct } from './write-audit.ts'

/**
 * Told after a commit which entries were added or changed, so that the next key finds them so. `isNew`: no record can
 * hold them yet.
 */
export type EntriesStored = (name: string, codes: readonly string[], isNew: boolean) => Promise<void>

const LONGEST_CODE = 20
const LONGEST_NAME = 60
const LONGEST_MNEMONIC = 20

/** Why entries of a dictionary are not changed on this machine, and who keeps them; null where the clerk may. */
export function findKeepingRefusal(context: Context, name: string): string | null {
  if (!isKeptDictionary(name)) return '各站一致的代码表,随程序更新,本机不能更改。'
  const { server } = readSettings(context.store.read)
  if (server.isEnabled && server.host !== '')
    return '字典由服务器下发,由管理员在服务器上维护,本机不能更改。按 F9 同步,取得最新的。'
  if (context.account()?.role === 'viewer') return '查询员账号只能查看,不能更改字典。'
  return null
}

/** Why one entry is not changed here though its dictionary may be; null where the clerk may. */
export function findEntryRefusal(origin: EntryOrigin): string | null {
  switch (origin) {
    case 'local':
      return null
    case 'server':
      return '该条目由服务器下发,本机不能更改。需要其他条目时请新增。'
    case 'demo':
      return '该条目是演示数据,移除演示数据时一并移除,不能更改。'
    case 'program':
      return '该条目随程序更新,本机不能更改。'
  }
}

/** @throws RequestRefusal `notAllowed` for a viewer, `notPossible` else */
export function assertMayKeep(context: Context, name: string): void {
  const refusal = findKeepingRefusal(context, name)
  if (refusal === null) return
  throw new RequestRefusal(context.account()?.role === 'viewer' ? 'notAllowed' : 'notPossible', refusal)
}

/**
 * A code that no other store and no server gives: L, four signs of this store's id, a number. So an entry made here never
 * means another one after the machine has joined a server.
 */
export function proposeCode(context: Context, name: string): { readonly code: string } {
  assertMayKeep(context, name)
  return { code: nextCode(context, context.store.read, name) }
}

function nextCode(context: Context, read: ReadDatabase, name: string): string {
  const prefix = `L${context.replicaId.replaceAll('-', '').slice(-4).toUpperCase()}`
  return `${prefix}${String(findLastNumber(read, name, prefix) + 1).padStart(4, '0')}`
}

type Words = {
  readonly entryName: string
  readonly parentCode: string | null
  readonly mnemonic: string
}

/** 新增条目. @throws RequestRefusal `ruleBroken` with the field it concerns */
export async function addEntry(
  context: Context,
  told: EntriesStored,
  input: Words & { readonly name: string; readonly code: string; readonly validFrom: string | null },
): Promise<CountOutput & { readonly code: string }> {
  const { name } = input
  return write(context, told, { name, isNew: true }, (database) => {
    const entry: DictionaryEntry = {
      code: compactCode(input.code) || nextCode(context, database, name),
      ...readWords(input),
      validFrom: input.validFrom,
      validTo: null,
    }
    const breaches = [...findCodeProblem(entry.code), ...findWordProblems(context, name, entry)]
    const known = findStoredEntry(database, name, entry.code) ?? context.dictionaries.find(name, entry.code)
    if (known)
      breaches.push({ field: 'code', message: `代码「${entry.code}」已是「${known.name}」的代码,请换一个!` })
    breaches.push(...findNamesakeProblem(database, name, entry, context.clock.today()))
    if (breaches.length > 0) throw refuseByRules(breaches)
    writeLocalEntry(database, name, entry)
    audit(context, database, 'dictionary.entryAdded', name, entry.code, { name: entry.name })
    return entry.code
  })
}

/** 更正: a typing error put right. A code has one name for all days; what it was called before stays in the log. */
export async function correctEntry(
  context: Context,
  told: EntriesStored,
  input: Words & { readonly name: string; readonly code: string },
): Promise<CountOutput> {
  const { name, code } = input
  return write(context, told, { name, isNew: false }, (database) => {
    const before = getOwn(database, name, code)
    const entry = { ...before, ...readWords(input) }
    const breaches = [
      ...findWordProblems(context, name, entry),
      ...findNamesakeProblem(database, name, entry, context.clock.today()),
    ]
    if (breaches.length > 0) throw refuseByRules(breaches)
    writeLocalEntry(database, name, entry)
    audit(context, database, 'dictionary.entryCorrected', name, code, {
      name: entry.name,
      ...(before.name === entry.name ? {} : { nameBefore: before.name }),
      ...(before.parent === entry.parent ? {} : { parentBefore: before.parent, parent: entry.parent }),
    })
    return code
  })
}

/** 停用: the entry is not offered after its last day. Records that hold it keep it. */
export async function retireEntry(
  context: Context,
  told: EntriesStored,
  input: { readonly name: string; readonly code: string; readonly lastDay: string },
): Promise<CountOutput> {
  const { name, code, lastDay } = input
  return write(context, told, { name, isNew: false }, (database) => {
    const entry = getOwn(database, name, code)
    if (entry.validTo !== null)
      throw new RequestRefusal(
        'notPossible',
        `「${entry.name}」已停用,最后使用日期 ${entry.validTo}。要改日期,请先恢复使用。`,
      )
    if (entry.validFrom !== null && lastDay < entry.validFrom)
      throw refuseByRules([
        { field: 'lastDay', message: `最后使用日期:不能早于启用日期 ${entry.validFrom}!` },
      ])
    writeLocalEntry(database, name, { ...entry, validTo: lastDay })
    audit(context, database, 'dictionary.entryRetired', name, code, { name: entry.name, lastDay })
    return code
  })
}

/** 恢复使用. @throws RequestRefusal where its name has been given to another entry meanwhile */
export async function reinstateEntry(
  context: Context,
  told: EntriesStored,
  input: { readonly name: string; readonly code: string },
): Promise<CountOutput> {
  const { name, code } = input
  return write(context, told, { name, isNew: false }, (database) => {
    const entry = getOwn(database, name, code)
    if (entry.validTo === null)
      throw new RequestRefusal('notPossible', `「${entry.name}」没有停用,不必恢复。`)
    const next = { ...entry, validTo: null }
    const [breach] = findNamesakeProblem(database, name, next, context.clock.today())
    if (breach) throw new RequestRefusal('notPossible', breach.message)
    writeLocalEntry(database, name, next)
    audit(context, database, 'dictionary.entryReinstated', name, code, { name: entry.name })
    return code
  })
}

/** One act on an entry, whose code it answers: allowed, written, audited, and found by the next key. */
async function write(
  context: Context,
  told: EntriesStored,
  what: { readonly name: string; readonly isNew: boolean },
  act: (database: WriteDatabase) => string,
): Promise<CountOutput & { readonly code: string }> {
  const { code, savedAt } = await context.store.write((database) => {
    assertMayKeep(context, what.name)
    return { code: act(database), savedAt: context.clock.now() }
  })
  await told(what.name, [code], what.isNew)
  return { count: 1, savedAt, code }
}

/** An entry that the clerk may change. */
function getOwn(database: ReadDatabase, name: string, code: string): StoredEntry {
  const entry = findStoredEntry(database, name, code)
  if (!entry)
    throw new RequestRefusal(
      'notFound',
      `字典「${dictionaryLabelOf(name)}」中没有代码「${code}」,请刷新后重试。`,
    )
  const refusal = findEntryRefusal(entry.origin)
  if (refusal !== null) throw new RequestRefusal('notPossible', refusal)
  return entry
}

function readWords(input: Words): Pick<DictionaryEntry, 'name' | 'parent' | 'mnemonic'> {
  const mnemonic = compactCode(input.mnemonic)
  return {
    name: normaliseLine(input.entryName),
    parent: input.parentCode,
    mnemonic: mnemonic === '' ? null : mnemonic,
  }
}

type Breach = { readonly field: string; readonly message: string }

/** What is wrong with a code that a clerk gives. */
export function findCodeProblem(code: string): Breach[] {
  if (code === '') return [{ field: 'code', message: '代码,必须录入,不能为空!' }]
  return /^[0-9A-Za-z-]+$/.test(code) && code.length <= LONGEST_CODE
    ? []
    : [{ field: 'code', message: `代码:只能用字母、数字和连字符,最多 ${LONGEST_CODE} 位!` }]
}

/** What is wrong with the words of an entry. */
export function findWordProblems(
  context: Context,
  dictionary: string,
  entry: Pick<DictionaryEntry, 'code' | 'name' | 'parent' | 'mnemonic'>,
): Breach[] {
  const breaches: Breach[] = []
  const parentDictionary = parentDictionaryOf(dictionary)
  if (entry.name === '') breaches.push({ field: 'entryName', message: '名称,必须录入,不能为空!' })
  else if ([...entry.name].length > LONGEST_NAME)
    breaches.push({ field: 'entryName', message: `名称:最多 ${LONGEST_NAME} 个字!` })
  if ((entry.mnemonic ?? '').length > LONGEST_MNEMONIC)
    breaches.push({ field: 'mnemonic', message: `助记码:最多 ${LONGEST_MNEMONIC} 位!` })
  if (entry.parent !== null && !context.dictionaries.hasCode(parentDictionary, entry.parent))
    breaches.push({
      field: 'parentCode',
      message: `上级:${dictionaryLabelOf(parentDictionary)}字典中没有代码「${entry.parent}」!`,
    })
  return breaches
}

/**
 * A name that is in force already, or will be, is not given twice: a list that shows it twice asks the clerk to guess. Two
 * parents that differ tell two entries apart; one without a parent is everywhere.
 */
export function isNamesake(
  entry: Pick<DictionaryEntry, 'code' | 'name' | 'parent'>,
  other: DictionaryEntry,
  today: string,
): boolean {
  const isOver = other.validTo !== null && other.validTo < today
  const areApart = entry.parent !== null && other.parent !== null && entry.parent !== other.parent
  return other.code !== entry.code && other.name === entry.name && !isOver && !areApart
}

function findNamesakeProblem(
  database: ReadDatabase,
  dictionary: string,
  entry: DictionaryEntry,
  today: string,
): Breach[] {
  const other = listNamesakes(database, dictionary, entry.name).find((each) => isNamesake(entry, each, today))
  if (!other) return []
  const when = isValidAt(other, today) ? '已有' : `将于 ${other.validFrom ?? ''} 启用`
  return [
    {
      field: 'entryName',
      message: `名称:${when}同名的「${other.name}」(代码 ${other.code}),请直接使用,或写出区别!`,
    },
  ]
}

function audit(
  context: Context,
  database: WriteDatabase,
  act: AuditAct,
  dictionary: string,
  code: string,
  detail: Readonly<Record<string, unknown>>,
): void {
  writeAudit(database, actorOf(context), act, '', '', { dictionary, code, ...detail })
}
