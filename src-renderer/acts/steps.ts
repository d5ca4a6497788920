import type { FlowStep } from '../../src-shared/registers/flow.ts'
import {
  FLOW_REGISTER_NAMES,
  type FlowRegisterName,
  type RecordStatus,
  type RegisterName,
} from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'

/** A step with its key: the first step of every register has the same one. */
export type StepAction = { readonly step: FlowStep; readonly shortcut: string }

/** The register's name where its records go from stage to stage, else undefined. */
export function asFlowRegister(register: RegisterName): FlowRegisterName | undefined {
  return FLOW_REGISTER_NAMES.find((name) => name === register)
}

/** Every step of a register with its key, in the order of the flow. */
export function listStepActions(register: RegisterName): readonly StepAction[] {
  const steps = getRegister(register).flow?.steps ?? []
  return steps.map((step, index) => ({ step, shortcut: `Ctrl+Shift+${index + 1}` }))
}

/** Whether a step can be made with a record. */
export function fitsStep(
  step: FlowStep,
  record: { readonly status: RecordStatus; readonly stage: string | null },
): boolean {
  return record.status === 'active' && record.stage !== null && step.from.includes(record.stage)
}
