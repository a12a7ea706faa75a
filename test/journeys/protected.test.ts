import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Program, programInLab } from '../commands/program.ts'

const NAME = 'etl-legacy@acme-prod.iam.gserviceaccount.com'
const ACCOUNT = `gcp:acme-prod:service-account/${NAME}`

const homes: Program[] = []
afterAll(async () => {
  for (const each of homes) await each.close()
})

/** A playbook that protects the very account that it names, by its address. */
async function home(): Promise<{ interdict: Program; playbook: string }> {
  const interdict = await programInLab()
  homes.push(interdict)
  const playbook = join(interdict.folder, 'stop.yaml')
  writeFileSync(
    playbook,
    `version: 1
name: stop
title: Stop
status: test
severity: high
scope:
  gcp: { projects: [self] }
protect:
  - identity.tags.exists(k, k == "break-glass")
  - identity.name.startsWith("etl-legacy@")
limit: { identities: 2, share: 1 }
ttl: 1h
steps:
  - name: the account
    select: identity.kind == "service-account" && identity.name == "${NAME}"
    interrupt: [disable]
`,
  )
  return { interdict, playbook }
}

test('a refusal says why each identity is spared, and its command includes it', async () => {
  const { interdict, playbook } = await home()
  const refused = await interdict.json('contain', playbook, '--lab', '--yes')
  expect(refused).toMatchObject({ exit: 3, data: { error: { code: 'refused', where: ACCOUNT } } })
  const { message, next } = refused.data.error
  expect(message).toContain(`${ACCOUNT} is spared: protected: identity.name.startsWith("etl-legacy@")`)
  expect(next).toBe(
    `interdict contain ${playbook} --include-protected ${ACCOUNT} --reason 'why it is touched all the same' --lab`,
  )

  const unreasoned = await interdict.json('contain', playbook, '--lab', '--yes', '--include-protected', 'all')
  expect(unreasoned).toMatchObject({ exit: 2, data: { error: { code: 'usage' } } })

  const done = await interdict.json(
    ...['contain', playbook, '--lab', '--yes', '--include-protected', ACCOUNT, '--reason', 'it leaked'],
  )
  expect(done).toMatchObject({
    exit: 0,
    data: { status: 'complete', overruled: [{ identity: ACCOUNT, class: 'name', by: 'asked' }] },
  })
  const { run } = done.data
  const [first = ''] = readFileSync(join(interdict.folder, 'state', 'runs', `${run}.jsonl`), 'utf8').split(
    '\n',
  )
  expect(JSON.parse(first)).toMatchObject({ reason: 'it leaked', includeProtected: [ACCOUNT] })
  const shown = await interdict.run('status', run)
  expect(shown.stdout.replace(/\s+/g, ' ')).toContain('was touched although protected')
})

test('a plan that includes what is protected is carried out by somebody who includes it too', async () => {
  const { interdict, playbook } = await home()
  const file = join(interdict.folder, 'plan.json')
  await interdict.run('plan', playbook, '--lab', '--include-protected', 'all', '--out', file)
  const alone = await interdict.json('contain', file, '--lab', '--yes', '--reason', 'x')
  expect(alone).toMatchObject({ exit: 3, data: { error: { where: 'includeProtected' } } })
  const both = await interdict.json(
    ...['contain', file, '--lab', '--yes', '--include-protected', 'all', '--reason', 'x'],
  )
  expect(both).toMatchObject({ exit: 0, data: { status: 'complete' } })
})

test('protect by tag says that Google service accounts have none, where nothing else protects them', async () => {
  const { interdict, playbook } = await home()
  const text = readFileSync(playbook, 'utf8').replace(/^ {2}- identity\.name\.startsWith.*\n/m, '')
  writeFileSync(playbook, text)
  const { data } = await interdict.json('plan', playbook, '--lab')
  expect(data.warnings).toContainEqual(
    expect.stringMatching(
      /^protect identity\.tags.* protects nothing here \(Service account\): it has no tags; use identity\.name or identity\.displayName or identity\.description$/,
    ),
  )
})
