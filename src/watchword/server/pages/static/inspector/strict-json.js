/**
 * JSON from outside, read strictly: what has more than one reading is refused, in the words of
 * `base/strict_json.py`. An object becomes a Map, so that no member name has a meaning of its own;
 * a number keeps its text, so that large ones are shown as they stand.
 *
 * Source: RFC 8259; RFC 7493 section 2; RFC 8725 section 3.7.
 */
const INTEGER_DIGITS_MAX = 4300; // what the server's reader converts
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const NUMBER = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A text that is not strict JSON. The message names the fault. */
export class MalformedJSON extends Error {}

/** A number as it is written, and its value. */
export class JsonNumber {
  constructor(text, isInteger) {
    this.text = text;
    this.isInteger = isInteger;
    this.value = Number(text);
  }
}

/**
 * Read one JSON text from its bytes.
 *
 * @param {Uint8Array} bytes UTF-8 without a byte order mark
 * @param {{bytesMax: number, depthMax: number}} limits
 */
export function parse(bytes, { bytesMax, depthMax }) {
  if (bytes.length > bytesMax) throw new MalformedJSON(`JSON is larger than ${bytesMax} bytes`);
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new MalformedJSON("JSON starts with a byte order mark");
  }
  if (depthOf(bytes) > depthMax) throw new MalformedJSON(`JSON is nested deeper than ${depthMax}`);
  return new Reader(utf8(bytes)).whole();
}

/** Return bytes as text, or throw MalformedJSON. */
function utf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new MalformedJSON("JSON is not UTF-8");
  }
}

/** Return how many brackets stand open at once; those inside of strings do not count. */
function depthOf(bytes) {
  let [deepest, depth, inString] = [0, 0, false];
  for (let at = 0; at < bytes.length; at++) {
    const character = String.fromCharCode(bytes[at]);
    if (inString && character === "\\") at++;
    else if (character === '"') inString = !inString;
    else if (!inString && "[{".includes(character)) deepest = Math.max(deepest, ++depth);
    else if (!inString && "]}".includes(character)) depth--;
  }
  return deepest;
}

/** Reads a text from left to right. */
class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.hasLoneSurrogate = false;
  }

  whole() {
    this.skipSpace();
    const value = this.value();
    this.skipSpace();
    if (this.at < this.text.length) throw this.fault(this.at);
    if (this.hasLoneSurrogate) throw new MalformedJSON("JSON holds half of a surrogate pair");
    return value;
  }

  value() {
    switch (this.text[this.at]) {
      case '"':
        return this.string();
      case "{":
        return this.object();
      case "[":
        return this.array();
      default:
        return this.word();
    }
  }

  word() {
    for (const [word, value] of [
      ["null", null],
      ["true", true],
      ["false", false],
    ]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    for (const word of ["NaN", "Infinity", "-Infinity"]) {
      if (this.text.startsWith(word, this.at))
        throw new MalformedJSON("JSON holds NaN or Infinity");
    }
    return this.number();
  }

  number() {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (found === null) throw this.fault(this.at);
    const [text, integer, fraction, exponent] = found;
    const number = new JsonNumber(text, fraction === undefined && exponent === undefined);
    if (number.isInteger && integer.replace("-", "").length > INTEGER_DIGITS_MAX) {
      throw new MalformedJSON("JSON holds an integer of too many digits");
    }
    if (!number.isInteger && !Number.isFinite(number.value)) {
      throw new MalformedJSON("JSON holds a number too large for a double");
    }
    this.at += text.length;
    return number;
  }

  object() {
    const members = new Map();
    let isTwice = false;
    this.at++;
    this.skipSpace();
    while (this.text[this.at] !== "}") {
      if (this.text[this.at] !== '"') throw this.fault(this.at);
      const name = this.string();
      isTwice ||= members.has(name);
      this.expect(":");
      members.set(name, this.value());
      if (!this.goesOn("}")) break;
    }
    this.at++;
    if (isTwice) throw new MalformedJSON("JSON names a member twice");
    return members;
  }

  array() {
    const items = [];
    this.at++;
    this.skipSpace();
    while (this.text[this.at] !== "]" || items.length > 0) {
      items.push(this.value());
      if (!this.goesOn("]")) break;
    }
    this.at++;
    return items;
  }

  /** Step over the comma before the next item; return false at the end of the list. */
  goesOn(end) {
    this.skipSpace();
    if (this.text[this.at] === end) return false;
    if (this.text[this.at] !== ",") throw this.fault(this.at);
    this.at++;
    this.skipSpace();
    if (end === "}" && this.text[this.at] === end) throw this.fault(this.at);
    return true;
  }

  expect(character) {
    this.skipSpace();
    if (this.text[this.at] !== character) throw this.fault(this.at);
    this.at++;
    this.skipSpace();
  }

  string() {
    const begin = this.at++;
    let value = "";
    for (;;) {
      const character = this.text[this.at];
      if (character === undefined) throw this.fault(begin);
      if (character === '"') break;
      if (character < " ") throw this.fault(this.at);
      value += character === "\\" ? this.escape(begin) : character;
      this.at++;
    }
    this.at++;
    this.hasLoneSurrogate ||= LONE_SURROGATE.test(value);
    return value;
  }

  /** Return the character that an escape stands for; leave at its last character. */
  escape(begin) {
    const named = this.text[++this.at];
    if (named === undefined) throw this.fault(begin);
    if (named !== "u") {
      if (!Object.hasOwn(ESCAPES, named)) throw this.fault(this.at - 1);
      return ESCAPES[named];
    }
    const digits = this.text.slice(this.at + 1, this.at + 5);
    // The server's reader wants a character after the four digits, which a good string has.
    if (!/^[0-9a-fA-F]{4}$/.test(digits) || this.at + 5 >= this.text.length) {
      throw this.fault(this.at);
    }
    this.at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  skipSpace() {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at++;
  }

  /** Positions count characters, not the halves of a surrogate pair. */
  fault(at) {
    const position = [...this.text.slice(0, at)].length;
    return new MalformedJSON(`not JSON: the fault is at character ${position}`);
  }
}
