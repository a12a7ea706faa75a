/** The core files, each with the tests that are nearest to it. Paths from the root of the repository. */
export const FILES = {
  'src/engine/decide.ts': ['test/decide/decide.table.test.ts', 'test/engine/decide.test.ts'],
  'src/engine/target-state.ts': [
    'test/decide/target-state.table.test.ts',
    'test/engine/joining.test.ts',
    'test/engine/shared-setting.test.ts',
  ],
  'src/engine/selection.ts': ['test/engine/selection.test.ts', 'test/decide/select.table.test.ts'],
  'src/engine/protect.ts': ['test/decide/select.table.test.ts', 'test/engine/protect.test.ts'],
  'src/engine/carry-out.ts': ['test/engine/carry-out.test.ts'],
  'src/engine/to-before.ts': ['test/engine/to-before.test.ts'],
  'src/engine/to-contained.ts': ['test/engine/to-contained.test.ts'],
  'src/engine/prepare.ts': ['test/engine/prepare.test.ts', 'test/engine/to-contained.test.ts'],
  'src/engine/resume.ts': [
    'test/engine/resume.test.ts',
    'test/engine/resumed-restore.test.ts',
    'test/engine/verify.test.ts',
  ],
  'src/model/run/horizon.ts': ['test/model/horizon.test.ts'],
  'src/model/run/holds.ts': ['test/decide/holds.table.test.ts', 'test/model/holds.test.ts'],
  'src/model/run/replay.ts': ['test/model/run/replay.test.ts'],
  'src/guard/reactions.ts': [
    'test/guard/reactions.test.ts',
    'test/guard/reactions-restart.test.ts',
    'test/guard/reactions-room.test.ts',
  ],
}
