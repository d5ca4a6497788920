/**
 * The field the focus goes to from `current`, in the given order, over those that may have it; undefined past either end.
 * A `current` that is not in the order starts before the first (forward) or after the last (back).
 */
export function findNextField(
  order: readonly string[],
  current: string | undefined,
  direction: 'next' | 'previous',
  mayHaveFocus: (name: string) => boolean,
): string | undefined {
  const at = current === undefined ? -1 : order.indexOf(current)
  if (direction === 'next') return order.slice(at + 1).find(mayHaveFocus)
  return order.slice(0, at === -1 ? order.length : at).findLast(mayHaveFocus)
}

/** The next marked field after `current`, going round past the end (F8); undefined when none is marked. */
export function findNextMarked(
  order: readonly string[],
  current: string | undefined,
  isMarked: (name: string) => boolean,
): string | undefined {
  const at = current === undefined ? -1 : order.indexOf(current)
  return [...order.slice(at + 1), ...order.slice(0, at + 1)].find(isMarked)
}
