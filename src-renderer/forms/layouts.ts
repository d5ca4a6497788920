import type { RegisterName } from '../../src-shared/registers/register.ts'

/** One place in the form's grid of twelve columns: a field, or a value shown beside a reference. */
export type LayoutItem =
  | { readonly field: string; readonly span: number }
  | { readonly reference: string; readonly of: string; readonly label?: string; readonly span: number }

export type EntryLayout = {
  readonly sections: readonly { readonly title: string; readonly items: readonly LayoutItem[] }[]
  /** Fields that keep their value after 保存并新增 until the clerk unpins them. */
  readonly pins: readonly string[]
  /** Which pins hang below a field: another value of it lets them go (a new dwelling: how and since when somebody lives there). */
  readonly pinsBelow?: Readonly<Record<string, readonly string[]>>
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
    pinsBelow: {
      dwellingId: [
        'residenceTypeCode',
        'residenceReasonCode',
        'arrivalDate',
        'moveInDate',
        'intendedStayCode',
        'landlordRelationCode',
      ],
      employerId: ['occupationCode', 'yearsWorked', 'labourContractCode', 'socialInsuranceCodes'],
    },
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
  minor: {
    sections: [
      {
        title: '身份',
        items: [
          ...at(3, 'name', 'sexCode', 'birthDate', 'documentTypeCode'),
          ...at(3, 'documentNumber'),
          ...at(6, 'guardianId'),
          { reference: 'guardianId', of: 'documentNumber', label: '监护人证件号码', span: 3 },
          { reference: 'guardianId', of: 'telephone', label: '监护人电话', span: 3 },
          ...at(3, 'kinshipCode'),
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
        ],
      },
      {
        title: '就学与接种',
        items: [
          ...at(3, 'schoolingCode'),
          ...at(6, 'schoolId'),
          { reference: 'schoolId', of: 'address', label: '学校地址', span: 3 },
          ...at(3, 'gradeCode', 'vaccinationCode'),
        ],
      },
      {
        title: '登记',
        items: [...at(3, 'collectorId', 'collectionDate'), ...at(6, 'remarks')],
      },
    ],
    pins: ['dwellingId', 'collectorId', 'collectionDate'],
    pinsBelow: { guardianId: ['kinshipCode'], schoolId: ['gradeCode'] },
    parents: {},
    notCopied: ['name', 'sexCode', 'birthDate', 'documentTypeCode', 'documentNumber', 'gradeCode', 'remarks'],
  },
  school: {
    sections: [
      {
        title: '学校',
        items: [
          ...at(6, 'name'),
          ...at(3, 'schoolTypeCode', 'schoolOwnershipCode', 'divisionCode'),
          ...at(6, 'address'),
          ...at(3, 'principalName', 'telephone'),
        ],
      },
    ],
    pins: ['divisionCode'],
    parents: {},
    notCopied: ['name', 'address', 'principalName', 'telephone'],
  },
  estate: {
    sections: [
      {
        title: '小区',
        items: [
          ...at(6, 'name', 'communityCode'),
          ...at(12, 'address'),
          ...at(6, 'developerName', 'builderName'),
          ...at(9, 'propertyServiceName'),
          ...at(3, 'propertyServiceTelephone'),
          ...at(12, 'buildings'),
        ],
      },
    ],
    pins: ['communityCode'],
    parents: {},
    notCopied: ['name', 'address', 'buildings'],
  },
  residencePermit: {
    sections: [
      {
        title: '申领',
        items: [
          ...at(3, 'applicantId'),
          { reference: 'applicantId', of: 'documentNumber', label: '申请人证件号码', span: 3 },
          { reference: 'applicantId', of: 'telephone', label: '申请人电话', span: 3 },
          { reference: 'applicantId', of: 'moveInDate', label: '入住日期', span: 3 },
          ...at(3, 'permitActionCode', 'permitBasisCode'),
          ...at(6, 'permitMaterialCodes'),
          ...at(3, 'acceptanceDate', 'dueDate', 'permitTermCode', 'validUntilDate'),
        ],
      },
      {
        title: '办理',
        items: [
          ...at(3, 'acceptedByName', 'stageCode', 'reviewDate', 'refusalReason'),
          ...at(3, 'cardDate', 'permitNumber', 'issueDate'),
        ],
      },
    ],
    pins: ['permitActionCode', 'acceptanceDate', 'permitTermCode'],
    pinsBelow: { applicantId: ['permitBasisCode', 'permitMaterialCodes'] },
    parents: {},
    notCopied: ['applicantId'],
  },
  lease: {
    sections: [
      {
        title: '合同',
        items: [
          ...at(6, 'dwellingId'),
          { reference: 'dwellingId', of: 'communityCode', span: 3 },
          { reference: 'dwellingId', of: 'commonAddress', span: 3 },
          ...at(3, 'lessorName'),
          ...at(9, 'lesseeIds'),
          ...at(3, 'startDate', 'endDate', 'monthlyRent', 'deposit'),
          ...at(3, 'leaseUseCode'),
        ],
      },
      {
        title: '备案',
        items: [
          ...at(3, 'filingNumber', 'filingDate', 'stageCode'),
          ...at(3, 'terminationDate', 'terminationReasonCode'),
        ],
      },
    ],
    pins: ['filingDate', 'leaseUseCode'],
    pinsBelow: { dwellingId: ['startDate', 'endDate', 'monthlyRent', 'deposit'] },
    parents: {},
    notCopied: ['dwellingId', 'lesseeIds', 'monthlyRent', 'deposit'],
  },
  inspection: {
    sections: [
      {
        title: '检查',
        items: [
          ...at(6, 'dwellingId'),
          { reference: 'dwellingId', of: 'communityCode', span: 3 },
          { reference: 'dwellingId', of: 'commonAddress', span: 3 },
          { reference: 'dwellingId', of: 'ownerName', span: 3 },
          ...at(3, 'inspectionDate'),
          ...at(6, 'inspectorId'),
          ...at(12, 'hazardCodes'),
          ...at(6, 'description'),
          ...at(3, 'photo', 'rectifyByDate'),
        ],
      },
      {
        title: '整改与复查',
        items: [...at(3, 'stageCode', 'reinspectionDate'), ...at(6, 'reinspectionResult')],
      },
    ],
    pins: ['inspectionDate', 'inspectorId'],
    pinsBelow: { dwellingId: ['hazardCodes', 'description', 'rectifyByDate'] },
    parents: {},
    notCopied: ['dwellingId', 'hazardCodes', 'description', 'photo', 'rectifyByDate'],
  },
  serviceRequest: {
    sections: [
      {
        title: '申请',
        items: [
          ...at(3, 'applicantId'),
          { reference: 'applicantId', of: 'telephone', label: '联系电话', span: 3 },
          ...at(3, 'applicantName', 'applicantTelephone'),
          ...at(3, 'serviceTypeCode'),
          ...at(9, 'content'),
          ...at(3, 'acceptanceDate', 'dueDate', 'handlerName'),
        ],
      },
      {
        title: '办理',
        items: [...at(3, 'stageCode', 'finishDate'), ...at(6, 'result'), ...at(3, 'satisfactionCode')],
      },
    ],
    pins: ['serviceTypeCode', 'acceptanceDate'],
    parents: {},
    notCopied: ['applicantId', 'applicantName', 'applicantTelephone', 'content'],
  },
  dwelling: {
    sections: [
      {
        title: '地址',
        items: [
          ...at(3, 'archiveNumber', 'communityCode', 'estateId', 'streetCode'),
          ...at(3, 'doorNumber', 'building', 'entrance', 'floor'),
          ...at(3, 'roomNumber'),
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
    pins: ['communityCode', 'estateId', 'streetCode', 'doorNumber', 'coordinatorId', 'collectionDate'],
    pinsBelow: {
      communityCode: [
        'estateId',
        'streetCode',
        'doorNumber',
        'building',
        'entrance',
        'floor',
        'commonAddress',
      ],
      estateId: ['building', 'entrance', 'floor', 'commonAddress'],
      streetCode: ['doorNumber', 'building', 'entrance', 'floor', 'commonAddress'],
      doorNumber: ['building', 'entrance', 'floor', 'commonAddress'],
    },
    parents: { estateId: 'communityCode', streetCode: 'communityCode' },
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
