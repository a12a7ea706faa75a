import type { Harness } from '../call.ts'

/** The effects of a harness's tools, by the names that its hook reports (recorded; see docs/gate.md for the versions). */
interface Tools {
  version: string
  /** Read files of the project. */
  reading: readonly string[]
  /** Keep the harness's own notes: plans, topics, lists of things to do, what the time is. */
  bookkeeping: readonly string[]
  /** Write files. */
  writing: readonly string[]
  /** The shell. */
  shell: string
  /** Fetch something from the network. */
  network: readonly string[]
  /** Start an agent, whose own calls are judged as well. */
  agents: readonly string[]
  /** Load instructions that may carry shell commands which no hook sees, and the argument that names them. */
  skills?: { tool: string; name: string }
}

const TOOLS: { readonly [harness in Harness]: Tools } = {
  claude: {
    version: '2.1.332',
    reading: ['Read', 'Glob', 'Grep', 'LS', 'NotebookRead'],
    bookkeeping: ['TodoWrite', 'ToolSearch', 'EnterPlanMode', 'ExitPlanMode', 'TaskOutput'],
    writing: ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'],
    shell: 'Bash',
    network: ['WebFetch', 'WebSearch'],
    agents: ['Agent', 'Task'],
    skills: { tool: 'Skill', name: 'skill' },
  },
  codex: {
    version: '0.171.0',
    reading: ['view_image', 'list_mcp_resources', 'get_goal'],
    bookkeeping: ['clockcurr_time', 'clocksleep', 'update_plan'],
    writing: ['apply_patch'],
    shell: 'Bash',
    network: ['web_search'],
    agents: [
      'spawn_agent',
      'collaborationspawn_agent',
      'collaborationwait_agent',
      'collaborationlist_agents',
    ],
  },
  cursor: {
    version: '2.4',
    reading: ['Read', 'Grep'],
    bookkeeping: [],
    writing: ['Write', 'Delete'],
    shell: 'Shell',
    network: [],
    agents: ['Task'],
  },
  gemini: {
    version: '0.61.0',
    reading: ['read_file', 'read_many_files', 'list_directory', 'glob', 'grep_search', 'search_file_content'],
    bookkeeping: [
      'update_topic',
      'write_todos',
      'enter_plan_mode',
      'exit_plan_mode',
      'list_background_processes',
      'complete_task',
    ],
    writing: ['write_file', 'replace'],
    shell: 'run_shell_command',
    network: ['web_fetch', 'google_web_search'],
    agents: ['invoke_agent'],
    skills: { tool: 'activate_skill', name: 'name' },
  },
  qwen: {
    version: '0.24.4',
    reading: ['read_file', 'read_many_files', 'list_directory', 'glob', 'grep_search'],
    bookkeeping: ['todo_write', 'exit_plan_mode'],
    writing: ['write_file', 'edit'],
    shell: 'run_shell_command',
    network: ['web_fetch'],
    agents: ['agent', 'task'],
    skills: { tool: 'skill', name: 'skill' },
  },
}

/** The tools of a harness that load instructions which may carry shell commands. */
export const SKILL_TOOLS = Object.values(TOOLS).flatMap(({ skills }) =>
  skills === undefined ? [] : [skills],
)

/** Commands that only look, whole. */
const LOOKING = '["pwd", "ls", "date"]'

/**
 * A policy to begin with: reading and bookkeeping are allowed, a few commands that only read, agents; writing, other commands
 * and the network need a person, which is a refusal where the harness cannot ask. Skills are named one by one.
 */
export function starterPolicy(harness: Harness, agent: string): string {
  const { version, reading, bookkeeping, writing, shell, network, agents, skills } = TOOLS[harness]
  const list = (names: readonly string[]) => `[${names.join(', ')}]`
  const rule = (name: string, effect: string, ...more: string[]) =>
    [`  - name: ${name}`, `    effect: ${effect}`, ...more.map(line => `    ${line}`)].join('\n')
  return [
    `# Made by: interdict gate policy --harness ${harness}`,
    `# Names of tools as ${harness} ${version} reports them. A call that no rule allows is refused.`,
    'version: 1',
    'agents:',
    `  ${agent}: # identity: as interdict inventory names it, so that a hold on it stops the agent`,
    'rules:',
    rule('reading', 'allow', `tools: ${list(reading)}`),
    ...(bookkeeping.length > 0 ? [rule('bookkeeping', 'allow', `tools: ${list(bookkeeping)}`)] : []),
    rule(
      'agents',
      'allow',
      '# the calls of an agent that is started are judged like any other',
      `tools: ${list(agents)}`,
    ),
    rule(
      'looking around',
      'allow',
      '# whole commands only: options write files, and git runs what the settings of a repository say',
      `when: tool == "${shell}" && args.command in ${LOOKING}`,
    ),
    rule('other commands', 'ask', `when: tool == "${shell}" && !(args.command in ${LOOKING})`),
    rule('writing', 'ask', `tools: ${list(writing)}`),
    ...(network.length > 0 ? [rule('the network', 'ask', `tools: ${list(network)}`)] : []),
    ...(skills === undefined
      ? []
      : [
          '  # A skill may carry shell commands that no hook sees: name those that you have read.',
          rule('skills', 'ask', `when: tool == "${skills.tool}" && args.${skills.name} in ["none-yet"]`),
        ]),
    '',
  ].join('\n')
}
