import { useEffect, useRef, useState, type ReactNode } from 'react'
import { dictionaryLabelOf, parentDictionaryOf } from '../../src-shared/dictionaries/tables.ts'
import { code, date, text, type Field, type FieldValue } from '../../src-shared/fields/field.ts'
import { call } from '../client/call.ts'
import { ActDialog, ActFields, useActForm } from './act-form.tsx'

/** The text of a box that holds a text, else empty. */
export function textOf(value: FieldValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** What a box with a code or a day holds, or null. */
export function codeOf(value: FieldValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** What an entry of a dictionary says, in the order in which it is typed. */
export function entryFields(dictionary: string): Readonly<Record<string, Field>> {
  const parent = parentDictionaryOf(dictionary)
  return {
    entryName: text('名称', { required: true, maxLength: 60 }),
    parentCode: code(`上级${parent === dictionary ? '' : dictionaryLabelOf(parent)}`, { dictionary: parent }),
    mnemonic: text('助记码', { maxLength: 20 }),
  }
}

/** An entry that was added. */
export type AddedEntry = { readonly code: string; readonly name: string }

/** 新增条目 of a kept dictionary: the code is proposed; the next key in a form finds the entry. */
export function AddEntryDialog(props: {
  readonly dictionary: string
  /** What stands in the box of the name at the start. */
  readonly firstName?: string
  readonly onClose: () => void
  readonly onDone: (entry: AddedEntry) => void
}): ReactNode {
  const { dictionary, firstName = '' } = props
  const [fields] = useState(() => ({
    ...entryFields(dictionary),
    code: text('代码', { maxLength: 20 }),
    validFrom: date('启用日期', { allowsFuture: true }),
  }))
  const added = useRef<AddedEntry>(undefined)
  const form = useActForm(
    fields,
    async (values) => {
      const entryName = textOf(values['entryName'])
      const saved = await call('dictionary.addEntry', {
        name: dictionary,
        code: textOf(values['code']),
        entryName,
        parentCode: codeOf(values['parentCode']),
        mnemonic: textOf(values['mnemonic']),
        validFrom: codeOf(values['validFrom']),
      })
      added.current = { code: saved.code, name: entryName }
      return saved
    },
    () => {
      if (added.current) props.onDone(added.current)
    },
    firstName === '' ? {} : { entryName: firstName },
  )
  const { store } = form
  // An empty box means the same code: nobody waits for it.
  useEffect(() => {
    call('dictionary.proposeCode', { name: dictionary }).then(
      ({ code: proposed }) => {
        if (store.read('code').text === '')
          store.setInput('code', { text: proposed, value: proposed }, 'default')
      },
      () => undefined,
    )
  }, [dictionary, store])
  return (
    <ActDialog
      title={`新增条目:${dictionaryLabelOf(dictionary)}`}
      form={form}
      performLabel="新增"
      onClose={props.onClose}
    >
      <ActFields store={store} label="新增条目" onSubmit={() => void form.submit()} />
      <p className="hint act-below">
        {`代码由程序给出,有正式代码时请改用正式代码。启用日期不填:任何日期都能用。${dictionary === 'street' ? '街(路巷)跨几个社区时不填上级社区。' : ''}`}
      </p>
    </ActDialog>
  )
}
