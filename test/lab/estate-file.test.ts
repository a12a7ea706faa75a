import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetUserCommand, IAMClient, TagUserCommand } from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LabClock } from '../../src/lab/clock.ts'
import { keeper } from '../../src/lab/estate-file.ts'
import { Table } from '../../src/lab/propagation.ts'
import { Sealer } from '../../src/lab/sealed.ts'
import { ACCOUNT, ADMIN, keysOf, role, sessionKeys, start, to, town, trusts, user } from './aws/town.ts'
import { town as azureTown, KEY_VAULT } from './azure/town.ts'
import { start as startGcp } from './gcp/hq.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interdict-keep-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const fileOf = () => join(folder, 'lab.json')
const thieves = () =>
  town({
    users: [user('thief', { attached: [ADMIN] })],
    roles: [role('deploy', trusts({ AWS: `arn:aws:iam::${ACCOUNT}:user/thief` }), { attached: [ADMIN] })],
  })

test('sessions of AWS are not kept, and outlive the lab that issued them', async () => {
  const lab = await start({ estate: thieves, file: fileOf() })
  const before = await readFile(fileOf(), 'utf8')
  const assume = (from: Parameters<typeof to>[0]) =>
    new STSClient(to(from, keysOf('thief'))).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/deploy`, RoleSessionName: 'again' }),
    )
  const { Credentials } = await assume(lab)
  for (let at = 0; at < 50; at += 1) await assume(lab)
  expect(lab.estate().sessions).toHaveLength(1)
  expect(await readFile(fileOf(), 'utf8')).toBe(before)
  await lab.close()

  const again = await start({ estate: thieves, file: fileOf() })
  const who = (keys: ReturnType<typeof sessionKeys>) =>
    new STSClient(to(again, keys)).send(new GetCallerIdentityCommand({}))
  const keys = sessionKeys(Credentials)
  expect((await who(keys)).Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/deploy/again`)
  for (const wrong of [
    { ...keys, accessKeyId: 'ASIAANOTHER000000000' },
    { ...keys, sessionToken: `${keys.sessionToken?.slice(0, -2)}AA` },
    { ...keys, sessionToken: 'AAAA' },
  ]) {
    await expect(who(wrong)).rejects.toMatchObject({ name: 'InvalidClientTokenId' })
  }
  again.clock.advance(2 * 3600)
  await expect(who(keys)).rejects.toMatchObject({ name: 'ExpiredToken' })
})

test('tokens of Google are not kept, and outlive the lab that issued them', async () => {
  const account = 'orders@acme-prod.iam.gserviceaccount.com'
  const secret = '/v1/projects/acme-prod/secrets/orders-database/versions/latest:access'
  const hq = await startGcp({ file: fileOf() })
  const { size } = await stat(fileOf())
  const token = await hq.token(account)
  for (let at = 0; at < 50; at += 1) await hq.token(account)
  expect(hq.gcp.estate().tokens).toEqual([])
  await hq.lab.close()
  expect((await stat(fileOf())).size).toBe(size)

  const again = await startGcp({ file: fileOf() })
  const read = async (bearer: string) => (await again.call('GET', secret, undefined, bearer)).status
  expect(await read(token)).toBe(200)
  expect(await read(`${token.slice(0, -4)}AAAA`)).toBe(401)
  expect(await read('ya29.c.AAAA')).toBe(401)
  again.lab.clock.advance(2 * 3600)
  expect(await read(token)).toBe(401)
})

test('tokens of Entra are not kept', async () => {
  const here = await azureTown()
  const before = JSON.stringify(here.lab.clouds[0]?.estate())
  for (let at = 0; at < 20; at += 1) await here.responder(KEY_VAULT)
  expect(JSON.stringify(here.lab.clouds[0]?.estate())).toBe(before)
})

test('sealed text opens only with its key, and unchanged', () => {
  const sealer = new Sealer('one')
  const text = sealer.seal({ a: 1 })
  expect(sealer.open(text)).toEqual({ a: 1 })
  expect(new Sealer('one').open(text)).toEqual({ a: 1 })
  expect(new Sealer('two').open(text)).toBeUndefined()
  expect(sealer.open(`${text}=`)).toBeUndefined()
  expect(sealer.open('')).toBeUndefined()
  for (let at = 0; at < text.length; at += 1) {
    const other = text.charAt(at) === 'A' ? 'B' : 'A'
    expect(sealer.open(text.slice(0, at) + other + text.slice(at + 1)), `character ${at}`).toBeUndefined()
  }
})

test('a lab that keeps later answers first, writes many changes together, and has all of them when it is closed', async () => {
  const lab = await start({ estate: thieves, file: fileOf(), keepWithinMs: 60_000 })
  const before = await readFile(fileOf(), 'utf8')
  const iam = new IAMClient(to(lab, keysOf('thief')))
  for (let at = 0; at < 20; at += 1) {
    await iam.send(new TagUserCommand({ UserName: 'reader', Tags: [{ Key: 'turn', Value: String(at) }] }))
  }
  expect(await readFile(fileOf(), 'utf8')).toBe(before)
  await lab.close()
  const again = await start({ estate: thieves, file: fileOf() })
  const { User } = await new IAMClient(to(again)).send(new GetUserCommand({ UserName: 'reader' }))
  expect(User?.Tags).toEqual([{ Key: 'turn', Value: '19' }])
})

test('a change is in the file within the time given, and a writing that failed is told with the next change', async () => {
  let written = 0
  const kept = { id: 'lab-x', clockOffset: 0, estates: {} }
  const file = join(folder, 'sub', 'lab.json')
  const current = () => {
    written += 1
    if (written === 2) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    return kept
  }
  const keeps = keeper(file, current, 1)
  await keeps.changed()
  await until(() => written === 1)
  await keeps.changed()
  await until(() => written === 2)
  await expect(untilThrown(() => keeps.changed())).rejects.toThrow('no space')
  await keeps.flush()
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ version: 2, ...kept })
})

/** Lets timers and files have their turn until it is so. */
async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise(resolve => setImmediate(resolve))
}

async function untilThrown(act: () => Promise<void>): Promise<void> {
  for (;;) {
    await act()
    await new Promise(resolve => setImmediate(resolve))
  }
}

test('a table forgets the longest deleted records that no view lags behind', () => {
  const clock = new LabClock()
  const table = new Table<number>(clock, 5000)
  for (let at = 0; at < 1500; at += 1) {
    table.set(`a${String(at).padStart(5, '0')}`, at)
    table.delete(`a${String(at).padStart(5, '0')}`)
  }
  expect([...table.after(undefined, 'stale')]).toHaveLength(1500)
  clock.advance(6)
  table.set('b', 1)
  table.delete('b')
  expect([...table.after(undefined, 'stale')]).toHaveLength(1000)
  expect(table.get('b', 'stale')).toBe(1)
})
