import type { Path } from '../../model/document/yaml.ts'
import { parseDuration } from '../../model/duration.ts'
import type { ConfigPlace, HouseProtection } from '../../model/house.ts'
import type { Json } from '../../model/json.ts'
import type { NotifyTarget, SecretReference } from '../../model/notify-target.ts'
import { SCOPE_FLAGS } from '../scope-settings.ts'
import { fullPath } from './files.ts'
import type { ConfigSettings } from './schema.ts'

/** The settings of one file, or of one profile in it. */
export interface Layer {
  settings: ConfigSettings
  /** Path of the settings in the file. */
  path: Path
  file: string
  profile?: string
  /** It may add protections and approvals and lower ceilings, and nothing else. */
  tightens: boolean
  placeOf(path: Path): ConfigPlace
}

/** One value of a layer, with what it means. */
export interface Leaf {
  /** Its members joined by dots; all protections have the key `protect`. */
  key: string
  value: Json
  at: ConfigPlace
  layer: Layer
  protect?: HouseProtection
  notify?: NotifyTarget[]
  scoped?: { cloud: string; member: string }
  ofPlaybook?: { name: string; input?: string; ttl?: number }
}

/** Returns the values of a layer, each with its place. */
export function leavesOf(layer: Layer): Leaf[] {
  const { settings, file } = layer
  const leaf = (key: string, value: Json, path: Path, rest: Partial<Leaf> = {}): Leaf => ({
    ...{ key, value, layer, at: layer.placeOf([...layer.path, ...path]) },
    ...rest,
  })
  const { state, notify, protect = [], approvals = {}, ceilings = {}, scope = {}, playbooks = {} } = settings
  return [
    ...(state === undefined ? [] : [leaf('state', fullPath(state, file), ['state'])]),
    ...(notify === undefined
      ? []
      : [
          leaf('notify', notify.map(targetText), ['notify'], {
            notify: notify.map(each => withFullPaths(each, file)),
          }),
        ]),
    ...protect.map((item, index) => {
      const at = layer.placeOf([...layer.path, 'protect', index])
      const rule = protectionOf(item, at)
      return leaf('protect', rule.because, ['protect', index], { protect: rule })
    }),
    ...Object.entries(approvals).flatMap(([name, value]) =>
      value === undefined ? [] : [leaf(`approvals.${name}`, value, ['approvals', name])],
    ),
    ...Object.entries(ceilings).flatMap(([name, value]) =>
      value === undefined ? [] : [leaf(`ceilings.${name}`, value, ['ceilings', name])],
    ),
    ...Object.entries(scope).flatMap(([cloud, flags]) =>
      Object.entries(flags ?? {}).flatMap(([flag, value]) => {
        const member = Object.values(SCOPE_FLAGS).find(each => each.flag === flag)?.member
        if (value === undefined || member === undefined) return []
        return [leaf(`scope.${cloud}.${flag}`, value, ['scope', cloud, flag], { scoped: { cloud, member } })]
      }),
    ),
    ...Object.entries(playbooks).flatMap(([name, { inputs = {}, ttl }]) => [
      ...Object.entries(inputs).map(([input, value]) =>
        leaf(`playbooks.${name}.inputs.${input}`, value, ['playbooks', name, 'inputs', input], {
          ofPlaybook: { name, input },
        }),
      ),
      ...(ttl === undefined
        ? []
        : [
            leaf(`playbooks.${name}.ttl`, ttl, ['playbooks', name, 'ttl'], {
              ofPlaybook: { name, ttl: parseDuration(ttl) ?? 0 },
            }),
          ]),
    ]),
  ]
}

type Protection = NonNullable<ConfigSettings['protect']>[number]

function protectionOf(item: Protection, at: ConfigPlace): HouseProtection {
  const because = typeof item === 'string' ? undefined : item.because
  const [what, when] =
    typeof item !== 'string' && 'when' in item
      ? [item.when, item.when]
      : nameTest(typeof item === 'string' ? item : item.name)
  return { when, at, because: because === undefined ? what : `${what}, ${because}` }
}

/** Ids end in `:<kind>/<name>`. */
function nameTest(name: string): [string, string] {
  const [whole, end] = [JSON.stringify(name), JSON.stringify(`:${name}`)]
  return [
    name,
    `identity.id == ${whole} || identity.name == ${whole}${name.includes('/') ? ` || identity.id.endsWith(${end})` : ''}`,
  ]
}

type Notified = NonNullable<ConfigSettings['notify']>[number]

function withFullPaths(target: Notified, file: string): NotifyTarget {
  const full = (of: SecretReference): SecretReference =>
    'file' in of ? { file: fullPath(of.file, file) } : of
  if ('webhook' in target) {
    return {
      webhook: full(target.webhook),
      ...(target.secret === undefined ? {} : { secret: full(target.secret) }),
    }
  }
  return 'slack' in target ? { slack: full(target.slack) } : target
}

function targetText(target: Notified): string {
  const named = (of: SecretReference) => ('env' in of ? `env ${of.env}` : `file ${of.file}`)
  if ('webhook' in target) return `webhook of ${named(target.webhook)}`
  if ('slack' in target) return `slack of ${named(target.slack)}`
  return `command ${[target.command].flat()[0]}`
}
