import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type {
  ImportLine,
  ImportLineKind,
  ImportPreview,
} from '../../../src-shared/contract/dictionary-types.ts'
import type { CountOutput } from '../../../src-shared/contract/requests.ts'
import { applyDictionaryVersion, isSameEntry } from '../../../src-shared/dictionaries/apply-version.ts'
import { parseDictionaryCsv } from '../../../src-shared/dictionaries/parse-csv.ts'
import {
  dictionaryColumnLabels,
  dictionaryColumns,
  type DictionaryEntry,
} from '../../../src-shared/dictionaries/types.ts'
import type { ReadDatabase } from '../database/database.ts'
import { listStoredEntries, writeLocalEntry, type StoredEntry } from '../queries/dictionary-entries.ts'
import { actorOf, type Context } from './context.ts'
import {
  assertMayKeep,
  findCodeProblem,
  findEntryRefusal,
  findWordProblems,
  isNamesake,
  type EntriesStored,
} from './keep-dictionary.ts'
import { RequestRefusal } from './request-failure.ts'
import { writeAudit } from './write-audit.ts'

type Question = { readonly name: string; readonly path: string; readonly isComplete: boolean }

/** A file of more is no table of one district; reading it would hold up those who save. */
const MOST_BYTES = 4 * 1024 * 1024
const MOST_LINES = 20_000
/** Lines that a preview tells; all are counted. */
const TOLD_LINES = 500

/** Reads a file as clerks make them: UTF-8, Excel's Unicode, or the GBK of a Chinese Windows. */
export function decodeTable(bytes: Uint8Array): { readonly text: string; readonly encoding: string } {
  if (bytes[0] === 0xff && bytes[1] === 0xfe)
    return { text: new TextDecoder('utf-16le').decode(bytes), encoding: 'UTF-16' }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'UTF-8' }
  } catch {
    return { text: new TextDecoder('gb18030').decode(bytes), encoding: 'GBK' }
  }
}

/** What the file would do, line by line. @throws RequestRefusal where it cannot be read */
export async function previewImport(context: Context, question: Question): Promise<ImportPreview> {
  assertMayKeep(context, question.name)
  const { text, encoding, hash } = await readTable(question.path)
  const { lines, counts } = judge(context, context.store.read, question, text)
  return { hash, encoding, counts, lines: lines.slice(0, TOLD_LINES) }
}

/** Writes what the preview showed in one transaction. @throws RequestRefusal where the file is another one by now */
export async function importEntries(
  context: Context,
  told: EntriesStored,
  question: Question & { readonly hash: string },
): Promise<CountOutput> {
  const { name } = question
  const { text, hash } = await readTable(question.path)
  if (hash !== question.hash)
    throw new RequestRefusal('changedMeanwhile', '文件在预览之后改动过,没有导入。请重新选择文件预览。')
  const { savedAt, codes, areNew } = await context.store.write((database) => {
    assertMayKeep(context, name)
    const { written, counts } = judge(context, database, question, text)
    if (written.length === 0) throw new RequestRefusal('notPossible', '文件中没有可导入的内容,字典没有改动。')
    for (const entry of written) writeLocalEntry(database, name, entry)
    const { added, changed, retired, refused } = counts
    writeAudit(database, actorOf(context), 'dictionary.imported', '', '', {
      dictionary: name,
      added,
      changed,
      retired,
      refused,
    })
    return {
      savedAt: context.clock.now(),
      codes: written.map(({ code }) => code),
      areNew: changed === 0 && retired === 0,
    }
  })
  await told(name, codes, areNew)
  return { count: codes.length, savedAt }
}

async function readTable(
  path: string,
): Promise<{ readonly text: string; readonly encoding: string; readonly hash: string }> {
  let bytes: Buffer
  try {
    const { size } = await stat(path)
    if (size > MOST_BYTES)
      throw new RequestRefusal('notPossible', '文件超过 4 MB,不能一次导入。请分成几个文件,分别导入。')
    bytes = await readFile(path)
  } catch (error) {
    if (error instanceof RequestRefusal) throw error
    throw new RequestRefusal('notFound', '文件无法读取。请确认文件还在、没有被其他程序占用,再选一次。')
  }
  return { ...decodeTable(bytes), hash: createHash('sha256').update(bytes).digest('hex') }
}

type Judgement = {
  readonly written: readonly DictionaryEntry[]
  /** Refused ones first, then in the order of the file. */
  readonly lines: readonly ImportLine[]
  readonly counts: ImportPreview['counts']
}

