import { expect, test } from 'vitest'
import { LiveArea } from '../../src/ui/live-area.ts'
import { width } from '../../src/ui/text.ts'

/** A terminal that knows what the area writes: lines, line erased, screen erased below, cursor up. */
class Screen {
  isTTY = true
  columns = 40
  rows = 10
  #lines: string[] = ['']
  #row = 0

  get lines(): string[] {
    return this.#lines
      .map(line => line.trimEnd())
      .filter((line, at, all) => line !== '' || at < all.length - 1)
  }

  write(text: string): boolean {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the commands of a terminal begin with one
    for (const part of text.match(/\u001b\[\d*[A-Z]|\r|\n|[^\u001b\r\n]+/g) ?? []) {
      if (part === '\n') this.#down()
      else if (part === '\u001b[J') this.#lines.length = this.#row + 1
      else if (part === '\u001b[2K' || part === '\r') continue
      else if (part.startsWith('\u001b[')) this.#row -= Number.parseInt(part.slice(2), 10)
      else this.#lines[this.#row] = part
      if (this.#row < 0) throw new Error('drawn above the top of the terminal')
      if (part === '\u001b[J') this.#lines[this.#row] = ''
    }
    return true
  }

  #down(): void {
    this.#row += 1
    this.#lines[this.#row] ??= ''
  }
}

/** A clock whose ticks the test makes. */
function byHand() {
  const ticks = new Set<() => void>()
  return {
    now: () => 0,
    date: () => 0,
    random: () => 0,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>(resolve => {
        ticks.add(resolve)
        signal?.addEventListener('abort', () => resolve())
      }),
    async tick() {
      const due = [...ticks]
      ticks.clear()
      for (const each of due) each()
      await new Promise<void>(resolve => setImmediate(resolve))
    },
  }
}

test('a part is drawn over itself, and everything else is written above it', async () => {
  const screen = new Screen()
  const clock = byHand()
  const area = new LiveArea(screen, clock)
  area.above(() => screen.write('before\n'))
  let text = 'one'
  const remove = area.add(() => [text, 'two'])
  expect(screen.lines).toEqual(['before', 'one', 'two'])
  text = 'another'
  await clock.tick()
  expect(screen.lines).toEqual(['before', 'another', 'two'])
  area.above(() => screen.write('set\n'))
  expect(screen.lines).toEqual(['before', 'set', 'another', 'two'])
  remove()
  area.above(() => screen.write('after\n'))
  expect(screen.lines).toEqual(['before', 'set', 'after'])
})

test('parts stand below one another, and what is left moves up', async () => {
  const screen = new Screen()
  const clock = byHand()
  const area = new LiveArea(screen, clock)
  const removeFirst = area.add(() => ['signing in'])
  const removeSecond = area.add(() => ['waiting for the lock', 'more'])
  expect(screen.lines).toEqual(['signing in', 'waiting for the lock', 'more'])
  removeFirst()
  removeFirst()
  expect(screen.lines).toEqual(['waiting for the lock', 'more'])
  removeSecond()
  expect(screen.lines).toEqual([])
  await clock.tick()
  expect(screen.lines).toEqual([])
})

test('nothing is drawn any more once all parts are removed at once', async () => {
  const screen = new Screen()
  const clock = byHand()
  const area = new LiveArea(screen, clock)
  const remove = area.add(() => ['signing in'])
  area.add(() => ['waiting'])
  area.clear()
  area.above(() => screen.write('interrupted\n'))
  await clock.tick()
  remove()
  expect(screen.lines).toEqual(['interrupted'])
})

test('a part is handed the columns of the terminal, and takes no more lines than it has', () => {
  const screen = new Screen()
  const area = new LiveArea(screen, byHand())
  const remove = area.add(columns => Array.from({ length: 30 }, () => 'x'.repeat(columns)))
  expect(screen.lines).toHaveLength(8)
  expect(screen.lines.at(-1)).toBe('… and 23 more')
  for (const line of screen.lines) expect(width(line)).toBeLessThan(40)
  remove()
  expect(screen.lines).toEqual([])
})
