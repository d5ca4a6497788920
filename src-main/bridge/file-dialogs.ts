import type { OpenDialogOptions, SaveDialogOptions } from 'electron'

/** What the system's dialog asks where a file goes to; a file of the same name is overwritten only after a question. */
export function targetDialogOf(input: {
  readonly title: string
  readonly suggestedName: string
}): SaveDialogOptions {
  const extension = /\.([^.]+)$/.exec(input.suggestedName)?.[1] ?? ''
  return {
    title: input.title,
    // A name only: the page does not decide the folder.
    defaultPath: input.suggestedName.replaceAll(/[\\/:*?"<>|\p{Cc}]/gu, '-'),
    buttonLabel: '保存',
    filters: filtersFor(extension),
    properties: ['showOverwriteConfirmation', 'createDirectory'],
  }
}

/** What the system's dialog asks where a file comes from. */
export function sourceDialogOf(input: {
  readonly title: string
  readonly extension: string
}): OpenDialogOptions {
  return {
    title: input.title,
    buttonLabel: '打开',
    filters: filtersFor(input.extension.replace(/^\./, '')),
    properties: ['openFile'],
  }
}

/** What the system's dialog asks which folder something goes into. */
export function folderDialogOf(input: { readonly title: string }): OpenDialogOptions {
  return { title: input.title, buttonLabel: '选择', properties: ['openDirectory', 'createDirectory'] }
}

function filtersFor(extension: string): NonNullable<OpenDialogOptions['filters']> {
  const all = { name: '所有文件', extensions: ['*'] }
  // A wildcard or a path would be taken by the dialog as something else than an extension.
  if (!/^[A-Za-z0-9-]{1,20}$/.test(extension)) return [all]
  return [{ name: `居服通文件 (*.${extension})`, extensions: [extension] }, all]
}
