import { z } from 'zod'
import { choice, list, named, object, optional, optionalText, text } from './shapes.ts'
import { JsonValue, type Printed } from './values.ts'

const place = (description: string) =>
  object(description, {
    file: text('Path of the file.'),
    line: z.int().min(1).describe('From 1.'),
    column: z.int().min(1).describe('From 1.'),
  })

/** Printed by `doctor --configuration`. */
export const ConfigurationResult = named(
  'Configuration',
  'The files `interdict.yaml`, and where each value comes from: `doctor --configuration`.',
  {
    files: list('The files that are looked for, the one that counts most first.', {
      kind: choice('Of the folder of the keys, or of the working folder.', ['user', 'working']),
      path: text('Path of the file.'),
      state: choice(
        '`tightens`: its folder is not trusted, so that it adds protections and lowers ceilings only.',
        ['used', 'tightens', 'ignored', 'absent'],
      ),
      because: optionalText('Why it is ignored, or only tightens. Absent otherwise.'),
    }),
    profile: optionalText('The profile that was asked for. Absent without one.'),
    settings: list('Every value of the files.', {
      key: text('Its members joined by dots, e.g. `scope.aws.role`.'),
      value: JsonValue,
      at: place('Where it stands.'),
      profile: optionalText('The profile that it stands in. Absent for a value outside profiles.'),
      use: choice('Whether it counts.', ['used', 'overridden', 'ignored']),
      because: optionalText('Why it does not count. Absent where it does.'),
    }),
    given: optional(
      'Keys that a flag or a variable of the environment sets over the files. Absent without any.',
      z.array(
        object('A key that is set over the files.', {
          key: text('Its members joined by dots.'),
          value: JsonValue,
          by: text('The flag or the variable.'),
        }),
      ),
    ),
  },
)

export type ConfigurationResult = Printed<typeof ConfigurationResult>
