import { matchText } from '../../app/match-text.ts'
import type { ManualSection } from './read-manual.ts'

/** The numbers of the sections that fit: by heading (Chinese, pinyin, initials), then those that only have the words in their text. */
export function filterSections(sections: readonly ManualSection[], typed: string): readonly number[] {
  const text = typed.trim()
  const all = [...sections.keys()]
  if (text === '') return all
  const byHeading = all.filter((index) => matchText(text, sections[index]?.title ?? '') !== undefined)
  // One sign alone is in nearly every text.
  if ([...text].length < 2) return byHeading
  const byText = all.filter(
    (index) => !byHeading.includes(index) && (sections[index]?.text.includes(text) ?? false),
  )
  return [...byHeading, ...byText]
}
