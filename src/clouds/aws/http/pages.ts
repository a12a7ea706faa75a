interface Page<Item> {
  items: readonly Item[]
  marker: string | undefined
}

/** All items of a listing with markers. IAM may return short pages, so only the marker tells the end. */
export async function pages<Item>(
  page: (marker: { Marker?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const all: Item[] = []
  let marker: string | undefined
  do {
    const next = await page(marker === undefined ? {} : { Marker: marker })
    all.push(...next.items)
    marker = next.marker
  } while (marker !== undefined)
  return all
}

/** The same for Organizations, whose markers are `NextToken`; an empty page may have more behind it (API reference). */
export function tokenPages<Item>(
  page: (next: { NextToken?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  return pages(({ Marker }) => page(Marker === undefined ? {} : { NextToken: Marker }))
}

/**
 * All items of a listing of IAM, page after page. A page may be short and still have more behind it, so only the marker counts
 * (IAM API Reference, "ListUserPolicies").
 */
export function iamPages<
  Answer extends { IsTruncated?: boolean | undefined; Marker?: string | undefined },
  Item,
>(
  ask: (marker: { Marker?: string }) => Promise<Answer>,
  itemsOf: (answer: Answer) => readonly Item[] | undefined,
): Promise<Item[]> {
  return pages(async marker => {
    const answer = await ask(marker)
    const next = answer.IsTruncated === false ? undefined : answer.Marker
    return { items: itemsOf(answer) ?? [], marker: next === '' ? undefined : next }
  })
}
