import type { RecordStatus, RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { listStepActions } from '../../acts/steps.ts'

export type ActionKind =
  | 'details'
  | 'modify'
  | 'cancel'
  | 'restore'
  | 'restoreLetting'
  | 'step'
  | 'assignCoordinator'
  | 'residents'
  | 'applyPermit'
  | 'endorsePermit'
  | 'minors'
  | 'moveHousehold'
  | 'buildingMap'
  | 'copy'
  | 'sortAscending'
  | 'sortDescending'
  | 'columns'

export type Action = {
  readonly kind: ActionKind
  /** The exact name of product.md §4. */
  readonly label: string
  readonly shortcut: string
  readonly startsGroup?: boolean
  /** Kind `step`: its name in the register's flow. */
  readonly step?: string
}

const ownActions: Readonly<Record<RegisterName, readonly Action[]>> = {
  resident: [
    { kind: 'details', label: '流动人员详细信息', shortcut: 'Enter' },
    { kind: 'modify', label: '流动人员修改', shortcut: 'Ctrl+E' },
    { kind: 'cancel', label: '流动人员注销', shortcut: 'Delete' },
    { kind: 'restore', label: '流动人员恢复', shortcut: 'Ctrl+R' },
    { kind: 'applyPermit', label: '申领居住证', shortcut: 'Ctrl+J' },
    { kind: 'endorsePermit', label: '居住证签注', shortcut: 'Ctrl+Y' },
    { kind: 'moveHousehold', label: '整户迁移', shortcut: 'Ctrl+H' },
  ],
  dwelling: [
    { kind: 'details', label: '详细信息', shortcut: 'Enter' },
    { kind: 'modify', label: '房屋修改', shortcut: 'Ctrl+E' },
    { kind: 'cancel', label: '房屋注销', shortcut: 'Delete' },
    { kind: 'restore', label: '房屋恢复', shortcut: 'Ctrl+R' },
    { kind: 'restoreLetting', label: '房屋恢复出租', shortcut: 'Ctrl+U' },
    { kind: 'assignCoordinator', label: '分配协管员', shortcut: 'Ctrl+G' },
    { kind: 'residents', label: '现住人员', shortcut: 'Ctrl+I' },
    { kind: 'minors', label: '现住未成年人', shortcut: 'Ctrl+Shift+I' },
    { kind: 'moveHousehold', label: '整户迁移', shortcut: 'Ctrl+H' },
    { kind: 'buildingMap', label: '房屋示意图', shortcut: 'Ctrl+M' },
  ],
  minor: [
    { kind: 'details', label: '详细信息', shortcut: 'Enter' },
    { kind: 'modify', label: '未成年人修改', shortcut: 'Ctrl+E' },
    { kind: 'cancel', label: '未成年人注销', shortcut: 'Delete' },
    { kind: 'restore', label: '未成年人恢复', shortcut: 'Ctrl+R' },
  ],
  school: [
    { kind: 'details', label: '详细信息', shortcut: 'Enter' },
    { kind: 'modify', label: '学校信息修改', shortcut: 'Ctrl+E' },
    { kind: 'cancel', label: '学校注销', shortcut: 'Delete' },
    { kind: 'restore', label: '学校恢复', shortcut: 'Ctrl+R' },
  ],
  estate: [
    { kind: 'details', label: '详细信息', shortcut: 'Enter' },
    { kind: 'modify', label: '小区修改', shortcut: 'Ctrl+E' },
    { kind: 'cancel', label: '小区注销', shortcut: 'Delete' },
    { kind: 'restore', label: '小区恢复', shortcut: 'Ctrl+R' },
    { kind: 'buildingMap', label: '房屋示意图', shortcut: 'Ctrl+M' },
  ],
  residencePermit: [
    { kind: 'details', label: '详细信息', shortcut: 'Enter' },
    { kind: 'modify', label: '居住证修改', shortcut: 'Ctrl+E' },
    { kind: 'cancel', label: '居住证注销', shortcut: 'Delete' },
    { kind: 'restore', label: '居住证恢复', shortcut: 'Ctrl+R' },
  ],
  lease: [
    { kind: 'details', label: '详细信息', shortcut: 'Enter' },
    { kind: 'modify', label: '租赁合同修改', shortcut: 'Ctrl+E' },
    { kind: 'cancel', label: '租赁合同注销', shortcut: 'Delete' },
    { kind: 'restore', label: '租赁合同恢复', shortcut: 'Ctrl+R' },
  ],
  inspection: [
    { kind: 'details', label: '详细信息', shortcut: 'Enter' },
    { kind: 'modify', label: '隐患检查修改', shortcut: 'Ctrl+E' },
    { kind: 'cancel', label: '隐患检查注销', shortcut: 'Delete' },
    { kind: 'restore', label: '隐患检查恢复', shortcut: 'Ctrl+R' },
  ],
  serviceRequest: [
    { kind: 'details', label: '详细信息', shortcut: 'Enter' },
    { kind: 'modify', label: '服务事项修改', shortcut: 'Ctrl+E' },
    { kind: 'cancel', label: '服务事项注销', shortcut: 'Delete' },
    { kind: 'restore', label: '服务事项恢复', shortcut: 'Ctrl+R' },
  ],
  coordinator: [
    { kind: 'details', label: '详细信息', shortcut: 'Enter' },
    { kind: 'modify', label: '协管员修改', shortcut: 'Ctrl+E' },
    { kind: 'cancel', label: '协管员注销', shortcut: 'Delete' },
    { kind: 'restore', label: '协管员恢复', shortcut: 'Ctrl+R' },
  ],
  employer: [
    { kind: 'details', label: '详细信息', shortcut: 'Enter' },
    { kind: 'modify', label: '单位修改', shortcut: 'Ctrl+E' },
    { kind: 'cancel', label: '单位注销', shortcut: 'Delete' },
    { kind: 'restore', label: '单位恢复', shortcut: 'Ctrl+R' },
    { kind: 'assignCoordinator', label: '分配协管员', shortcut: 'Ctrl+G' },
  ],
}

const gridActions: readonly Action[] = [
  { kind: 'copy', label: '复制', shortcut: 'Ctrl+C', startsGroup: true },
  { kind: 'sortAscending', label: '按此列升序', shortcut: 'Alt+↑', startsGroup: true },
  { kind: 'sortDescending', label: '按此列降序', shortcut: 'Alt+↓' },
  { kind: 'columns', label: '选择列', shortcut: 'Ctrl+L' },
]

/** What is known of a selection: the statuses and the stored stages its records have. */
export type Selected = {
  /** False for an account that may only look. */
  readonly mayWrite: boolean
  readonly statuses: readonly RecordStatus[]
  /** Null where they are not known: too many records are selected to look at each. */
  readonly stages: readonly (string | null)[] | null
}

/** A register's own actions; the steps of its flow stand behind 修改. */
function listOwnActions(register: RegisterName): readonly Action[] {
  const steps = listStepActions(register).map(({ step, shortcut }): Action => {
    return { kind: 'step', label: step.label, shortcut, step: step.name }
  })
  return ownActions[register].flatMap((action) => (action.kind === 'modify' ? [action, ...steps] : [action]))
}

/** What can be done with a selection of records; what cannot be is left out. */
export function listActions(
  register: RegisterName,
  { mayWrite, statuses, stages }: Selected,
): readonly Action[] {
  const isActive = statuses.includes('active')
  const mayBeActive = mayWrite && isActive
  const mayBeCancelled = mayWrite && statuses.includes('cancelled')
  const { flow } = getRegister(register)
  return [
    ...listOwnActions(register).filter(({ kind, step }) => {
      switch (kind) {
        case 'step': {
          const from = flow?.steps.find((each) => each.name === step)?.from ?? []
          const isFitting = stages === null || stages.every((stage) => stage !== null && from.includes(stage))
          return mayBeActive && isFitting
        }
        case 'restore':
          return mayBeCancelled
        case 'modify':
        case 'cancel':
        case 'restoreLetting':
        case 'assignCoordinator':
        case 'applyPermit':
        case 'endorsePermit':
        case 'moveHousehold':
          return mayBeActive
        case 'residents':
        case 'minors':
          return isActive
        case 'details':
        case 'buildingMap':
        case 'copy':
        case 'sortAscending':
        case 'sortDescending':
        case 'columns':
          return true
      }
    }),
    ...gridActions,
  ]
}
