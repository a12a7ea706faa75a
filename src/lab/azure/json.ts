/** A value of JSON. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json }
