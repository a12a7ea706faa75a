import { clouds } from '../clouds/index.ts'
import { plain } from '../model/plain-text.ts'

/** The name of a cloud for people; of an unknown one the word itself. */
export function cloudTitle(cloud: string): string {
  return clouds.find(each => each.cloud === cloud)?.title ?? plain(cloud)
}
