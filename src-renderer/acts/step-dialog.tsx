import type { ReactNode } from 'react'
import type { FlowStep } from '../../src-shared/registers/flow.ts'
import type { FlowRegisterName } from '../../src-shared/registers/register.ts'
import { useAppState } from '../client/app-state.tsx'
import { call } from '../client/call.ts'
import { ActDialog, ActFields, RecordNames, useActForm } from './act-form.tsx'

/** A record as a step's dialog names it, with the texts it has already for what the step asks. */
export type StepRecord = {
  readonly id: string
  readonly name: string
  readonly texts: Readonly<Record<string, string>>
}

/** One step of a flow for one record or many: what it asks, and the step's own name to do it. */
export function StepDialog(props: {
  readonly register: FlowRegisterName
  readonly step: FlowStep
  readonly records: readonly StepRecord[]
  readonly onClose: () => void
  readonly onDone: (count: number, savedAt: number) => void
}): ReactNode {
  const { register, step, records } = props
  const { account } = useAppState()
  const form = useActForm(
    step.asks,
    (answers) =>
      call(`${register}.advance`, { ids: records.map((record) => record.id), step: step.name, answers }),
    props.onDone,
    firstTexts(step, records, account?.displayName ?? ''),
  )
  return (
    <ActDialog title={step.label} form={form} performLabel={step.label} onClose={props.onClose}>
      <RecordNames names={records.map((record) => record.name)} />
      <ActFields store={form.store} label={step.label} onSubmit={() => void form.submit()} />
    </ActDialog>
  )
}

/** What stands in the boxes at the start: what the record says already, else who works here, or the usual words. */
function firstTexts(
  step: FlowStep,
  records: readonly StepRecord[],
  accountName: string,
): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {}
  const [only] = records.length === 1 ? records : []
  for (const [name, start] of Object.entries(step.startsWith ?? {})) {
    const own = only?.texts[name] ?? ''
    texts[name] = start === 'accountName' ? (own === '' ? accountName : own) : start.text
  }
  return texts
}
