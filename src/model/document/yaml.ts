import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  visit,
} from 'yaml'
import type { Json } from '../json.ts'
import { DOCUMENT_LIMITS as LIMITS } from './limits.ts'
import type { Problem } from './problems.ts'

/** Keys and indexes from the top of a document to a value. */
export type Path = readonly (string | number)[]

/** YAML as plain data, and where each value stands. Lines and columns are 1-based. */
export interface Yaml {
  data: Json
  problems: Problem[]
  /** The place of the value at a path, or of the nearest one around it. */
  place(path: Path): Place
  /** The place of a mapping's key. */
  keyPlace(path: Path): Place
  /** The place of a character of the text value at a path. */
  placeIn(path: Path, offset: number): Place
}

/** A place in the text; both are 1-based. */
export interface Place {
  line: number
  column: number
}

const TOO_DEEP = 'nested too deeply'
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Reads YAML 1.2 with limits: no tags, no duplicate or prototype keys, few aliases, numbers that JSON can hold. Never throws.
 *
 * @param noun what the document is, with its article: `a playbook`
 */
export function readYaml(source: string, file: string, noun = 'a document'): Yaml {
  const reader = new Reader(source, file)
  if (Buffer.byteLength(source) > LIMITS.sourceBytes) {
    reader.problem(0, [], `${noun} has at most ${LIMITS.sourceBytes / 1024} KiB`)
  } else reader.read()
  return reader
}

class Reader implements Yaml {
  data: Json = null
  readonly problems: Problem[] = []
  readonly #source: string
  readonly #file: string
  readonly #lines = new LineCounter()
  readonly #values = new Map<string, Node>()
  readonly #keys = new Map<string, Node>()
  readonly #anchors = new Map<string, Node>()
  #nodes = 0
  #aliases = 0
  #exhausted = false

  constructor(source: string, file: string) {
    this.#source = source
    this.#file = file
  }

  read(): void {
    const document = parseDocument(this.#source, {
      version: '1.2',
      schema: 'core',
      merge: false,
      prettyErrors: false,
      uniqueKeys: false,
      stringKeys: false,
      lineCounter: this.#lines,
    })
    const complaints = new Map<string, number>()
    for (const { message, pos } of [...document.errors, ...document.warnings]) {
      if (!complaints.has(plain(message))) complaints.set(plain(message), pos[0])
    }
    const [fatal] = [...complaints].filter(([message]) => message === TOO_DEEP)
    for (const [message, offset] of fatal ? [fatal] : complaints) this.#refuse(offset, [], message)
    if (document.contents === null) this.problem(0, [], 'the file is empty')
    if (this.problems.length > 0 || document.contents === null) return
    visit(document, {
      Node: (_, node) => {
        if (isAlias(node) || node.anchor === undefined) return
        if (this.#anchors.has(node.anchor))
          this.#refuse(node.range?.[0] ?? 0, [], `'&${node.anchor}' is there twice`)
        this.#anchors.set(node.anchor, node)
      },
    })
    this.data = this.#convert(document.contents, [])
  }

