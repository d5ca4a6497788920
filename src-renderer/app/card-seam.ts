import type { CardReading } from '../../src-shared/readers/card-reading.ts'

/**
 * Where pages say that they take cards. A card belongs to the tab in front, if its page takes it, else to the one used
 * before it, and so on; a card that no page takes is shown in the status bar by the frame.
 */

/** Answers whether the page has taken the card. Called without any focus being moved; nor must the listener move it. */
export type CardListener = (reading: CardReading) => boolean

const listeners = new Map<string, CardListener>()

/** Offers cards to a tab's page until the returned function is called. A later call for the same tab replaces the earlier one. */
export function onCard(tabKey: string, listener: CardListener): () => void {
  listeners.set(tabKey, listener)
  return () => {
    if (listeners.get(tabKey) === listener) listeners.delete(tabKey)
  }
}

/** Offers a card to the pages of the tabs, in the order of the keys; answers the key of the one that took it. */
export function offerCard(reading: CardReading, tabKeys: readonly string[]): string | undefined {
  return tabKeys.find((key) => listeners.get(key)?.(reading) === true)
}

let hearWord: ((text: string) => void) | undefined

/** Lets the frame hear what pages say of cards after their form is out of sight. Answers how to end that. */
export function onCardWord(listener: (text: string) => void): () => void {
  hearWord = listener
  return () => {
    if (hearWord === listener) hearWord = undefined
  }
}

/** Says something of a card in the status bar. */
export function tellOfCard(text: string): void {
  hearWord?.(text)
}
