import { Fault } from '../../../model/fault.ts'
import { isFault } from '../../kit/http/faults.ts'

/** Adding what is there: Graph answers 400 and says so in words only, of a directory role in others. */
export function isThere(error: unknown): boolean {
  return (
    isFault(error, 'rejected', 'conflict') &&
    /already exist|conflicting object with one or more/i.test(error.message)
  )
}

/**
 * The fault of giving something again, as `missing` where the service says that what it refers to is not there: Resource
 * Manager by a code, Graph with 404 or with 400 and in words ("… was not found on application", "… does not exist").
 */
export function ifMissing(error: unknown, what: string): unknown {
  const isMissing =
    isFault(error, 'gone') ||
    (isFault(error, 'rejected') &&
      /RoleDefinitionDoesNotExist|does not exist|do not exist|not found/i.test(error.message) &&
      !/PrincipalNotFound/.test(error.message))
  if (!isMissing) return error
  return new Fault('missing', `${what} cannot be given again, since it no longer exists: ${error.message}`, {
    ...(error.where === undefined ? {} : { where: error.where }),
    cause: error,
  })
}
