import type { AzureCall } from '../client.ts'

/** The largest page that Graph gives. */
const PAGE = '999'

/** A read of Microsoft Graph. @param path from the version; `{id}` stands for `id` */
export function graphRead(
  path: string,
  query: { [name: string]: string } = {},
  id?: string,
  operation = `GET ${path}`,
): AzureCall {
  return {
    service: 'graph',
    method: 'GET',
    path: id === undefined ? path : path.replace('{id}', encodeURIComponent(id)),
    query,
    operation,
  }
}

/** A listing of Microsoft Graph, in pages as large as they come. */
export function graphList(path: string, query: { [name: string]: string } = {}, id?: string): AzureCall {
  return graphRead(path, { $top: PAGE, ...query }, id)
}

/** A read of Azure Resource Manager; `id` may hold what has to be encoded. */
export function armRead(id: string, version: string, operation: string): AzureCall {
  return {
    service: 'arm',
    method: 'GET',
    path: id.split('/').map(encodeURIComponent).join('/'),
    query: { 'api-version': version },
    operation,
  }
}

/** A text in a `$filter` or a query of Resource Graph: a quote is doubled, or escaped there. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
