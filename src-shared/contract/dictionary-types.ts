/** Shapes of the page 字典管理. Plain data only. */

/** Where an entry comes from: a file of the program, the server, the clerk (单机模式) or 演示数据. */
export type EntryOrigin = 'program' | 'server' | 'local' | 'demo'

/** One dictionary with what is known of it. */
export type DictionarySummary = {
  readonly name: string
  /** Chinese. */
  readonly label: string
  /** Pinyin initials of the label, by every reading. */
  readonly initials: readonly string[]
  /** Retired entries included. */
  readonly entryCount: number
  /** Entries that are not in force today. */
  readonly retiredCount: number
  /** The file of the program, if one carries it; `standard` null where the project has written the table. */
  readonly file: { readonly standard: string | null; readonly edition: string } | null
  /** What the server has sent of it: its version, and when it was complete here (UTC ms; null where not known). */
  readonly server: { readonly version: number; readonly fetchedAt: number | null } | null
  readonly localCount: number
  readonly demoCount: number
  /** 「流动人员—民族、…」 */
  readonly uses: string
  /** The Chinese name of the dictionary its parents are in, where that is another one. */
  readonly parentLabel: string | null
  /** Why entries cannot be changed on this machine and who keeps them; null where the clerk may. */
  readonly refusal: string | null
}

/** One entry as the list shows it. */
export type DictionaryRow = {
  readonly code: string
  readonly name: string
  readonly initials: string
  readonly parentCode: string
  readonly parentName: string
  readonly mnemonic: string
  /** `YYYY-MM-DD`, or empty. */
  readonly validFrom: string
  readonly validTo: string
  /** Whether the code may be given today. */
  readonly isInForce: boolean
  readonly origin: EntryOrigin
}

/** `isCut`: very many fit the text, and only the best 200 are listed. */
export type DictionaryRows = {
  readonly rows: readonly DictionaryRow[]
  readonly total: number
  readonly isCut: boolean
}

export type DictionaryEntryDetail = {
  readonly row: DictionaryRow
  /** Names from the top down to the entry. */
  readonly path: readonly string[]
  /** Initials by every reading. */
  readonly initials: readonly string[]
  /** Why this entry cannot be changed here; null where the clerk may. */
  readonly refusal: string | null
}

/** How many records hold a code in a field; null where that is not counted. */
export type EntryUse = {
  readonly register: string
  readonly label: string
  readonly count: number | null
}

/** What a line of a file does. */
export type ImportLineKind = 'added' | 'changed' | 'retired' | 'refused'

export type ImportLine = {
  readonly kind: ImportLineKind
  /** Line of the file; null for an entry that the file lacks. */
  readonly line: number | null
  readonly code: string
  readonly name: string
  /** What changes, or why the line is refused. */
  readonly detail: string
}

/** What a file would do to a dictionary, before anything is written. */
export type ImportPreview = {
  /** SHA-256 of the file: what is written is what was shown. */
  readonly hash: string
  readonly encoding: string
  readonly counts: Readonly<Record<ImportLineKind | 'same', number>>
  /** Refused lines first; at most 500. */
  readonly lines: readonly ImportLine[]
}

/** Entries made on this machine, by dictionary. */
export type LocalEntries = readonly { readonly label: string; readonly count: number }[]
