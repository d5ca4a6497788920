import { coordinator } from './coordinator.ts'
import { dwelling } from './dwelling.ts'
import { employer } from './employer.ts'
import { estate } from './estate.ts'
import { inspection } from './inspection.ts'
import { lease } from './lease.ts'
import { minor } from './minor.ts'
import type { Register, RegisterName } from './register.ts'
import { residencePermit } from './residence-permit.ts'
import { resident } from './resident.ts'
import { school } from './school.ts'
import { serviceRequest } from './service-request.ts'

const registers: Readonly<Record<RegisterName, Register>> = {
  resident,
  minor,
  school,
  dwelling,
  coordinator,
  estate,
  employer,
  residencePermit,
  lease,
  inspection,
  serviceRequest,
}

/** Whether a stored or foreign text names a register. */
export function isRegisterName(name: string): name is RegisterName {
  return Object.hasOwn(registers, name)
}

/** The declaration of a register. */
export function getRegister(name: RegisterName): Register {
  return registers[name]
}
