import { code, codes, date, decimal, integer, reference, text } from '../fields/field.ts'
import { isOwnedByBody, isOwnedByPerson } from './dwelling-rules.ts'
import { defineRegister } from './register.ts'

/** 房屋: one room or flat with an address of its own. Field order = paper order. */
export const dwelling = defineRegister({
  name: 'dwelling',
  table: 'dwelling',
  label: '房屋',
  version: 2,
  statusLabels: { active: '有效', cancelled: '已注销' },
  naturalKey: ['communityCode', 'streetCode', 'doorNumber', 'building', 'entrance', 'roomNumber'],
  mergeGroups: [['communityCode', 'streetCode', 'doorNumber', 'building', 'entrance', 'roomNumber']],
  title: ['streetCode', 'doorNumber', 'building', 'entrance', 'roomNumber'],
  nameField: 'ownerName',
  fields: {
    archiveNumber: text('房屋档案编号', { isAutomatic: true, maxLength: 40, format: 'addressPart' }),
    communityCode: code('社区', { required: true, dictionary: 'community' }),
    estateId: reference('小区', { register: 'estate' }),
    streetCode: code('街(路巷)', { required: true, dictionary: 'street' }),
    doorNumber: text('门(楼)牌号', { required: true, format: 'addressPart', maxLength: 30 }),
    building: text('楼栋', { format: 'addressPart', maxLength: 20 }),
    entrance: text('单元', { format: 'addressPart', maxLength: 20 }),
    floor: text('楼层', { format: 'addressPart', maxLength: 10 }),
    roomNumber: text('房号', { required: true, format: 'addressPart', maxLength: 20 }),
    commonAddress: text('业务描述地址', { maxLength: 100 }),
    dwellingTypeCode: code('房屋类别', { required: true, dictionary: 'dwelling-type' }),
    dwellingUseCode: code('房屋用途', { required: true, dictionary: 'dwelling-use' }),
    structureCode: code('建筑结构', { dictionary: 'structure' }),
    floorArea: decimal('建筑面积', { scale: 2, maximum: 100_000, unit: '㎡' }),
    roomCount: integer('房间数', { required: true, minimum: 1, maximum: 999 }),
    occupancyUseCode: code('使用情况', { required: true, dictionary: 'occupancy-use' }),
    ownershipCode: code('产权类型', { required: true, dictionary: 'ownership' }),
    ownerName: text('产权人姓名', {
      format: 'personName',
      maxLength: 50,
      requiredWhen: isOwnedByPerson,
      appliesWhen: isOwnedByPerson,
    }),
    ownerDocumentNumber: text('产权人证件号码', {
      format: 'documentNumber',
      maxLength: 30,
      isPersonal: true,
      appliesWhen: isOwnedByPerson,
    }),
    ownerTelephone: text('产权人电话', {
      format: 'telephone',
      maxLength: 20,
      isPersonal: true,
      requiredWhen: isOwnedByPerson,
      appliesWhen: isOwnedByPerson,
    }),
    ownerBodyName: text('产权单位', {
      maxLength: 100,
      requiredWhen: isOwnedByBody,
      appliesWhen: isOwnedByBody,
    }),
    ownerBodyPrincipalName: text('单位负责人', {
      format: 'personName',
      maxLength: 50,
      appliesWhen: isOwnedByBody,
    }),
    ownerBodyTelephone: text('单位电话', {
      format: 'telephone',
      maxLength: 20,
      requiredWhen: isOwnedByBody,
      appliesWhen: isOwnedByBody,
    }),
    agentName: text('代理人姓名', { format: 'personName', maxLength: 50 }),
    agentDocumentNumber: text('代理人证件号码', {
      format: 'documentNumber',
      maxLength: 30,
      isPersonal: true,
    }),
    agentTelephone: text('代理人电话', { format: 'telephone', maxLength: 20, isPersonal: true }),
    letRoomCount: integer('出租间数', { maximum: 999 }),
    responsibilityLetterNumber: text('责任书编号', { maxLength: 40, format: 'addressPart' }),
    coordinatorId: reference('协管员', { register: 'coordinator' }),
    safetyFacilityCodes: codes('安全设施', { dictionary: 'safety-facility' }),
    collectionDate: date('采集日期', { required: true, defaultsToToday: true }),
    remarks: text('备注', { maxLength: 200, isMultiline: true }),
  },
  rules: [
    {
      name: 'letRoomsFitRooms',
      check(values) {
        const rooms = values['roomCount']
        const letRooms = values['letRoomCount']
        if (typeof rooms !== 'number' || typeof letRooms !== 'number' || letRooms <= rooms) return []
        return [{ field: 'letRoomCount', message: '出租间数不能多于房间数!' }]
      },
    },
  ],
  cancellation: {
    reasonCode: code('注销原因', { required: true, dictionary: 'dwelling-cancel-reason' }),
    cancelDate: date('注销日期', { required: true, defaultsToToday: true }),
  },
})
