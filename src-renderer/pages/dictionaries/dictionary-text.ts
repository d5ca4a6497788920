import type {
  DictionaryRow,
  DictionarySummary,
  EntryOrigin,
  EntryUse,
  ImportPreview,
} from '../../../src-shared/contract/dictionary-types.ts'
import { formatInstant } from '../../components/format-time.ts'

/** Where an entry comes from, in a word. */
export const originLabels: Readonly<Record<EntryOrigin, string>> = {
  program: '随程序',
  server: '服务器',
  local: '本机',
  demo: '演示',
}

const numberOf = (count: number): string => count.toLocaleString('zh-CN')

/** The source of a dictionary in the narrow list. */
export function shortSource(summary: DictionarySummary): string {
  if (summary.server) return `服务器 第${summary.server.version}版`
  if (summary.file) return summary.file.standard ?? '随程序'
  if (summary.localCount > 0) return '本机'
  return summary.demoCount > 0 ? '演示' : '—'
}

/** 「随程序,GB/T 3304(1991)」, 「服务器下发,第3版,今天 09:30 取得」, 「本机新增 2 条」. */
export function sourceText(summary: DictionarySummary, today: string): string {
  const { file, server, localCount, demoCount } = summary
  const parts: string[] = []
  if (file) {
    const edition =
      file.standard === null ? `居服通编制,第${file.edition}版` : `${file.standard}(${file.edition})`
    parts.push(`随程序,${edition}`)
  }
  if (server) {
    const fetched = server.fetchedAt === null ? '' : `,${formatInstant(server.fetchedAt, today)} 取得`
    parts.push(`服务器下发,第${server.version}版${fetched}`)
  }
  if (localCount > 0) parts.push(`本机新增 ${numberOf(localCount)} 条`)
  if (demoCount > 0) parts.push(`演示数据 ${numberOf(demoCount)} 条`)
  return parts.length === 0 ? '还没有条目' : parts.join(';')
}

/** 「7,817 条,其中停用 3,704 条」 */
export function countText({ entryCount, retiredCount }: DictionarySummary): string {
  const retired = retiredCount === 0 ? '' : `,其中停用 ${numberOf(retiredCount)} 条`
  return `${numberOf(entryCount)} 条${retired}`
}

/** The dictionaries whose name, initials or technical name have the text; all for none. */
export function findDictionaries(
  summaries: readonly DictionarySummary[],
  typed: string,
): readonly DictionarySummary[] {
  const text = typed.trim().toLowerCase()
  if (text === '') return summaries
  return summaries.filter(
    ({ label, initials, name }) =>
      label.includes(text) || name.includes(text) || initials.some((each) => each.includes(text)),
  )
}

/** What stands in a cell of the list of entries. */
export function entryCellText(row: DictionaryRow, column: string): string {
  switch (column) {
    case 'code':
      return row.code
    case 'name':
      return row.name
    case 'initials':
      return row.initials
    case 'parent':
      return row.parentName
    case 'validFrom':
      return row.validFrom
    case 'validTo':
      return row.validTo
    case 'origin':
      return originLabels[row.origin]
    default:
      return ''
  }
}

/** 「房屋—街(路巷) 12 条;…」; what is not counted is said so. */
export function usesText(uses: readonly EntryUse[]): string {
  const counted = uses.flatMap(({ register, label, count }) =>
    count === null ? [] : [`${register}—${label} ${numberOf(count)} 条`],
  )
  const others = uses.flatMap(({ register, label, count }) =>
    count === null ? [`${register}—${label}`] : [],
  )
  const parts = [
    ...(counted.length === 0 ? [] : [counted.join('、')]),
    ...(others.length === 0 ? [] : [`未统计:${others.join('、')}`]),
  ]
  return parts.length === 0 ? '不在登记的各项中使用' : parts.join(';')
}

/** 「新增 1 条、修改 1 条、停用 0 条、相同 3 条、不能导入 6 行」 */
export function previewText({ counts }: ImportPreview): string {
  return `新增 ${counts.added} 条、修改 ${counts.changed} 条、停用 ${counts.retired} 条、相同 ${counts.same} 条、不能导入 ${counts.refused} 行`
}

/** Whether anything would be written. */
export function hasWork({ counts }: ImportPreview): boolean {
  return counts.added + counts.changed + counts.retired > 0
}
