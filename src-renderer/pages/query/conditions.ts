import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { Filter } from '../../tables/field-filter.ts'

/** What a clerk asks each register for, in the order of the boxes. `parentField` narrows a list to what lies below. */
export const filtersOf: Readonly<
  Record<RegisterName, readonly (Filter & { readonly parentField?: string })[]>
> = {
  resident: [
    { field: 'name' },
    { field: 'documentNumber' },
    { field: 'telephone' },
    { field: 'dwellingId' },
    { field: 'employerId' },
    { field: 'householdDivisionCode' },
    { field: 'sexCode', operator: 'equals' },
    { field: 'collectorId' },
    { field: 'collectionDate' },
  ],
  dwelling: [
    { field: 'communityCode', operator: 'equals' },
    { field: 'streetCode', operator: 'equals', parentField: 'communityCode' },
    { field: 'doorNumber' },
    { field: 'roomNumber' },
    { field: 'ownerName' },
    { field: 'ownerTelephone' },
    { field: 'occupancyUseCode', operator: 'equals' },
    { field: 'coordinatorId' },
    { field: 'collectionDate' },
  ],
  employer: [
    { field: 'name', operator: 'name' },
    { field: 'socialCreditCode' },
    { field: 'employerTypeCode' },
    { field: 'industryCode' },
    { field: 'divisionCode' },
    { field: 'principalName', operator: 'contains' },
    { field: 'telephone' },
    { field: 'coordinatorId' },
  ],
  coordinator: [
    { field: 'name' },
    { field: 'citizenIdNumber' },
    { field: 'telephone' },
    { field: 'communityCode', operator: 'equals' },
    { field: 'workCardNumber' },
    { field: 'employmentDate' },
  ],
}
