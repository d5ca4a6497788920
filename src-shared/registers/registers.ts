import { coordinator } from './coordinator.ts'
import { dwelling } from './dwelling.ts'
import { employer } from './employer.ts'
import type { Register, RegisterName } from './register.ts'
import { resident } from './resident.ts'

const registers: Readonly<Record<RegisterName, Register>> = { resident, dwelling, employer, coordinator }

/** Every register's name, in the order of the menus. */
export const REGISTER_NAMES = [
  'resident',
  'dwelling',
  'coordinator',
  'employer',
] as const satisfies readonly RegisterName[]

/** The declaration of a register. */
export function getRegister(name: RegisterName): Register {
  return registers[name]
}
