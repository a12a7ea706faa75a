import { type Cloud, clouds } from '../clouds/index.ts'
import { plain } from '../model/plain-text.ts'

type Shown = Pick<Cloud, 'cloud' | 'title' | 'accountWord'>

const shown = new Map<string, Shown>(clouds.map(each => [each.cloud, each]))

/** Adds the clouds of a program to those that views call by their title. */
export function nameClouds(own: readonly Shown[]): void {
  for (const each of own) shown.set(each.cloud, each)
}

/** The name of a cloud for people; of an unknown one the word itself. */
export function cloudTitle(cloud: string): string {
  return shown.get(cloud)?.title ?? plain(cloud)
}

/** The word for an account of a cloud, e.g. `project`. */
export function accountWord(cloud: string): string {
  return shown.get(cloud)?.accountWord ?? 'account'
}