  problem(offset: number, path: Path, message: string): void {
    const { line, column } = this.#at(offset)
    this.problems.push({ severity: 'error', message, file: this.#file, line, column, path: path.join('.') })
  }

  #convert(node: Node, path: Path): Json {
    if (this.#exhausted) return null
    this.#nodes += 1
    const offset = node.range?.[0] ?? 0
    if (this.#nodes > LIMITS.nodes) return this.#exhaust(offset, path, `more than ${LIMITS.nodes} values`)
    if (path.length > LIMITS.depth) return this.#refuse(offset, path, `nested deeper than ${LIMITS.depth}`)
    if (isAlias(node)) return this.#alias(node.source, offset, path)
    this.#values.set(key(path), node)
    if (node.tag !== undefined)
      return this.#refuse(offset, path, `tags such as '${node.tag}' are not allowed`)
    if (isScalar(node)) return this.#scalar(node, offset, path)
    if (isSeq(node)) {
      return node.items.map((item, index) => (isNode(item) ? this.#convert(item, [...path, index]) : null))
    }
    if (isMap(node)) return this.#map(node.items, path)
    return this.#refuse(offset, path, 'not a value')
  }

  #alias(name: string, offset: number, path: Path): Json {
    this.#aliases += 1
    if (this.#aliases > LIMITS.aliases)
      return this.#exhaust(offset, path, `more than ${LIMITS.aliases} aliases`)
    const target = this.#anchors.get(name)
    return target === undefined
      ? this.#refuse(offset, path, `no anchor is called '${name}'`)
      : this.#convert(target, path)
  }

  #scalar({ value }: Scalar, offset: number, path: Path): Json {
    if (typeof value === 'number' && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
      return this.#refuse(offset, path, 'the number is out of range')
    }
    if (typeof value === 'string' && value.length > LIMITS.text) {
      return this.#refuse(offset, path, `a text has at most ${LIMITS.text} characters`)
    }
    if (
      value === null ||
      typeof value === 'string' ||
      typeof value === 'number' ||
      typeof value === 'boolean'
    ) {
      return value
    }
    return this.#refuse(offset, path, 'not a value')
  }

  #map(items: readonly unknown[], path: Path): Json {
    const members = new Map<string, Json>()
    for (const pair of items) {
      if (!isPair(pair) || !isNode(pair.key)) continue
      const offset = pair.key.range?.[0] ?? 0
      const name = isScalar(pair.key) ? String(pair.key.value) : undefined
      if (name === undefined || pair.key.tag !== undefined)
        this.#refuse(offset, path, 'a key has to be plain text')
      else if (FORBIDDEN_KEYS.has(name)) this.#refuse(offset, path, `'${name}' is not allowed as a key`)
      else if (members.has(name)) this.#refuse(offset, path, `'${name}' is there twice`)
      else {
        const inside = [...path, name]
        this.#keys.set(key(inside), pair.key)
        members.set(name, isNode(pair.value) ? this.#convert(pair.value, inside) : null)
      }
    }
    return Object.fromEntries(members)
  }

  /** Past a limit nothing more is read: one problem tells. */
  #exhaust(offset: number, path: Path, message: string): null {
    this.#exhausted = true
    return this.#refuse(offset, path, message)
  }

  #refuse(offset: number, path: Path, message: string): null {
    if (this.problems.length < LIMITS.problems) this.problem(offset, path, message)
    return null
  }

  place(path: Path): Place {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = this.#values.get(key(path.slice(0, length))) ?? this.#keys.get(key(path.slice(0, length)))
      if (node?.range) return this.#at(node.range[0])
    }
    return { line: 1, column: 1 }
  }

  keyPlace(path: Path): Place {
    const node = this.#keys.get(key(path))
    return node?.range ? this.#at(node.range[0]) : this.place(path)
  }

  placeIn(path: Path, offset: number): Place {
    const node = this.#values.get(key(path))
    if (!isScalar(node) || !node.range || typeof node.value !== 'string') return this.place(path)
    return this.#at(alignedOffset(this.#source, node, node.value, offset))
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset)
    return line === 0 ? { line: 1, column: 1 } : { line, column: col }
  }
}

/**
 * Where a character of a text value stands in the source: both are walked side by side, since quotes, folding and
 * indentation make them differ. An escape in quotes ends the walk early, at the last place that was sure.
 */
function alignedOffset(source: string, node: Scalar, value: string, offset: number): number {
  let at = node.range?.[0] ?? 0
  if (node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE) at += 1
  if (node.type === Scalar.BLOCK_FOLDED || node.type === Scalar.BLOCK_LITERAL) {
    at = source.indexOf('\n', at) + 1
    while (source[at] === ' ') at += 1
  }
  for (let index = 0; index < offset && index < value.length; index += 1) {
    const blank = value[index] === ' ' || value[index] === '\n'
    if (blank && /^[ \t]*\r?\n/.test(source.slice(at, at + 200))) {
      while (/\s/.test(source[at] ?? '')) at += 1
    } else if (value[index] === source[at]) {
      at += node.type === Scalar.QUOTE_SINGLE && value[index] === "'" ? 2 : 1
    } else if (node.type === Scalar.QUOTE_DOUBLE && source[at] === '\\') {
      at += 2
    } else if (!blank) break
  }
  return at
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value)
}

function key(path: Path): string {
  return JSON.stringify(path)
}

function plain(message: string): string {
  if (message === 'Maximum call stack size exceeded') return TOO_DEEP
  return message.startsWith('Source contains multiple documents') ? 'only one document a file' : message
}
