import { dialog } from 'electron'

/** Says in a box of the operating system why the program cannot go on. Waits until it is read. */
export function showFatal(title: string, text: string): void {
  dialog.showErrorBox(title, text)
}
