import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { clouds } from '../../src/clouds/index.ts'
import { SCHEMA_FILE } from '../../src/model/playbook/template.ts'
import { startersOf } from '../../src/toolkit/new-playbook.ts'
import { program } from './program.ts'

const interdict = program()
afterAll(() => interdict.close())

cpSync('playbooks/records', join(interdict.folder, 'records'), { recursive: true })
const kinds = (await startersOf(clouds)).map(({ kind }) => kind)
const at = (file: string) => join(interdict.folder, file)

/** Both commands that the note names. */
async function check(file: string): Promise<void> {
  const validated = await interdict.run('playbook', 'validate', file)
  expect(validated).toMatchObject({ exit: 0, stdout: `✔ ${file}: valid\n` })
  const tested = await interdict.run('playbook', 'test', file)
  expect(tested, tested.stdout).toMatchObject({ exit: 0 })
}

describe('a new playbook', () => {
  test.each([...kinds, undefined])('for kind %s is valid, and its test passes', async kind => {
    const name = `new-${kind ?? 'usual'}`
    const { exit, stderr } = await interdict.run(
      ...['playbook', 'new', name, ...(kind === undefined ? [] : ['--kind', kind])],
    )
    expect(exit, stderr).toBe(0)
    expect(stderr).toContain(`interdict playbook test ${name}.yaml`)
    await check(`${name}.yaml`)
  })

  test.each([
    ['ci-token-at-night.json', 'role: github-deployer'],
    ['key-abroad.ndjson', 'user: billing-export'],
    ['secret-never-read.json', 'account: checkout@acme-prod.iam.gserviceaccount.com'],
    ['vendor-sign-in-elsewhere.json', 'principal: df82af2d-4e89-4a7f-9fbd-bda84fcb2688'],
  ])('from %s fires on that record, with %s', async (record, input) => {
    const name = `from-${record.replace(/\..*/, '')}`
    const { exit } = await interdict.run('playbook', 'new', name, '--record', `records/${record}`)
    expect(exit).toBe(0)
    const source = readFileSync(at(`${name}.yaml`), 'utf8')
    expect(source).toContain(`event: "records/${record}"\n`)
    expect(source).toContain(`inputs: { ${input} }`)
    await check(`${name}.yaml`)
  })

  test('takes the record in where no file beside it has it', async () => {
    mkdirSync(at('playbooks'))
    const words = ['playbook', 'new', 'elsewhere', '--record', 'records/ci-token-at-night.json']
    expect(await interdict.run(...words, '--out', 'playbooks/elsewhere.yaml')).toMatchObject({ exit: 0 })
    expect(readFileSync(at('playbooks/elsewhere.yaml'), 'utf8')).toContain(
      'eventName: AssumeRoleWithWebIdentity',
    )
    await check('playbooks/elsewhere.yaml')
  })

  test('names the schema beside it, by a path that holds on every machine', async () => {
    expect(await interdict.run('playbook', 'new', 'portable')).toMatchObject({ exit: 0 })
    const [, schema = ''] = /\$schema=(\S+)\n/.exec(readFileSync(at('portable.yaml'), 'utf8')) ?? []
    expect(schema).toBe(`./${SCHEMA_FILE}`)
    expect(readFileSync(at(schema), 'utf8')).toBe(readFileSync(`playbooks/${SCHEMA_FILE}`, 'utf8'))
  })

  test('leaves another schema as it is, and says so', async () => {
    mkdirSync(at('old'))
    writeFileSync(at(`old/${SCHEMA_FILE}`), '{}')
    const { exit, stderr } = await interdict.run('playbook', 'new', 'older', '--out', 'old/older.yaml')
    expect(exit).toBe(0)
    expect(stderr).toContain(`old/${SCHEMA_FILE} is of another version`)
    expect(readFileSync(at(`old/${SCHEMA_FILE}`), 'utf8')).toBe('{}')
  })

  test('is printed with --out -, and no file is written', async () => {
    const { stdout } = await interdict.run('playbook', 'new', 'printed', '--mode', 'act', '--out', '-')
    expect(stdout).toContain('mode: act ')
    expect(existsSync(at('printed.yaml'))).toBe(false)
  })

  test('has the interruptions that are asked for', async () => {
    const words = [
      'playbook',
      'new',
      'chosen',
      '--interrupt',
      'quarantine',
      '--interrupt',
      'detach',
      '--out',
      '-',
    ]
    expect((await interdict.run(...words)).stdout).toContain('interrupt: [quarantine, detach]')
  })

  test.each([
    [['Wrong Name'], 'is not a valid name', 'lower-case words joined by hyphens'],
    [['x', '--kind', 'rol'], 'no new playbook can be written for "rol"', "did you mean 'role'?"],
    [['x', '--record', 'missing.json'], 'cannot read "missing.json": ENOENT', ''],
    [['x', '--record', 'chosen.txt'], 'no event in "chosen.txt"', 'give a record as the cloud writes it'],
    [
      ['x', '--record', 'records/agent-refused.ndjson'],
      "the record's identity is agent",
      '--kind takes role, user',
    ],
    [['x', '--interrupt', 'quarantin'], "called 'quarantin'", "did you mean 'quarantine'?"],
  ])('of %j is refused with what to do', async (words, message, next) => {
    writeFileSync(at('chosen.txt'), '{}')
    const { exit, stderr } = await interdict.run('playbook', 'new', ...words)
    expect(exit).toBe(2)
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(message)
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(next)
    expect(existsSync(at('x.yaml'))).toBe(false)
  })
})
