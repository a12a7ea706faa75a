import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Need, needsOf } from '../../src/gate/built-in.ts'
import type { Call } from '../../src/gate/call.ts'
import { readCall } from '../../src/gate/dialects.ts'
import { slowly } from '../../src/gate/gate.ts'
import { judge } from '../../src/gate/policy.ts'
import { checkPolicy } from '../../src/gate/policy-file.ts'

const OWN = ['/home/alex/.config/interdict/gate.yaml', '/home/alex/.local/share/interdict']

function call(
  harness: 'claude' | 'codex' | 'gemini',
  tool: string,
  args: object,
  cwd = '/home/alex/p',
): Call {
  const event = harness === 'gemini' ? 'BeforeTool' : 'PreToolUse'
  return readCall(harness, 'a', { hook_event_name: event, tool_name: tool, tool_input: args, cwd }).call
}
const permits = (needs: readonly Need[]) => needs.map(({ permit }) => permit)

test.each([
  ['Write', { file_path: '/home/alex/p/.claude/settings.local.json', content: '{}' }],
  ['Write', { file_path: '.claude/settings.json' }],
  ['Write', { file_path: '.claude/x/../settings.json' }],
  ['Write', { file_path: '.CLAUDE/Settings.json' }],
  ['Write', { file_path: '.claude/settings.json\0.txt' }],
  ['Edit', { file_path: '/home/alex/.claude/settings.json', old_string: 'a', new_string: 'b' }],
  ['Write', { file_path: '.claude/skills/x/SKILL.md' }],
  ['Write', { file_path: '.claude/commands/x.md' }],
  ['Write', { file_path: '/home/alex/.claude.json' }],
  ['write_file', { file_path: '.gemini/settings.json' }],
  ['write_file', { file_path: '.gemini/extensions/x/gemini-extension.json' }],
  ['write_file', { file_path: '.qwen/settings.json' }],
  ['Write', { file_path: '.codex/config.toml' }],
  ['Write', { file_path: '.codex/hooks.json' }],
  ['Write', { file_path: '.cursor/hooks.json' }],
  ['Write', { file_path: '/etc/claude-code/managed-settings.json' }],
  ['Write', { file_path: '/home/alex/.config/interdict/gate.yaml' }],
  ['Write', { file_path: '/home/alex/.local/share/interdict/runs/aaaa.jsonl' }],
  ['apply_patch', { command: '*** Begin Patch\n*** Add File: .codex/hooks.json\n+{}\n*** End Patch\n' }],
  [
    'apply_patch',
    {
      command: '*** Begin Patch\n*** Update File: a\n*** Move to: .claude/settings.json\n@@\n*** End Patch\n',
    },
  ],
  ['mcp__files__write_file', { path: '/home/alex/p/.claude/settings.json', content: 'x' }],
  ['mcp__files__move_file', { source: 'x', destination: '.claude/settings.json' }],
  ['mcp__files__move_file', { paths: ['x', 'file:///home/alex/.qwen/settings.json'] }],
  ['Bash', { command: 'echo {} > .claude/settings.local.json' }],
  ['Bash', { command: 'echo {}>.claude/settings.local.json' }],
  ['Bash', { command: 'cd .claude && echo {} > settings.local.json' }],
  ['Bash', { command: 'cp x "$HOME/.claude/settings.json"' }],
  ['Bash', { command: 'cp x ~/.codex/config.toml' }],
  ['Bash', { command: 'cp x .cla\'ud\'e/set"tings".json' }],
  ['Bash', { command: 'cp x .cl\\aude/settings.json' }],
  ['Bash', { command: 'cp x .cl*/settings.json' }],
  ['Bash', { command: 'cp x .[c]laude/settings.json' }],
  ['Bash', { command: 'cp x .claude/set*' }],
  ['Bash', { command: 'git log --output=.gemini/settings.json' }],
  ['Bash', { command: 'tar xf x.tar -C.claude' }],
  ['Bash', { command: 'echo "x # y" > .claude/settings.json' }],
  ['Bash', { command: 'echo "$(cp x .claude/settings.json)"' }],
  ['Bash', { command: 'echo `cp x .claude/settings.json`' }],
  ['Bash', { command: 'true\ncp x .claude/settings.json' }],
  ['Bash', { command: 'rm -rf .claude' }],
  ['shell', { command: ['bash', '-lc', 'cp x .claude/settings.json'] }],
])('a call that may write the settings of a harness needs a permit: %s %j', (tool, args) => {
  expect(permits(needsOf(call('claude', tool, args), OWN))).toEqual(['harness-settings'])
})

test.each([
  ['Read', { file_path: '.claude/settings.json' }],
  ['mcp__files__read_text_file', { path: '.claude/settings.json' }],
  ['Write', { file_path: 'settings.json', content: 'put it into .claude/settings.json' }],
  ['Write', { file_path: '.gitignore', content: '.claude/settings.json' }],
  ['Write', { file_path: 'docs/claude/settings.json' }],
  ['Write', { file_path: '.claude/worktrees/x/src/a.ts' }],
  ['Bash', { command: 'npm test' }],
  ['Bash', { command: 'ls .github/*' }],
  ['Bash', { command: 'ls *' }],
  ['Bash', { command: 'cat notes/.codexrc' }],
  ['Agent', { prompt: 'look at .claude/settings.json' }],
])('a call that writes no such file needs none: %s %j', (tool, args) => {
  expect(needsOf(call('claude', tool, args), OWN)).toEqual([])
})

test('a file is found from the folder in which the tool runs', () => {
  const inside = call('claude', 'Write', { file_path: 'settings.json' }, '/home/alex/p/.claude')
  expect(permits(needsOf(inside, OWN))).toEqual(['harness-settings'])
  const worktree = call('claude', 'Bash', { command: 'npm test' }, '/home/alex/p/.claude/worktrees/x')
  expect(needsOf(worktree, OWN)).toEqual([])
})

