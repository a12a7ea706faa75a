interface Page<Item> {
  items: Item[]
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
