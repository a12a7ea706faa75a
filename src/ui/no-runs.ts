/** On its own, so that `status` with nothing to show loads nothing to show it with. */
export const NO_RUNS = 'no runs yet; interdict drill shows what one looks like\n'
