/**
 * Names of the environment variables that the installed command removes before it starts Node. Each of them could load
 * code into the gate, change what it reads or trusts, or make it write files. A harness may pass on the variables of a
 * project (`env` in Claude Code's settings), and those are an attacker's.
 *
 * The shell that runs the command has read its own variables by then: a library in `LD_PRELOAD` and the file in
 * `BASH_ENV` have run in that shell. Removing them keeps them out of the gate's process only.
 *
 * Bash keeps `SHELLOPTS` and `BASHOPTS` read-only: a shell that unsets them exits, so they are not listed here.
 *
 * Sources: nodejs.org/api/cli.html ("Environment variables"), ld.so(8), dyld(1), openssl-env(7), bash(1).
 */
export const CLEARED_VARIABLES: readonly string[] = [
  // Node: code, modules, caches of compiled code, ends of pipes that it would talk to.
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_COMPILE_CACHE',
  'NODE_COMPILE_CACHE_PORTABLE',
  'NODE_REPL_EXTERNAL_MODULE',
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_UNIQUE_ID',
  'NODE_TEST_CONTEXT',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_SKIP_PLATFORM_CHECK',
  // Node: files that it writes, and words on stderr.
  'NODE_V8_COVERAGE',
  'NODE_REDIRECT_WARNINGS',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_PENDING_DEPRECATION',
  // Node: time zones, and threads without which nothing is read.
  'NODE_ICU_DATA',
  'UV_THREADPOOL_SIZE',
  'UV_USE_IO_URING',
  // Whom a policy engine's certificate is believed from, and by which way it is asked.
  'NODE_EXTRA_CA_CERTS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_SYSTEM_CA',
  'NODE_USE_ENV_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'OPENSSL_CONF',
  'OPENSSL_CONF_INCLUDE',
  'OPENSSL_MODULES',
  'OPENSSL_ENGINES',
  // The loaders of Linux and macOS.
  'LD_PRELOAD',
  'LD_AUDIT',
  'LD_LIBRARY_PATH',
  'LD_DEBUG',
  'LD_DEBUG_OUTPUT',
  'LD_PROFILE',
  'LD_PROFILE_OUTPUT',
  'GCONV_PATH',
  'GLIBC_TUNABLES',
  'DYLD_INSERT_LIBRARIES',
  'DYLD_LIBRARY_PATH',
  'DYLD_FRAMEWORK_PATH',
  'DYLD_FALLBACK_LIBRARY_PATH',
  'DYLD_FALLBACK_FRAMEWORK_PATH',
  'DYLD_VERSIONED_LIBRARY_PATH',
  'DYLD_VERSIONED_FRAMEWORK_PATH',
  'DYLD_ROOT_PATH',
  'DYLD_IMAGE_SUFFIX',
  'DYLD_PRINT_TO_FILE',
  // Shells that are started from here on.
  'BASH_ENV',
  'ENV',
  // Folders and names that the command line says itself.
  'INTERDICT_STATE',
  'INTERDICT_CONFIG',
  'INTERDICT_GATE_POLICY',
  'INTERDICT_AGENT',
]
