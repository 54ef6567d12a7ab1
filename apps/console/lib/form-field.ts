/** One line of a form as data: what is asked is known where it is made, how it looks where it is shown. */
export type FormField<Id extends string = string> =
  | {
      readonly kind: 'choice'
      readonly id: Id
      readonly label: string
      readonly value: string
      readonly options: readonly { readonly value: string; readonly label: string }[]
      readonly hint?: string
    }
  | {
      readonly kind: 'number'
      readonly id: Id
      readonly label: string
      readonly value: string
      readonly unit: string
      readonly hint?: string
      readonly error: string | null
    }
