import { lexer, type Token, type Tokens } from 'marked'

/** One section of the manual: what the clerk sees at a time. */
export type ManualSection = {
  /** The heading, verbatim: for a menu entry its label. */
  readonly title: string
  /** The file it stands in, and whether it is that chapter's beginning. */
  readonly file: string
  readonly chapter: string
  readonly isChapter: boolean
  readonly tokens: readonly Token[]
  /** What is searched, as it is written. */
  readonly text: string
}

/**
 * Cuts the chapters into sections: `#` begins a chapter, `##` a section of it. The table of contents (README.md) comes
 * first, then the chapters by their numbers.
 * @param files the Markdown of each chapter, by file name
 */
export function readManual(files: Readonly<Record<string, string>>): readonly ManualSection[] {
  return Object.keys(files)
    .toSorted((a, b) => orderOf(a) - orderOf(b))
    .flatMap((file) => readChapter(file, files[file] ?? ''))
}

function orderOf(file: string): number {
  return file === 'README.md' ? 0 : Number.parseInt(file, 10)
}

function readChapter(file: string, text: string): readonly ManualSection[] {
  const sections: (ManualSection & { readonly tokens: Token[]; text: string })[] = []
  for (const token of lexer(text)) {
    if (token.type === 'heading' && (token as Tokens.Heading).depth <= 2) {
      const { depth, text: title } = token as Tokens.Heading
      const chapter = depth === 1 ? title : (sections[0]?.title ?? title)
      sections.push({ title, file, chapter, isChapter: depth === 1, tokens: [], text: '' })
      continue
    }
    const last = sections.at(-1)
    if (!last) continue
    last.tokens.push(token)
    last.text += token.raw
  }
  return sections
}

/** The index of the section that a heading names, by the chapter's file first where one is given; −1 when there is none. */
export function findSection(sections: readonly ManualSection[], heading: string, file?: string): number {
  const inFile = sections.findIndex((each) => each.title === heading && each.file === file)
  return inFile >= 0 ? inFile : sections.findIndex((each) => each.title === heading)
}

/**
 * The section that a link of the manual leads to: `08-tools.md`, `08-tools.md#数据同步` or `#数据同步` within `file`.
 * −1 when it leads out of the manual.
 */
export function findLinked(sections: readonly ManualSection[], href: string, file: string): number {
  const [path = '', fragment] = href.split('#')
  const target = path === '' ? file : path
  if (fragment === undefined || fragment === '')
    return sections.findIndex((each) => each.file === target && each.isChapter)
  const heading = decodeURIComponent(fragment)
  return sections.findIndex((each) => each.file === target && each.title === heading)
}
