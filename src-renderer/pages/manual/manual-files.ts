/** The name of a file without the folders before it. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function byName(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [nameOf(path), content]))
}

/** The chapters of docs/manual as they are, by file name: the program carries the same text that the repository shows. */
export const manualFiles = byName(
  import.meta.glob<string>('../../../docs/manual/*.md', { query: '?raw', import: 'default', eager: true }),
)

/** Where the program's own copy of each picture of docs/manual/images is, by file name. */
export const manualPictures = byName(
  import.meta.glob<string>('../../../docs/manual/images/*.png', {
    query: '?url',
    import: 'default',
    eager: true,
  }),
)
