/** Variables that a program needs to run at all, to find its own files, and to speak the language of its user. */
const NEEDED = new Set(
  [
    ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'TZ', 'PWD', 'LANG', 'LANGUAGE'],
    ['TMPDIR', 'TMP', 'TEMP', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME'],
    ['SYSTEMROOT', 'WINDIR', 'COMSPEC', 'PATHEXT', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA'],
    [
      'NODE_EXTRA_CA_CERTS',
      'SSL_CERT_FILE',
      'SSL_CERT_DIR',
      'CURL_CA_BUNDLE',
      'REQUESTS_CA_BUNDLE',
      'NO_PROXY',
    ],
  ].flat(),
)
const PROXIES = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'])
/** A variable that somebody means for the programs that are started. */
const MEANT = /^INTERDICT_NOTIFY_/

/**
 * The environment of a program that we start: what is on a list, and nothing else. Credentials of clouds, secrets of webhooks
 * and tokens of our own environment are not on it; a proxy is, unless its URL holds a password.
 */
export function childEnvironment(environment: { readonly [name: string]: string | undefined }): {
  [name: string]: string
} {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => {
      const upper = name.toUpperCase()
      const passes =
        NEEDED.has(upper) ||
        /^LC_[A-Z]+$/.test(upper) ||
        MEANT.test(name) ||
        (PROXIES.has(upper) && !value?.includes('@'))
      return passes && value !== undefined ? [[name, value] as const] : []
    }),
  )
}
