import { memo, useEffect, useSyncExternalStore, type ReactNode } from 'react'
import { isKeptDictionary } from '../../../src-shared/dictionaries/tables.ts'
import type { Field } from '../../../src-shared/fields/field.ts'
import { isFilledByStep } from '../../../src-shared/registers/flow.ts'
import { getField } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { CreateInPlace } from '../../forms/field-input.tsx'
import { FieldsForm } from '../../forms/fields-form.tsx'
import type { FormCommand } from '../../forms/form-keys.ts'
import { LabelledField } from '../../forms/labelled-field.tsx'
import { ShownText } from '../../forms/typed-input.tsx'
import { BatchList } from './batch-list.tsx'
import type { EntrySession, SessionView } from './entry-session.ts'
import { getLayout, type LayoutItem } from '../../forms/layouts.ts'
import { CardStrip } from './card-strip.tsx'
import { SaveBar } from './save-bar.tsx'

export function useSession(session: EntrySession): SessionView {
  return useSyncExternalStore(session.subscribe, session.read)
}

/** One form with its foot: the fields on the left, what this batch saved on the right. */
export function EntryForm(props: {
  readonly session: EntrySession
  readonly isShown: boolean
  readonly title: string
  readonly onCommand: (command: FormCommand, field: string | undefined) => boolean
  readonly onCreate: CreateInPlace
  /** Entries of kept dictionaries may be added here (单机模式). */
  readonly keepsEntries: boolean
}): ReactNode {
  const { session, isShown } = props
  const view = useSession(session)
  const isBatch = session.options.recordIds.length === 0 && session.options.openedFrom === null
  useEffect(() => {
    // A hidden or closing window may not come back: nothing typed waits for its turn then.
    const flush = (): void => session.flush()
    document.addEventListener('visibilitychange', flush)
    window.addEventListener('pagehide', flush)
    window.addEventListener('blur', flush)
    return () => {
      document.removeEventListener('visibilitychange', flush)
      window.removeEventListener('pagehide', flush)
      window.removeEventListener('blur', flush)
    }
  }, [session])
  return (
    <div className="entry" hidden={!isShown}>
      <FieldsForm
        store={session.store}
        label={props.title}
        isBusy={view.isLoading}
        className="entry-form"
        onCommand={props.onCommand}
        onFocusField={(field) => {
          const element = document.activeElement
          const caret =
            element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
              ? (element.selectionEnd ?? 0)
              : 0
          session.focusMoved(field, caret)
        }}
      >
        <div className="entry-body" inert={view.isBlocked}>
          <div
            className="entry-fields"
            onSelect={(event) => {
              const { target } = event
              if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) return
              const name = target.closest<HTMLElement>('[data-field]')?.dataset['field']
              session.focusMoved(name, target.selectionEnd ?? 0)
            }}
          >
            <Fields session={session} onCreate={props.onCreate} keepsEntries={props.keepsEntries} />
          </div>
          {isBatch ? <BatchList view={view} onUndo={session.undoLast} /> : null}
        </div>
        <CardStrip session={session} onCommand={props.onCommand} />
        <SaveBar session={session} onCommand={props.onCommand} />
      </FieldsForm>
    </div>
  )
}

/** The fields themselves: drawn once, each renders for itself from then on. */
const Fields = memo(function Fields(props: {
  readonly session: EntrySession
  readonly onCreate: CreateInPlace
  /** Entries of kept dictionaries may be added here (单机模式). */
  readonly keepsEntries: boolean
}): ReactNode {
  const { session, onCreate, keepsEntries } = props
  const layout = getLayout(session.options.register)
  return layout.sections.map((section) => (
    <section key={section.title} className="entry-section" aria-label={section.title}>
      <h3>{section.title}</h3>
      <div className="entry-grid">
        {section.items.map((item) => (
          <Item
            key={'field' in item ? item.field : `${item.reference}.${item.of}`}
            item={item}
            session={session}
            onCreate={onCreate}
            keepsEntries={keepsEntries}
          />
        ))}
      </div>
    </section>
  ))
})

function Item(props: {
  readonly item: LayoutItem
  readonly session: EntrySession
  readonly onCreate: CreateInPlace
  /** Entries of kept dictionaries may be added here (单机模式). */
  readonly keepsEntries: boolean
}): ReactNode {
  const { item, session, onCreate } = props
  const { idPrefix, register } = session.options
  if ('field' in item) {
    return (
      <LabelledField
        store={session.store}
        name={item.field}
        idPrefix={idPrefix}
        span={item.span}
        emptyText={isFilledByStep(session.register, item.field) ? '办理后显示' : undefined}
        parentField={getLayout(register).parents[item.field]}
        preferredParent={isDwelling(session, item.field) ? () => communityOf(session) : undefined}
        onCreate={
          canCreate(getField(session.register, item.field), props.keepsEntries) ? onCreate : undefined
        }
      />
    )
  }
  const field = getField(session.register, item.reference)
  if (field.kind !== 'reference') throw new Error(`${item.reference} is no reference`)
  return (
    <ShownText
      store={session.store}
      reference={item.reference}
      of={item.of}
      label={item.label ?? getField(getRegister(field.register), item.of).label}
      idPrefix={idPrefix}
      span={item.span}
    />
  )
}

/** Records of registers can be added from every list, entries only of dictionaries that the clerk keeps. */
function canCreate(field: Field, keepsEntries: boolean): boolean {
  return field.kind !== 'code' || (keepsEntries && isKeptDictionary(field.dictionary))
}

function isDwelling(session: EntrySession, name: string): boolean {
  const field = getField(session.register, name)
  return field.kind === 'reference' && field.register === 'dwelling'
}

/** The community of the batch: its dwellings are listed first. */
function communityOf(session: EntrySession): string | null {
  return session.read().joined?.communityCode ?? null
}
