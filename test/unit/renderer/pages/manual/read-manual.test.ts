import { describe, expect, it } from 'vitest'
import { filterSections } from '../../../../../src-renderer/pages/manual/filter-sections.ts'
import { findLinked, findSection, readManual } from '../../../../../src-renderer/pages/manual/read-manual.ts'

const sections = readManual({
  '10-batches.md': '# 批量录入与日结\n\n开批。\n\n## 日结\n\n按 `Ctrl+Enter` 确认。\n',
  'README.md': '# 使用手册\n\n目录\n',
  '08-tools.md': '# 工具\n\n设置。\n\n## 日结\n\n见另一章。\n\n### 步骤\n\n1. 核对\n\n## 系统设置\n\n字号\n',
})

describe('the manual as sections', () => {
  it('the table of contents first, then chapters by number, each cut at ##', () => {
    expect(sections.map(({ file, title, isChapter }) => [file, title, isChapter])).toEqual([
      ['README.md', '使用手册', true],
      ['08-tools.md', '工具', true],
      ['08-tools.md', '日结', false],
      ['08-tools.md', '系统设置', false],
      ['10-batches.md', '批量录入与日结', true],
      ['10-batches.md', '日结', false],
    ])
    expect(sections[2]).toMatchObject({ chapter: '工具' })
    expect(sections[2]?.text).toContain('### 步骤')
    expect(sections[2]?.text).not.toContain('字号')
  })

  it('a heading is found in the file that is meant, else in the first that has it', () => {
    expect(findSection(sections, '日结')).toBe(2)
    expect(findSection(sections, '日结', '10-batches.md')).toBe(5)
    expect(findSection(sections, '没有')).toBe(-1)
  })

  it('links lead to a chapter, to a section of one, or nowhere', () => {
    expect(findLinked(sections, '10-batches.md', 'README.md')).toBe(4)
    expect(findLinked(sections, '10-batches.md#日结', 'README.md')).toBe(5)
    expect(findLinked(sections, '#%E6%97%A5%E7%BB%93', '08-tools.md')).toBe(2)
    expect(findLinked(sections, 'https://example.org/', '08-tools.md')).toBe(-1)
    expect(findLinked(sections, '08-tools.md#没有', 'README.md')).toBe(-1)
  })

  it('headings are found by Chinese, initials and pinyin; texts only by what is written in them', () => {
    expect(filterSections(sections, '')).toEqual([0, 1, 2, 3, 4, 5])
    expect(filterSections(sections, 'rj')).toEqual([2, 4, 5])
    expect(filterSections(sections, 'xitong')).toEqual([3])
    expect(filterSections(sections, '字号')).toEqual([3])
    expect(filterSections(sections, '日结')).toEqual([2, 4, 5])
    expect(filterSections(sections, 'zzzz')).toEqual([])
  })
})
