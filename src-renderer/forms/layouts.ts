import type { RegisterName } from '../../src-shared/registers/register.ts'

/** One place in the form's grid of twelve columns: a field, or a value shown beside a reference. */
export type LayoutItem =
  | { readonly field: string; readonly span: number }
  | { readonly reference: string; readonly of: string; readonly label?: string; readonly span: number }

export type EntryLayout = {
  readonly sections: readonly { readonly title: string; readonly items: readonly LayoutItem[] }[]
  /** Fields that keep their value after 保存并新增 until the clerk unpins them. */
  readonly pins: readonly string[]
  /** Fields whose list holds only what stands below another field's code. */
  readonly parents: Readonly<Record<string, string>>
  /** What belongs to one person or thing alone: Ctrl+D leaves it empty. */
  readonly notCopied: readonly string[]
}

function at(span: number, ...fields: readonly string[]): readonly LayoutItem[] {
  return fields.map((field) => ({ field, span }))
}

/** How the form of each register looks; the order is that of the paper form and of the focus. */
const layouts: Readonly<Record<RegisterName, EntryLayout>> = {
  resident: {
    sections: [
      {
        title: '身份',
        items: [
          ...at(3, 'documentTypeCode', 'documentNumber', 'name', 'formerName'),
          ...at(3, 'sexCode', 'ethnicGroupCode', 'birthDate', 'householdDivisionCode'),
          ...at(6, 'householdAddress'),
          ...at(3, 'hukouTypeCode', 'documentValidFromDate', 'documentValidToDate', 'photo'),
          ...at(3, 'maritalStatusCode', 'educationCode', 'politicalStatusCode', 'militaryServiceCode'),
          ...at(3, 'telephone'),
        ],
      },
      {
        title: '居住',
        items: [
          ...at(6, 'dwellingId'),
          { reference: 'dwellingId', of: 'streetCode', span: 3 },
          { reference: 'dwellingId', of: 'doorNumber', span: 3 },
          { reference: 'dwellingId', of: 'roomNumber', span: 3 },
          { reference: 'dwellingId', of: 'commonAddress', span: 3 },
          ...at(3, 'residenceTypeCode', 'residenceReasonCode'),
          ...at(3, 'arrivalDate', 'moveInDate', 'intendedStayCode', 'landlordRelationCode'),
        ],
      },
      {
        title: '就业',
        items: [
          ...at(3, 'employmentStatusCode'),
          ...at(6, 'employerId'),
          { reference: 'employerId', of: 'principalName', label: '单位负责人', span: 3 },
          { reference: 'employerId', of: 'telephone', label: '单位电话', span: 3 },
          { reference: 'employerId', of: 'address', label: '单位地址', span: 6 },
          ...at(3, 'occupationCode'),
          ...at(3, 'yearsWorked', 'labourContractCode'),
          ...at(6, 'socialInsuranceCodes'),
        ],
      },
      {
        title: '登记',
        items: [
          ...at(3, 'appliesForPermitCode'),
          ...at(6, 'accompanyingMinors'),
          ...at(3, 'collectorId'),
          ...at(3, 'collectionDate', 'paperFormNumber'),
          ...at(6, 'remarks'),
        ],
      },
    ],
    pins: ['dwellingId', 'collectorId', 'collectionDate'],
    parents: {},
    notCopied: [
      'documentTypeCode',
      'documentNumber',
      'name',
      'formerName',
      'sexCode',
      'birthDate',
      'documentValidFromDate',
      'documentValidToDate',
      'photo',
      'telephone',
      'accompanyingMinors',
      'paperFormNumber',
      'remarks',
    ],
  },
  dwelling: {
    sections: [
      {
        title: '地址',
        items: [
          ...at(3, 'archiveNumber', 'communityCode', 'streetCode', 'doorNumber'),
          ...at(3, 'building', 'entrance', 'floor', 'roomNumber'),
          ...at(6, 'commonAddress'),
        ],
      },
      {
        title: '房屋',
        items: [
          ...at(3, 'dwellingTypeCode', 'dwellingUseCode', 'structureCode', 'floorArea'),
          ...at(3, 'roomCount', 'occupancyUseCode'),
        ],
      },
      {
        title: '产权',
        items: [
          ...at(3, 'ownershipCode', 'ownerName', 'ownerDocumentNumber', 'ownerTelephone'),
          ...at(3, 'ownerBodyName', 'ownerBodyPrincipalName', 'ownerBodyTelephone'),
        ],
      },
      {
        title: '出租与登记',
        items: [
          ...at(3, 'agentName', 'agentDocumentNumber', 'agentTelephone', 'letRoomCount'),
          ...at(3, 'responsibilityLetterNumber', 'coordinatorId'),
          ...at(6, 'safetyFacilityCodes'),
          ...at(3, 'collectionDate'),
          ...at(9, 'remarks'),
        ],
      },
    ],
    pins: ['communityCode', 'streetCode', 'doorNumber', 'coordinatorId', 'collectionDate'],
    parents: { streetCode: 'communityCode' },
    notCopied: ['archiveNumber', 'roomNumber', 'responsibilityLetterNumber', 'remarks'],
  },
  coordinator: {
    sections: [
      {
        title: '协管员',
        items: [
          ...at(3, 'name', 'sexCode', 'citizenIdNumber', 'telephone'),
          ...at(3, 'communityCode', 'employmentDate', 'workCardNumber', 'photo'),
          ...at(12, 'remarks'),
        ],
      },
    ],
    pins: ['communityCode'],
    parents: {},
    notCopied: ['name', 'sexCode', 'citizenIdNumber', 'telephone', 'workCardNumber', 'photo', 'remarks'],
  },
  employer: {
    sections: [
      {
        title: '单位',
        items: [
          ...at(6, 'name'),
          ...at(3, 'socialCreditCode', 'employerTypeCode'),
          ...at(3, 'industryCode', 'divisionCode'),
          ...at(6, 'address'),
          ...at(3, 'principalName', 'telephone', 'headcount', 'coordinatorId'),
          ...at(12, 'remarks'),
        ],
      },
    ],
    pins: ['divisionCode', 'coordinatorId'],
    parents: {},
    notCopied: ['name', 'socialCreditCode', 'principalName', 'telephone', 'headcount', 'remarks'],
  },
}

/** The layout of a register's form. */
export function getLayout(register: RegisterName): EntryLayout {
  return layouts[register]
}

/** The fields of a layout in the order of the focus. */
export function focusOrderOf(layout: EntryLayout): readonly string[] {
  return layout.sections.flatMap(({ items }) =>
    items.flatMap((item) => ('field' in item ? [item.field] : [])),
  )
}
