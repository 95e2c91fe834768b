/**
 * The disclosures of an SD-JWT, put in the places that their digests keep, by the rules and in the
 * words of `jose/sdjwt/disclosure.py` and `jose/sdjwt/process.py`.
 *
 * Source: RFC 9901 sections 4.1.1, 4.2, 4.3 and 7.1.
 */
import { decode, encode } from "./base64url.js";
import { MalformedJSON, parse } from "./strict-json.js";

const [DIGESTS, ELEMENT, HASH_NAME] = ["_sd", "...", "_sd_alg"];
const RESERVED = [DIGESTS, ELEMENT, HASH_NAME];
const HASHES = { "sha-256": "SHA-256", "sha-384": "SHA-384", "sha-512": "SHA-512" };

/** A disclosure, or a digest, that breaks a rule. */
class DisclosureInvalid extends Error {}

/**
 * Read the disclosures of a presentation.
 *
 * @param {{disclosures: string[], keyBinding: string, text: string}} shape
 * @param {Map|null} payload what the issuer signed, if it can be read
 * @returns the disclosures as far as they can be read, how many digests stay without one, the rule
 *   that fails ("" for none), and whether a key binding is bound to what is presented
 */
export async function readDisclosures(shape, payload, limits) {
  const shown = { disclosures: [], hidden: 0, fault: "", keyBindingFits: null };
  try {
    const hash = hashOf(payload ?? new Map());
    shown.keyBindingFits = await keyBindingFits(shape, hash, limits);
    const byDigest = await digested(shape.disclosures, hash, limits, shown.disclosures);
    if (payload !== null) shown.hidden = place(payload, byDigest, limits);
  } catch (error) {
    if (!(error instanceof DisclosureInvalid)) throw error;
    shown.fault = error.message;
  }
  return shown;
}

function hashOf(payload) {
  const name = payload.has(HASH_NAME) ? payload.get(HASH_NAME) : "sha-256";
  if (typeof name !== "string" || !Object.hasOwn(HASHES, name)) {
    throw new DisclosureInvalid(`the hash is one of ${Object.keys(HASHES).join(", ")}`);
  }
  return HASHES[name];
}

/** Return the disclosures by their digests; `read` gets them as well, up to the one at fault. */
async function digested(texts, hash, limits, read) {
  const byDigest = new Map();
  for (const text of texts) {
    const digest = await digestOf(text, hash);
    if (byDigest.has(digest)) throw new DisclosureInvalid("a disclosure is sent twice");
    const disclosure = readOne(text, limits);
    byDigest.set(digest, disclosure);
    read.push(disclosure);
  }
  return byDigest;
}

function readOne(text, limits) {
  const bytes = decode(text);
  if (bytes === null) throw new DisclosureInvalid("a disclosure is not canonical base64url");
  let items;
  try {
    items = parse(bytes, { bytesMax: text.length, depthMax: limits.JSON_DEPTH_MAX });
  } catch (error) {
    if (!(error instanceof MalformedJSON)) throw error;
    throw new DisclosureInvalid(`a disclosure is refused: ${error.message}`);
  }
  if (!Array.isArray(items)) throw new DisclosureInvalid("a disclosure is no array");
  const isMember =
    items.length === 3 && typeof items[0] === "string" && typeof items[1] === "string";
  if (isMember && RESERVED.includes(items[1])) {
    throw new DisclosureInvalid("a disclosure has a name that the format reserves");
  }
  if (isMember) return { name: items[1], value: items[2] };
  if (items.length === 2 && typeof items[0] === "string") return { name: null, value: items[1] };
  throw new DisclosureInvalid(
    "a disclosure is an array of salt, name and value, or of salt and value",
  );
}

