import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { PhotoField } from '../../src-shared/fields/field.ts'
import { call, RequestFailure } from '../client/call.ts'
import { usePhoto } from '../client/use-photo.ts'
import { fieldIds, useRenderCount, type FieldInputProps } from './field-input.tsx'
import { encodePhoto } from './photo-file.ts'
import { useFieldState } from './use-field.ts'
import { photoKeys } from '../keys/bindings.ts'
import { findPressed } from '../keys/press.ts'

/** A photo: Space chooses a file, Ctrl+V takes a picture from the clipboard, Delete removes it. */
export function PhotoInput(props: FieldInputProps & { readonly field: PhotoField }): ReactNode {
  const { store, name, idPrefix, field } = props
  const state = useFieldState(store, name)
  const control = useRef<HTMLDivElement>(null)
  const file = useRef<HTMLInputElement>(null)
  const [isWorking, setWorking] = useState(false)
  const photo = usePhoto(state.value)
  const picture = photo !== undefined && 'address' in photo ? photo.address : undefined
  const missing = photo !== undefined && 'reason' in photo ? photo.reason : undefined
  const ids = fieldIds(idPrefix, name)
  useRenderCount(control)
  useEffect(() => store.attach(name, { focus: () => control.current?.focus() }), [store, name])

  async function accept(blob: Blob): Promise<void> {
    setWorking(true)
    try {
      const base64 = await encodePhoto(blob)
      const { hash } = await call('photo.put', { base64 })
      store.setInput(name, { text: '', value: hash }, 'typed')
    } catch (error) {
      const reason =
        error instanceof RequestFailure ? error.message : '这个文件不是能识别的图片,请选择 JPG 或 PNG 文件!'
      store.setNote(name, `${field.label}:${reason}`)
    } finally {
      setWorking(false)
    }
  }
  function onKeyDown(event: KeyboardEvent): void {
    const pressed = findPressed(event.nativeEvent, photoKeys)
    if (pressed === 'choose') {
      event.preventDefault()
      file.current?.click()
    } else if (pressed === 'remove' && state.value !== null) {
      event.preventDefault()
      store.setInput(name, { text: '', value: null }, 'typed')
    }
  }

  return (
    <>
      <div
        ref={control}
        id={ids.control}
        className="box box-photo"
        role="button"
        tabIndex={0}
        aria-labelledby={`${ids.label} ${ids.control}-state`}
        aria-describedby={state.reason === null ? undefined : ids.reason}
        onKeyDown={onKeyDown}
        onClick={() => file.current?.click()}
        onPaste={(event) => {
          const pasted = [...event.clipboardData.files].find((each) => each.type.startsWith('image/'))
          if (pasted) void accept(pasted)
        }}
        onBlur={() => store.leave(name)}
      >
        {picture === undefined ? null : <img src={picture} alt="" />}
        <span id={`${ids.control}-state`} className="box-hint" title={missing}>
          {isWorking
            ? '正在处理'
            : state.value === null
              ? '空格选择文件'
              : (missing ?? '空格更换 · Del 删去')}
        </span>
      </div>
      {missing === undefined ? null : <span className="photo-preview">{missing}</span>}
      {picture === undefined ? null : <img className="photo-preview" src={picture} alt="" />}
      <input
        ref={file}
        type="file"
        accept="image/*"
        hidden
        tabIndex={-1}
        aria-hidden="true"
        data-photo-file={name}
        onChange={(event) => {
          const chosen = event.target.files?.[0]
          event.target.value = ''
          if (chosen) void accept(chosen)
        }}
      />
    </>
  )
}