test.each([
  'bash',
  'bash -i',
  'bash -s',
  '/bin/bash',
  'exec bash',
  'FOO=1 bash',
  'env -u X bash',
  'timeout 100 bash',
  'nohup sh',
  'cd x && bash',
  'echo ALLOWED; cat | bash',
  'cat',
  'cat -',
  'cat | sh',
  'bash <(cat)',
  'bash < /dev/tty',
  'bash <&0',
  'echo "$(cat)"',
  'eval "$(cat)"',
  'while read l; do $l; done',
  'xargs sh -c',
  'python3',
  'python3 -i x.py',
  'python3 -',
  'node',
  'perl',
  'psql',
  'psql -h db prod',
  'mysql prod',
  'redis-cli',
  'sqlite3',
  'ssh host',
  'ssh -tt host bash',
  'sudo ls',
  'docker exec -it c bash',
  'kubectl exec -i pod -- sh',
  'aws ssm start-session --target i-1',
  'nc host 1',
  'less notes',
  'git log | less',
  'vim notes',
  'git commit',
  'git rebase -i HEAD~2',
  'git add -p',
  "awk '{system($0)}'",
  'tee x.sh',
  'tee x.sh | bash',
  'make -f -',
  '$SHELL',
  'gdb ./a',
])('Codex could feed this without a hook, so it needs a permit: %s', command => {
  expect(permits(needsOf(call('codex', 'Bash', { command }), OWN))).toEqual(['open-input'])
})

test.each([
  'bash -lc "npm test"',
  'bash scripts/x.sh',
  'bash < script.sh',
  'bash </dev/null',
  'echo x | bash',
  'cat README.md',
  'cat a | grep b',
  'grep -r x src',
  'rg x',
  'python3 x.py',
  'python3 -c "print(1)"',
  'node --version',
  'node -e "1"',
  'git status',
  'git log --oneline',
  'git diff | head -20',
  'git commit -m x',
  'git add .',
  'psql -c "select 1"',
  'npm test',
  'sed -n 1,20p x',
  "sed -i 's/a/b/' x",
  "awk '{print $1}' x",
  'head -5 x',
  'make test',
  'until [ -e x ]; do sleep 1; done',
  '[[ -e x ]] && echo y',
  'docker run --rm x',
  'tail -n 5 log | sort | uniq -c',
  'for f in *.ts; do wc -l "$f"; done',
])('this reads nothing that Codex could feed it: %s', command => {
  expect(needsOf(call('codex', 'Bash', { command }), OWN)).toEqual([])
})

test('a terminal is an open channel in a harness that can feed it, and no program is in the others', () => {
  expect(permits(needsOf(call('codex', 'exec_command', { cmd: 'ls', tty: true }), OWN))).toEqual([
    'open-input',
  ])
  expect(needsOf(call('claude', 'Bash', { command: 'bash' }), OWN)).toEqual([])
  expect(needsOf(call('gemini', 'run_shell_command', { command: 'cat' }), OWN)).toEqual([])
})

const judged = async (rules: string, what: Call) => {
  const { policy, problems } = checkPolicy(`version: 1\nrules:\n${rules}`, 'gate.yaml')
  if (!policy) throw new Error(JSON.stringify(problems))
  return await judge(policy, what, new Date(), slowly, undefined, needsOf(what, OWN))
}

test('only a rule that permits it lets it through', async () => {
  const repl = call('codex', 'Bash', { command: 'python3' })
  const all = '  - { name: all, effect: allow }\n'
  expect(await judged(all, repl)).toEqual({
    effect: 'deny',
    because: 'policy',
    reason:
      'no rule allows it that permits open-input: python3 reads what codex can feed it without asking the gate',
  })
  const wrong = '  - { name: x, effect: allow, permits: [harness-settings] }\n'
  expect(await judged(wrong, repl)).toMatchObject({ effect: 'deny' })
  const permit = '  - { name: repl, effect: allow, permits: [open-input], when: args.command == "python3" }\n'
  expect(await judged(all + permit, repl)).toMatchObject({ effect: 'allow', rule: 'repl' })
  const ask = '  - { name: asked, effect: ask }\n'
  expect(await judged(all + permit + ask, repl)).toMatchObject({ effect: 'deny', rule: 'asked' })
  const deny = '  - { name: never, effect: deny }\n'
  expect(await judged(permit + deny, repl)).toMatchObject({ effect: 'deny', rule: 'never' })
})

test("the documentation's rule that permits an open input is right, and permits only what it says", async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/gate.md'), 'utf8')
  const [, rules = ''] = /```yaml\n( {2}- name: the database[\s\S]*?)```/.exec(page) ?? []
  const decide = async (command: string) => (await judged(rules, call('codex', 'Bash', { command }))).effect
  expect(await decide('psql inventory')).toBe('allow')
  for (const other of [
    'psql inventory; bash',
    'psql other',
    'bash -c "psql inventory"',
    'psql inventory\nbash',
  ])
    expect(await decide(other)).toBe('deny')
})

test.each([
  ['permits: [all]', 'has to be a list'],
  ['permits: []', 'has to be a list'],
  ['permits: 1', 'has to be a list'],
  ['permits: [open-input], effect: deny', 'permits nothing'],
])('a policy with %s is refused', (text, problem) => {
  const effect = text.includes('effect') ? '' : ', effect: allow'
  const { problems } = checkPolicy(`version: 1\nrules:\n  - { ${text}${effect} }\n`, 'gate.yaml')
  expect(problems.map(({ message }) => message).join()).toContain(problem)
})