/** Put every disclosure in its place; return how many digests have none. */
function place(payload, byDigest, limits) {
  const walk = new Walk(byDigest, limits.JSON_DEPTH_MAX);
  walk.members(new Map([...payload].filter(([name]) => name !== HASH_NAME)), 1);
  if (walk.placed !== byDigest.size) {
    throw new DisclosureInvalid("a disclosure belongs to no digest of the token");
  }
  return walk.met.size - walk.placed;
}

/** One pass over a payload, which meets every digest once. */
class Walk {
  constructor(byDigest, depthMax) {
    this.byDigest = byDigest;
    this.depthMax = depthMax;
    this.met = new Set();
    this.placed = 0;
  }

  members(value, depth) {
    if (value.has(ELEMENT) || value.has(HASH_NAME)) {
      throw new DisclosureInvalid("a reserved name stands where it has no meaning");
    }
    const names = new Set([...value.keys()].filter((name) => name !== DIGESTS));
    for (const name of names) this.value(value.get(name), depth + 1);
    for (const digest of digestsOf(value)) {
      const disclosure = this.meet(digest);
      if (disclosure === undefined) continue;
      if (disclosure.name === null) {
        throw new DisclosureInvalid("an element is disclosed where a member belongs");
      }
      if (names.has(disclosure.name)) {
        throw new DisclosureInvalid("a disclosure has the name of another member");
      }
      names.add(disclosure.name);
      this.disclosed(disclosure, depth);
    }
  }

  elements(value, depth) {
    for (const element of value) {
      if (!(element instanceof Map && element.has(ELEMENT))) {
        this.value(element, depth + 1);
        continue;
      }
      const digest = element.get(ELEMENT);
      if (element.size !== 1 || typeof digest !== "string") {
        throw new DisclosureInvalid("an element's digest is text, and stands alone");
      }
      const disclosure = this.meet(digest);
      if (disclosure === undefined) continue;
      if (disclosure.name !== null) {
        throw new DisclosureInvalid("a member is disclosed where an element belongs");
      }
      this.disclosed(disclosure, depth);
    }
  }

  value(value, depth) {
    if (!(value instanceof Map || Array.isArray(value))) return;
    if (depth > this.depthMax) {
      throw new DisclosureInvalid(`the disclosed claims are nested deeper than ${this.depthMax}`);
    }
    if (value instanceof Map) this.members(value, depth);
    else this.elements(value, depth);
  }

  disclosed(disclosure, depth) {
    this.placed++;
    this.value(disclosure.value, depth + 1);
  }

  /** Return the disclosure of a digest; undefined for one that is kept back, and for a decoy. */
  meet(digest) {
    if (this.met.has(digest)) throw new DisclosureInvalid("a digest stands in two places");
    this.met.add(digest);
    return this.byDigest.get(digest);
  }
}

function digestsOf(value) {
  const found = value.has(DIGESTS) ? value.get(DIGESTS) : [];
  if (!Array.isArray(found) || !found.every((one) => typeof one === "string")) {
    throw new DisclosureInvalid("digests are a list of text");
  }
  return found;
}

/** Whether the holder's own token is bound to exactly what is presented; null without one. */
async function keyBindingFits(shape, hash, limits) {
  if (shape.keyBinding === "") return null;
  const bytes = decode(shape.keyBinding.split(".")[1] ?? "");
  let members = null;
  try {
    const bounds = { bytesMax: limits.TOKEN_BYTES_MAX, depthMax: limits.JSON_DEPTH_MAX };
    if (bytes !== null) members = parse(bytes, bounds);
  } catch (error) {
    if (!(error instanceof MalformedJSON)) throw error;
  }
  const presented = shape.text.slice(0, shape.text.lastIndexOf("~") + 1);
  return members instanceof Map && members.get("sd_hash") === (await digestOf(presented, hash));
}

async function digestOf(text, hash) {
  if (globalThis.crypto?.subtle === undefined) {
    throw new DisclosureInvalid("this browser computes digests only on https and on localhost");
  }
  return encode(new Uint8Array(await crypto.subtle.digest(hash, new TextEncoder().encode(text))));
}
