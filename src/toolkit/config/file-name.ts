/** Name of the configuration file, in the working folder and beside the keys. By itself, so that to look for it loads nothing. */
export const CONFIG_FILE = 'interdict.yaml'
