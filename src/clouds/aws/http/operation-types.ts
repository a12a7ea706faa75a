/** The operations of an SDK module, by AWS's own names: `GetUser` for `GetUserCommand`. */
export type OperationsOf<Module> = {
  [Name in keyof Module as Name extends `${infer Operation}Command` ? Operation : never]: Module[Name]
}
export type InputOf<Class> = Class extends new (...args: infer Args) => unknown ? OnlyOf<Args> : never
/** An operation without required members may be constructed with no input. */
type OnlyOf<Args> = Args extends [infer Input] ? Input : never
export type OutputOf<Class> = Class extends new (
  ...args: never[]
) => { resolveMiddleware: (...args: never[]) => infer Handler }
  ? Handler extends (...args: never[]) => Promise<{ output: infer Output }>
    ? Output
    : never
  : never

export type Call<Module> = <Operation extends keyof OperationsOf<Module> & string>(
  operation: Operation,
  input: InputOf<OperationsOf<Module>[Operation]>,
  /** The principal that is looked at in a listing, see `subjectOf`; that of the input when missing. */
  subject?: string,
) => Promise<OutputOf<OperationsOf<Module>[Operation]>>
