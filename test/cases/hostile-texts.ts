export const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u0008\u007f'
export const BIDI = 'admin\u202egnp.exe\u2066\u200f'
export const LINES = 'one\r\ntwo\u2028three\u0085four'
export const FORMULAS = ['=cmd|"/c calc"!A1', '+1+1', '-2+3', '@SUM(A1)', '\t=1', '\r=1']
export const HOSTILE: { [key: string]: string } = {
  escapes: ESCAPES,
  bidi: BIDI,
  lines: LINES,
  quote: '","=1+1","',
  long: 'x'.repeat(5000),
  ...Object.fromEntries(FORMULAS.map((text, at) => [`formula${at}`, text])),
  [ESCAPES]: 'as a key',
  __proto__x: 'y',
  constructor: 'z',
}
