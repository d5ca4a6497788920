/**
 * One row of a code table (字典). The columns are those of every `dictionaries/<name>.csv`.
 *
 * Codes are retired, never removed: a record keeps the code it was given and resolves it at its own date.
 * Days are `YYYY-MM-DD` text. Both ends are inclusive; `null` means "no limit known".
 */
export interface DictionaryEntry {
  /** The coded value, unique inside its table. */
  readonly code: string
  /** The name a clerk reads and types. */
  readonly name: string
  /** Code of the entry above it in the same table, or `null` at the top. */
  readonly parent: string | null
  /** 助记码: extra letters that find the entry, or `null`. */
  readonly mnemonic: string | null
  /** First day on which the code may be given, or `null`. */
  readonly validFrom: string | null
  /** Last day on which the code may be given, or `null` while it is in use. */
  readonly validTo: string | null
}

/** The header line of every dictionary file, in this order. */
export const dictionaryColumns = ['code', 'name', 'parent', 'mnemonic', 'validFrom', 'validTo'] as const

/** The same in the words of a clerk, who writes such a file in a spreadsheet. */
export const dictionaryColumnLabels: Readonly<Record<(typeof dictionaryColumns)[number], string>> = {
  code: '代码',
  name: '名称',
  parent: '上级',
  mnemonic: '助记码',
  validFrom: '启用日期',
  validTo: '停用日期',
}

/** One line of a dictionary file that could not be loaded. */
export interface DictionaryProblem {
  /** Line number in the file, counted from 1 (the header is line 1). */
  readonly line: number
  /** What is wrong with the line, for the clerk. */
  readonly message: string
}
