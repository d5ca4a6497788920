import { useState, type ReactNode } from 'react'
import type { DictionaryRow, DictionarySummary } from '../../../src-shared/contract/dictionary-types.ts'
import { date } from '../../../src-shared/fields/field.ts'
import { ActDialog, ActFields, useActForm } from '../../acts/act-form.tsx'
import { codeOf, entryFields, textOf } from '../../acts/add-entry-dialog.tsx'
import { call } from '../../client/call.ts'

type Done = (name: string) => void

/** 更正: puts a typing error right, in all records at once. */
export function CorrectEntryDialog(props: {
  readonly summary: DictionarySummary
  readonly row: DictionaryRow
  readonly onClose: () => void
  readonly onDone: Done
}): ReactNode {
  const { summary, row } = props
  const [fields] = useState(() => entryFields(summary.name))
  const form = useActForm(
    fields,
    (values) =>
      call('dictionary.correctEntry', {
        name: summary.name,
        code: row.code,
        entryName: textOf(values['entryName']),
        parentCode: codeOf(values['parentCode']),
        mnemonic: textOf(values['mnemonic']),
      }),
    () => props.onDone(row.name),
    { entryName: row.name, mnemonic: row.mnemonic },
  )
  // A code's box shows the name of what it holds.
  useState(() => {
    if (row.parentCode !== '')
      form.store.setInput('parentCode', { text: row.parentName, value: row.parentCode }, 'default')
  })
  return (
    <ActDialog
      title={`更正条目:${row.name}(${row.code})`}
      form={form}
      performLabel="更正"
      onClose={props.onClose}
    >
      <ActFields store={form.store} label="更正条目" onSubmit={() => void form.submit()} />
      <p className="hint act-below">
        只用于改正录错的字:已用该条目的记录都会显示新的名称,原名记入操作日志。真正改了名的,请停用旧条目,再新增。
      </p>
    </ActDialog>
  )
}

/** 停用 with its last day. */
export function RetireEntryDialog(props: {
  readonly summary: DictionarySummary
  readonly row: DictionaryRow
  readonly onClose: () => void
  readonly onDone: Done
}): ReactNode {
  const { summary, row } = props
  const [fields] = useState(() => ({
    lastDay: date('最后使用日期', { required: true, allowsFuture: true, defaultsToToday: true }),
  }))
  const form = useActForm(
    fields,
    (values) =>
      call('dictionary.retireEntry', {
        name: summary.name,
        code: row.code,
        lastDay: textOf(values['lastDay']),
      }),
    () => props.onDone(row.name),
  )
  return (
    <ActDialog
      title={`停用条目:${row.name}(${row.code})`}
      form={form}
      performLabel="停用"
      onClose={props.onClose}
    >
      <ActFields store={form.store} label="停用条目" onSubmit={() => void form.submit()} />
      <p className="hint act-below">
        最后使用日期以后,录入时不再列出。已用该条目的记录照常显示,可以恢复使用。
      </p>
    </ActDialog>
  )
}
