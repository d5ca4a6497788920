import type { Batch } from '../../src-shared/contract/batch-types.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'

/**
 * Which batch the forms of a register are typed into, as chosen in this window; null is 快速录入, without a batch. Nothing
 * stands here before somebody chose: then the store says which one is open.
 */
const choices = new Map<RegisterName, Batch | null>()
const listeners = new Set<(register: RegisterName) => void>()

/** The choice made in this window, or undefined. */
export function findChosenBatch(register: RegisterName): Batch | null | undefined {
  return choices.get(register)
}

/** Forms of the register go on with this batch, or without any. */
export function chooseBatch(register: RegisterName, batch: Batch | null): void {
  choices.set(register, batch)
  for (const listener of listeners) listener(register)
}

/** Another account: its own batches count. */
export function forgetChosenBatches(): void {
  choices.clear()
}

/** Hears of every choice until the returned function is called. */
export function onBatchChosen(listener: (register: RegisterName) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
