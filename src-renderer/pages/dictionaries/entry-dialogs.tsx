import { useRef, useState, type ReactNode } from 'react'
import type { DictionaryRow, DictionarySummary } from '../../../src-shared/contract/dictionary-types.ts'
import { parentDictionaryOf } from '../../../src-shared/dictionaries/tables.ts'
import { code, date, text, type Field, type FieldValue } from '../../../src-shared/fields/field.ts'
import { ActFields, useActForm } from '../../acts/act-form.tsx'
import { call } from '../../client/call.ts'
import { Dialog } from '../../components/dialog.tsx'

const textOf = (value: FieldValue | undefined): string => (typeof value === 'string' ? value : '')
const codeOf = (value: FieldValue | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null

/** What an entry says, in the order in which it is typed. */
function wordFields(summary: DictionarySummary): Readonly<Record<string, Field>> {
  return {
    entryName: text('名称', { required: true, maxLength: 60 }),
    parentCode: code(`上级${summary.parentLabel ?? ''}`, { dictionary: parentDictionaryOf(summary.name) }),
    mnemonic: text('助记码', { maxLength: 20 }),
  }
}

type Done = (name: string) => void

/** 新增条目: the code is proposed; the next key in a form finds the entry. */
export function AddEntryDialog(props: {
  readonly summary: DictionarySummary
  readonly proposedCode: string
  readonly onClose: () => void
  readonly onDone: Done
}): ReactNode {
  const { summary } = props
  const [fields] = useState(() => ({
    ...wordFields(summary),
    code: text('代码', { required: true, maxLength: 20 }),
    validFrom: date('启用日期', { allowsFuture: true }),
  }))
  const added = useRef('')
  const form = useActForm(
    fields,
    (values) => {
      added.current = textOf(values['entryName'])
      return call('dictionary.addEntry', {
        name: summary.name,
        code: textOf(values['code']),
        entryName: textOf(values['entryName']),
        parentCode: codeOf(values['parentCode']),
        mnemonic: textOf(values['mnemonic']),
        validFrom: codeOf(values['validFrom']),
      })
    },
    () => props.onDone(added.current),
    { code: props.proposedCode },
  )
  return (
    <Dialog
      title={`新增条目:${summary.label}`}
      initialFocus=".act-fields input"
      message={form.message}
      acts={[
        {
          label: '新增',
          isPrimary: true,
          isBusy: form.isRunning,
          isPerform: true,
          isByKey: true,
          onSelect: () => void form.submit(),
        },
        { label: '取消', isSafe: true, onSelect: props.onClose },
      ]}
    >
      <ActFields store={form.store} label="新增条目" onSubmit={() => void form.submit()} />
      <p className="hint act-below">
        {`代码由程序给出,有正式代码时请改用正式代码。启用日期不填:任何日期都能用。${parentHint(summary)}`}
      </p>
    </Dialog>
  )
}

function parentHint(summary: DictionarySummary): string {
  return summary.name === 'street' ? '街(路巷)跨几个社区时不填上级社区。' : ''
}

/** 更正: puts a typing error right, in all records at once. */
export function CorrectEntryDialog(props: {
  readonly summary: DictionarySummary
  readonly row: DictionaryRow
  readonly onClose: () => void
  readonly onDone: Done
}): ReactNode {
  const { summary, row } = props
  const [fields] = useState(() => wordFields(summary))
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
    <Dialog
      title={`更正条目:${row.name}(${row.code})`}
      initialFocus=".act-fields input"
      message={form.message}
      acts={[
        {
          label: '更正',
          isPrimary: true,
          isBusy: form.isRunning,
          isPerform: true,
          isByKey: true,
          onSelect: () => void form.submit(),
        },
        { label: '取消', isSafe: true, onSelect: props.onClose },
      ]}
    >
      <ActFields store={form.store} label="更正条目" onSubmit={() => void form.submit()} />
      <p className="hint act-below">
        只用于改正录错的字:已用该条目的记录都会显示新的名称,原名记入操作日志。真正改了名的,请停用旧条目,再新增。
      </p>
    </Dialog>
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
    <Dialog
      title={`停用条目:${row.name}(${row.code})`}
      initialFocus=".act-fields input"
      message={form.message}
      acts={[
        {
          label: '停用',
          isPrimary: true,
          isBusy: form.isRunning,
          isPerform: true,
          isByKey: true,
          onSelect: () => void form.submit(),
        },
        { label: '取消', isSafe: true, onSelect: props.onClose },
      ]}
    >
      <ActFields store={form.store} label="停用条目" onSubmit={() => void form.submit()} />
      <p className="hint act-below">
        最后使用日期以后,录入时不再列出。已用该条目的记录照常显示,可以恢复使用。
      </p>
    </Dialog>
  )
}
