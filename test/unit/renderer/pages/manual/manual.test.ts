import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { walkTokens, type Token, type Tokens } from 'marked'
import { describe, expect, it } from 'vitest'
import { allCommands, menus, menuShortcut } from '../../../../../src-renderer/app/commands.ts'
import { listKeyGroups } from '../../../../../src-renderer/app/key-map.ts'
import { manualHeadingOf } from '../../../../../src-renderer/app/manual-heading.ts'
import { titleOf } from '../../../../../src-renderer/app/tabs.ts'
import type { TabPage } from '../../../../../src-renderer/app/tab.ts'
import { keyContexts } from '../../../../../src-renderer/keys/bindings.ts'
import { findLinked, findSection, readManual } from '../../../../../src-renderer/pages/manual/read-manual.ts'
import { REGISTER_NAMES } from '../../../../../src-shared/registers/register.ts'
import { getRegister } from '../../../../../src-shared/registers/registers.ts'

/** docs/manual against the program: entries, pages, keys, pictures and links are the real ones. */

const folder = join(import.meta.dirname, '..', '..', '..', '..', '..', 'docs', 'manual')
const files = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
)
const sections = readManual(files)

/** Every piece of Markdown of a section, the inner ones as well. */
function listTokens(tokens: readonly Token[]): readonly Token[] {
  const all: Token[] = []
  void walkTokens([...tokens], (token) => {
    all.push(token)
  })
  return all
}

/** Pieces of one kind with the section they stand in. */
function listOf<Kind extends Tokens.Generic>(type: Kind['type']): readonly { where: string; token: Kind }[] {
  return sections.flatMap((section) =>
    listTokens(section.tokens)
      .filter((token) => token.type === type)
      .map((token) => ({ where: `${section.file} ${section.title}`, token: token as Kind })),
  )
}

it('there is a manual', () => {
  expect(sections.length).toBeGreaterThan(50)
  expect(new Set(sections.map(({ file, title }) => `${file} ${title}`)).size).toBe(sections.length)
  for (const { text, title } of sections) expect(text.trim(), title).not.toBe('')
})

describe('every menu entry', () => {
  it.each(menus.map((menu) => [menu.label, menu] as const))(
    'of %s has a section in its chapter',
    (_, menu) => {
      const own = sections.filter(({ chapter, isChapter }) => chapter === menu.label && !isChapter)
      expect(own.map(({ title }) => title)).toEqual(
        expect.arrayContaining(menu.commands.map(({ label }) => label)),
      )
      for (const { label, shortcut } of menu.commands) {
        const text = own.find(({ title }) => title === label)?.text
        expect(text, label).toContain(`\`${shortcut}\``)
      }
    },
  )
})

describe('every action of a query', () => {
  it.each(REGISTER_NAMES)('of %s stands in its section with its key', (register) => {
    const text = sections[findSection(sections, titleOf({ kind: 'query', register }))]?.text ?? ''
    const own = listKeyGroups().find(({ title }) => title === `${getRegister(register).label}查询`)
    expect(own?.lines.length).toBeGreaterThan(2)
    const missing = own?.lines.filter(
      ({ keys, does }) => !text.includes(`\`${keys}\``) || !text.includes(does),
    )
    expect(missing).toEqual([])
  })
})

it('every page has the heading that the key of its manual goes to', () => {
  const pages: readonly TabPage[] = [
    { kind: 'home' },
    ...allCommands.flatMap(({ act }) => (act.kind === 'open' ? [act.page()] : [])),
    ...REGISTER_NAMES.flatMap((register): TabPage[] => [
      { kind: 'entry', register, recordIds: ['r1'], draftId: 'd1' },
      { kind: 'details', register, recordId: 'r1' },
      { kind: 'batches', register },
    ]),
  ]
  const missing = pages.map(manualHeadingOf).filter((heading) => findSection(sections, heading) < 0)
  expect(missing).toEqual([])
})

