import { code, date, integer, list, text } from '../fields/field.ts'
import { defineRegister } from './register.ts'

/** 小区: a walled group of buildings under one property management. Field order = paper order. */
export const estate = defineRegister({
  name: 'estate',
  table: 'estate',
  label: '小区',
  version: 1,
  statusLabels: { active: '有效', cancelled: '已注销' },
  naturalKey: ['communityCode', 'name'],
  title: ['name'],
  nameField: 'name',
  fields: {
    name: text('小区名称', { required: true, maxLength: 60 }),
    communityCode: code('社区', { required: true, dictionary: 'community' }),
    address: text('地址', { required: true, maxLength: 100 }),
    developerName: text('开发商', { maxLength: 100 }),
    builderName: text('建筑商', { maxLength: 100 }),
    propertyServiceName: text('物业公司', { maxLength: 100 }),
    propertyServiceTelephone: text('物业电话', { format: 'telephone', maxLength: 20 }),
    buildings: list('楼栋', {
      maximumRows: 100,
      fields: {
        name: text('楼栋名称', { required: true, format: 'addressPart', maxLength: 20 }),
        entranceCount: integer('单元数', { required: true, minimum: 1, maximum: 50 }),
        floorCount: integer('层数', { required: true, minimum: 1, maximum: 120 }),
        roomsPerFloor: integer('每层户数', { required: true, minimum: 1, maximum: 60 }),
      },
    }),
  },
  rules: [
    {
      name: 'buildingNamesDiffer',
      check(values) {
        const { buildings } = values
        if (!Array.isArray(buildings)) return []
        const names = buildings.map((each) =>
          typeof each === 'object' && each !== null && 'name' in each ? String(each['name']) : '',
        )
        const repeated = names.find((name, index) => name !== '' && names.indexOf(name) !== index)
        return repeated === undefined
          ? []
          : [{ field: 'buildings', message: `楼栋:楼栋名称「${repeated}」重复,请核对!` }]
      },
    },
  ],
  cancellation: {
    reasonCode: code('注销原因', { required: true, dictionary: 'estate-cancel-reason' }),
    cancelDate: date('注销日期', { required: true, defaultsToToday: true }),
  },
})