function judge(context: Context, read: ReadDatabase, question: Question, text: string): Judgement {
  const { name } = question
  const parsed = parseDictionaryCsv(text)
  if (parsed.entries.length + parsed.problems.length > MOST_LINES)
    throw new RequestRefusal(
      'notPossible',
      `文件超过 ${MOST_LINES} 行,不能一次导入。请分成几个文件,分别导入。`,
    )
  const today = context.clock.today()
  const stored = new Map(listStoredEntries(read, name).map((entry) => [entry.code, entry]))
  const refused: ImportLine[] = parsed.problems.map(({ line, message }) => ({
    kind: 'refused',
    line,
    code: '',
    name: '',
    // The line has a column of its own.
    detail: message.replace(/^第\d+行/, ''),
  }))
  const lineOf = new Map<string, number>()
  const names = namesInForce(stored.values())
  const good: DictionaryEntry[] = []
  /** Codes of refused lines: a line that is wrong retires nothing. */
  const named = new Set<string>()
  for (const [index, entry] of parsed.entries.entries()) {
    const line = parsed.lines[index] ?? 0
    named.add(entry.code)
    const problem = findLineProblem(context, name, entry, stored.get(entry.code), names, today)
    if (problem === undefined) {
      lineOf.set(entry.code, line)
      good.push(entry)
      noteName(names, entry)
    } else refused.push({ kind: 'refused', line, code: entry.code, name: entry.name, detail: problem })
  }
  const own = [...stored.values()].filter(({ origin }) => origin === 'local').map(entryOf)
  const difference = applyDictionaryVersion(own, good, today)
  const retired = question.isComplete
    ? difference.retired.filter(({ before }) => !named.has(before.code))
    : []
  // The same as what stands here from elsewhere is no line of the clerk's.
  const added = difference.added.filter(({ code }) => !stored.has(code))
  const changed = [
    ...added.map((entry): ImportLine => lineFor('added', lineOf.get(entry.code) ?? null, entry, '')),
    ...difference.changed.map(({ before, after }) =>
      lineFor('changed', lineOf.get(after.code) ?? null, after, describeChange(before, after)),
    ),
  ].sort((left, right) => (left.line ?? 0) - (right.line ?? 0))
  return {
    written: [
      ...added,
      ...difference.changed.map(({ after }) => after),
      ...retired.map(({ after }) => after),
    ],
    lines: [
      ...refused.sort((left, right) => (left.line ?? 0) - (right.line ?? 0)),
      ...changed,
      ...retired.map(({ after }) =>
        lineFor('retired', null, after, `文件中没有,最后使用日期 ${after.validTo ?? ''}`),
      ),
    ],
    counts: {
      added: added.length,
      changed: difference.changed.length,
      retired: retired.length,
      refused: refused.length,
      same: good.length - added.length - difference.changed.length,
    },
  }
}

/** Entries by name, for the check that no name is given twice. */
type Names = Map<string, DictionaryEntry[]>

function namesInForce(entries: Iterable<DictionaryEntry>): Names {
  const names: Names = new Map()
  for (const entry of entries) noteName(names, entry)
  return names
}

/** A line takes the place of what stood under its code. */
function noteName(names: Names, entry: DictionaryEntry): void {
  const others = (names.get(entry.name) ?? []).filter(({ code }) => code !== entry.code)
  names.set(entry.name, [...others, entry])
}

function findLineProblem(
  context: Context,
  name: string,
  entry: DictionaryEntry,
  stored: StoredEntry | undefined,
  names: Names,
  today: string,
): string | undefined {
  const refusal = stored && findEntryRefusal(stored.origin)
  if (stored && typeof refusal === 'string' && !isSameEntry(entryOf(stored), entry)) return refusal
  const first = [...findCodeProblem(entry.code), ...findWordProblems(context, name, entry)][0]
  if (first) return first.message
  if (entry.validTo !== null && entry.validTo < today) return undefined
  const other = names.get(entry.name)?.find((each) => isNamesake(entry, each, today))
  return other && `名称「${entry.name}」与代码 ${other.code} 的条目同名,未导入!`
}

function entryOf({ code, name, parent, mnemonic, validFrom, validTo }: DictionaryEntry): DictionaryEntry {
  return { code, name, parent, mnemonic, validFrom, validTo }
}

function lineFor(
  kind: ImportLineKind,
  line: number | null,
  entry: DictionaryEntry,
  detail: string,
): ImportLine {
  return { kind, line, code: entry.code, name: entry.name, detail }
}

/** 「名称:东风路→东风大道;…」 */
function describeChange(before: DictionaryEntry, after: DictionaryEntry): string {
  return dictionaryColumns
    .filter((column) => before[column] !== after[column])
    .map((column) => `${dictionaryColumnLabels[column]}:${before[column] ?? '空'}→${after[column] ?? '空'}`)
    .join(';')
}