describe('keys', () => {
  const declared = new Set([
    ...keyContexts.flatMap(({ bindings }) =>
      Object.values(bindings).flatMap(({ keys, shown }) => [...keys, ...(shown?.split('、') ?? [])]),
    ),
    ...listKeyGroups().flatMap((group) => group.lines.flatMap(({ keys }) => [keys, ...keys.split('、')])),
    ...allCommands.map(({ shortcut }) => shortcut),
    ...menus.map(menuShortcut),
  ])

  it('what stands between backticks is a declared key', () => {
    const named = listOf<Tokens.Codespan>('codespan')
    expect(named.length).toBeGreaterThan(200)
    expect(
      named
        .filter(({ token }) => !declared.has(token.text))
        .map(({ where, token }) => `${where}: ${token.text}`),
    ).toEqual([])
  })

  it('no key stands outside of backticks', () => {
    const loose =
      /\b(?:Ctrl|Alt|Shift)\+|\bF\d{1,2}\b|\b(?:Enter|Esc|Tab|PgUp|PgDn|Home|End|Delete|Backspace)\b/
    const found = sections.flatMap(({ file, title, text }) => {
      const match = loose.exec(text.replaceAll(/`[^`]*`/g, ''))
      return match ? [`${file} ${title}: ${match[0]}`] : []
    })
    expect(found).toEqual([])
    expect(loose.test('按 Ctrl+S 保存')).toBe(true)
  })
})

describe('pictures', () => {
  const kept = readdirSync(join(folder, 'images')).toSorted()

  it('each one that is named is there, and each one that is there is named', () => {
    const named = listOf<Tokens.Image>('image').map(({ token }) => token.href)
    expect(named.length).toBeGreaterThan(20)
    expect([...new Set(named)].toSorted()).toEqual(kept.map((name) => `images/${name}`))
  })

  it('are small, and say in words what they show', () => {
    const sizes = kept.map((name) => statSync(join(folder, 'images', name)).size)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(150_000)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(4_000_000)
    for (const { token, where } of listOf<Tokens.Image>('image')) expect(token.text, where).not.toBe('')
  })
})

describe('the text', () => {
  it('what it quotes is what the program says', () => {
    const root = join(folder, '..', '..')
    const said = ['src-renderer', 'src-shared', 'src-main', 'dictionaries']
      .flatMap((part) =>
        readdirSync(join(root, part), { recursive: true, encoding: 'utf8' }).map((path) =>
          join(root, part, path),
        ),
      )
      .filter((path) => /\.(?:ts|tsx|csv|json)$/.test(path) && !/division|readings-data/.test(path))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n')
      .replaceAll(/\s+/g, '')
    // Examples of what may be typed or seen, and headings of the manual.
    const own = new Set([...sections.map(({ title }) => title), ...['丹心酒楼', '读卡器就绪', '本批份·还差']])
    /** What stands in for a name, a number or a day is not quoted. */
    const cut = /……|[\d/]+|(?<![a-z])n(?![a-z])/i
    const strange = sections.flatMap(({ file, title, text }) =>
      [...text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').matchAll(/「([^「」]+)」/g)].flatMap(
        ([, quoted = '']) => {
          const words = quoted.replaceAll(/\s+/g, '')
          const isSaid = words.split(cut).every((piece) => said.includes(piece))
          return isSaid || own.has(words) || own.has(words.replaceAll(/[\d/]+/g, ''))
            ? []
            : [`${file} ${title}: ${quoted}`]
        },
      ),
    )
    expect(strange).toEqual([])
  })

  it('links lead to sections that exist', () => {
    const broken = sections.flatMap((section) =>
      listTokens(section.tokens)
        .filter((token) => token.type === 'link')
        .map((token) => (token as Tokens.Link).href)
        .filter((href) => findLinked(sections, href, section.file) < 0)
        .map((href) => `${section.file} ${section.title}: ${href}`),
    )
    expect(broken).toEqual([])
  })

  it('the table of contents names every chapter', () => {
    const contents = sections.find(({ file }) => file === 'README.md')
    const linked = listTokens(contents?.tokens ?? []).flatMap((token) =>
      token.type === 'link' ? [[(token as Tokens.Link).href, (token as Tokens.Link).text]] : [],
    )
    expect(linked).toEqual(
      sections
        .filter(({ isChapter, file }) => isChapter && file !== 'README.md')
        .map(({ file, title }) => [file, title]),
    )
  })

  it('is Markdown that the page shows: no tags, no code blocks', () => {
    const shown = new Set([
      ...['paragraph', 'text', 'codespan', 'strong', 'link', 'image', 'list', 'list_item', 'table', 'space'],
      ...['heading', 'blockquote', 'escape', 'br'],
    ])
    const others = sections.flatMap((section) =>
      listTokens(section.tokens)
        .filter(({ type }) => !shown.has(type))
        .map(({ type, raw }) => `${section.file} ${section.title}: ${type} ${raw}`),
    )
    expect(others).toEqual([])
  })

  it('is Chinese: of other words only what stands on the keyboard, the screen or the device', () => {
    const known = new Set([
      ...[
        'IP',
        'COM',
        'CSV',
        'U',
        'n',
        't',
        'cq',
        'zq',
        'dx',
        'xzldry',
        'jzz',
        'N',
        'Ctrl',
        'Alt',
        'I',
        'O',
        'S',
        'V',
        'Z',
      ],
    ])
    const strange = sections.flatMap(({ file, title, text }) => {
      const plain = text.replaceAll(/`[^`]*`|\]\([^)]*\)/g, '')
      return [...plain.matchAll(/[A-Za-z]+/g)]
        .map(([word]) => word)
        .filter((word) => !known.has(word))
        .map((word) => `${file} ${title}: ${word}`)
    })
    expect(strange).toEqual([])
  })
})
