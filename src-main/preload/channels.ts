/** Names of the three messages between page and main process. Everything said goes through them. */
export const channels = {
  call: 'jufutong:call',
  event: 'jufutong:event',
  /** The page says that it listens now, so that main repeats what still holds. */
  listening: 'jufutong:listening',
} as const
