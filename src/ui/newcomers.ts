import { placeOfRun, runCommand } from '../model/command-text.ts'
import { calledOf } from '../model/identity-text.ts'
import type { RunState } from '../model/run/state.ts'
import { accountText } from './account.ts'
import { clockTime, folded, type Page } from './page.ts'
import { count, hanging, plain, wrap } from './text.ts'

const FOLD = 6

/** Identities that were created since the run began, with who created them, and where nobody could look. */
export function newcomerLines(state: RunState, page: Page): string[] {
  const { newcomers, unlooked } = state
  const all = [...newcomers.values()]
  const problems = [...unlooked].flatMap(([name, texts]) => {
    const [cloud = '', ...rest] = name.split(':')
    const where = accountText({ cloud, account: rest.join(':') })
    return texts.map(text => `could not look for new identities in ${where}: ${plain(text)}`)
  })
  if (all.length === 0 && problems.length === 0) return []
  const open = all.filter(({ contained }) => !contained).length
  const stopped = all.length - open
  const head =
    all.length === 0
      ? []
      : wrap(
          `${count(all.length, 'identity', 'identities')} appeared in the account since the run began; ${stopped === 0 ? 'not' : `${stopped}`} contained${stopped > 0 && open > 0 ? `, ${open} not` : ''}:`,
          page.columns - 2,
        ).map(line => `  ${open > 0 ? page.paint.person(line) : line}`)
  const { shown, more } = folded(all, FOLD, page)
  return [
    ...head,
    ...shown.flatMap(({ identity, created, maker, ask, contained, because }) => {
      const when = created === undefined ? '' : `, created ${clockTime(created, page.now)}`
      const who = maker === undefined ? '' : `, by ${plain(maker.name)}`
      const what = contained
        ? ', contained'
        : because === undefined
          ? ''
          : `, not contained: ${plain(because)}`
      return [
        ...wrap(`${identity.kind} ${calledOf(identity)}${when}${who}${what}`, page.columns - 4).map(
          (line, at) => `    ${at === 0 ? '' : '  '}${line}`,
        ),
        // Not wrapped: it is there to be copied.
        ...(maker === undefined && ask !== undefined ? [page.paint.faint(`      who? ${plain(ask)}`)] : []),
      ]
    }),
    ...(more > 0 ? [`    … and ${more} more (${runCommand('status', placeOfRun(state), '--all')})`] : []),
    ...problems.flatMap(text => hanging('  ! ', text, page.columns, page.paint.open)),
    '',
  ]
}
