/**
 * Whether the focus goes to something that lies over the page for a moment and gives it back (`data-aside`): what is being
 * typed in a field, and its open list, stay as they are meanwhile.
 */
export function isGoingAside(goesTo: EventTarget | null): boolean {
  return goesTo instanceof Element && goesTo.closest('[data-aside]') !== null
}
