const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `22:14 UTC`, or `2 Mar 02:14 UTC` on another day. */
export function clockTime(at: string, now: string): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return '?'
  const [day = '', time = ''] = date.toISOString().split('T')
  const other = day === now.slice(0, 10) ? '' : `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} `
  return `${other}${time.slice(0, 5)} UTC`
}
