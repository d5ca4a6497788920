import type { MapLine } from '../../../src-shared/contract/map-types.ts'
import { foldText } from '../../../src-shared/pinyin/fold-text.ts'

/** The lines that what was typed finds: by any part of the name, or by the beginning of its initials. All for no text. */
export function findLines(lines: readonly MapLine[], typed: string): readonly MapLine[] {
  const text = foldText(typed)
  if (text === '') return lines
  return lines.filter(
    ({ label, initials }) => foldText(label).includes(text) || initials.some((each) => each.startsWith(text)),
  )
}
