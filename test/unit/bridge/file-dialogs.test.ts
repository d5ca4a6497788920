import { describe, expect, test } from 'vitest'
import { folderDialogOf, sourceDialogOf, targetDialogOf } from '../../../src-main/bridge/file-dialogs.ts'

const allFiles = { name: '所有文件', extensions: ['*'] }

describe('targetDialogOf', () => {
  test('offers the name and files of its extension', () => {
    expect(
      targetDialogOf({ title: '导出同步包', suggestedName: '同步包-001-20260101.jufutong-package' }),
    ).toEqual({
      title: '导出同步包',
      defaultPath: '同步包-001-20260101.jufutong-package',
      buttonLabel: '保存',
      filters: [{ name: '居服通文件 (*.jufutong-package)', extensions: ['jufutong-package'] }, allFiles],
      properties: ['showOverwriteConfirmation', 'createDirectory'],
    })
  })

  test.each([
    ['a path', '../../etc/passwd.csv', '..-..-etc-passwd.csv'],
    ['a drive', 'C:\\Windows\\a.csv', 'C--Windows-a.csv'],
    ['a line break', 'a\nb.csv', 'a-b.csv'],
  ])('makes a name of %s', (_, suggestedName, expected) => {
    expect(targetDialogOf({ title: '', suggestedName }).defaultPath).toBe(expected)
  })

  test('asks for no extension where the name has none that could be one', () => {
    expect(targetDialogOf({ title: '', suggestedName: '同步包' }).filters).toEqual([allFiles])
    expect(targetDialogOf({ title: '', suggestedName: '同步包.*' }).filters).toEqual([allFiles])
  })
})

describe('sourceDialogOf', () => {
  test.each(['jufutong-package', '.jufutong-package'])('offers files that end in %s', (extension) => {
    expect(sourceDialogOf({ title: '导入', extension })).toEqual({
      title: '导入',
      buttonLabel: '打开',
      filters: [{ name: '居服通文件 (*.jufutong-package)', extensions: ['jufutong-package'] }, allFiles],
      properties: ['openFile'],
    })
  })

  test.each(['', '*', '../x', 'a b'])('offers every file for the extension "%s"', (extension) => {
    expect(sourceDialogOf({ title: '', extension }).filters).toEqual([allFiles])
  })
})

test('folderDialogOf asks for one folder, which may be made there', () => {
  expect(folderDialogOf({ title: '选择备份文件夹' })).toEqual({
    title: '选择备份文件夹',
    buttonLabel: '选择',
    properties: ['openDirectory', 'createDirectory'],
  })
})
