/**
 * The disclosures of an SD-JWT, each held against the digests in what the issuer signed.
 *
 * Source: RFC 9901 sections 4.2, 4.3 and 7.1.
 */
import { decode, encode } from "./base64url.js";
import { MalformedJSON, parse } from "./strict-json.js";

const HASHES = { "sha-256": "SHA-256", "sha-384": "SHA-384", "sha-512": "SHA-512" };
const DISCLOSURES_MAX = 200; // tokens.md J-46

/**
 * @param {{disclosures: string[], keyBinding: string, text: string}} shape
 * @param {Map|null} payload what the issuer signed, if it can be read
 * @returns the disclosures with their fault, how many digests stay hidden, and the rule that fails
 */
export async function readDisclosures(shape, payload, limits) {
  const hash = HASHES[payload?.get("_sd_alg") ?? "sha-256"];
  if (shape.disclosures.length > DISCLOSURES_MAX) {
    return { disclosures: [], hidden: 0, fault: `there are more than ${DISCLOSURES_MAX} disclosures` };
  }
  if (hash === undefined) {
    return { disclosures: [], hidden: 0, fault: "_sd_alg names a hash that is not accepted here" };
  }
  const disclosures = [];
  for (const encoded of shape.disclosures) {
    const digest = await digestOf(encoded, hash);
    disclosures.push({ ...readOne(encoded, limits), encoded, digest });
  }
  const digests = [...digestsIn(payload)];
  for (const one of disclosures) digests.push(...digestsIn(one.value));
  judge(disclosures, digests);
  const shown = new Set(disclosures.map((one) => one.digest));
  return {
    disclosures,
    hidden: digests.filter((digest) => !shown.has(digest)).length,
    fault: disclosures.find((one) => one.fault)?.fault ?? repeated(digests),
    keyBindingFits: await keyBindingFits(shape, hash, limits),
  };
}

function readOne(encoded, limits) {
  const bytes = decode(encoded);
  if (bytes === null) return { fault: "a disclosure is not canonical base64url" };
  let items;
  try {
    items = parse(bytes, { bytesMax: limits.TOKEN_BYTES_MAX, depthMax: limits.JSON_DEPTH_MAX });
  } catch (error) {
    if (error instanceof MalformedJSON) return { fault: `a disclosure is refused: ${error.message}` };
    throw error;
  }
  if (!Array.isArray(items) || items.length < 2 || items.length > 3 || typeof items[0] !== "string") {
    return { fault: "a disclosure is a list of salt, name and value, or of salt and value" };
  }
  const name = items.length === 3 ? items[1] : null;
  const value = items.at(-1);
  if (items.length === 3 && (typeof name !== "string" || name === "_sd" || name === "...")) {
    return { name, value, fault: "a disclosure has a name that no claim may have" };
  }
  return { name, value, fault: "" };
}

function judge(disclosures, digests) {
  const seen = new Set();
  for (const one of disclosures) {
    if (one.fault) continue;
    if (seen.has(one.digest)) one.fault = "a disclosure is sent twice";
    else if (!digests.includes(one.digest)) one.fault = "a disclosure's digest stands nowhere in the token";
    seen.add(one.digest);
  }
}

function repeated(digests) {
  return new Set(digests).size === digests.length ? "" : "a digest stands in the token twice";
}

/** Yield every digest in a value: items of `_sd`, and values of `...` in lists. */
function* digestsIn(value) {
  if (Array.isArray(value)) {
    for (const item of value) {
      if (item instanceof Map && item.size === 1 && typeof item.get("...") === "string") yield item.get("...");
      else yield* digestsIn(item);
    }
  } else if (value instanceof Map) {
    const listed = value.get("_sd");
    if (Array.isArray(listed)) yield* listed.filter((one) => typeof one === "string");
    for (const [name, member] of value) if (name !== "_sd") yield* digestsIn(member);
  }
}

/** Whether the holder's own token is bound to exactly what is presented; null without one. */
async function keyBindingFits(shape, hash, limits) {
  if (shape.keyBinding === "") return null;
  const bytes = decode(shape.keyBinding.split(".")[1] ?? "");
  let members = null;
  try {
    if (bytes) members = parse(bytes, { bytesMax: limits.TOKEN_BYTES_MAX, depthMax: limits.JSON_DEPTH_MAX });
  } catch (error) {
    if (!(error instanceof MalformedJSON)) throw error;
  }
  const presented = shape.text.slice(0, shape.text.lastIndexOf("~") + 1);
  return members instanceof Map && members.get("sd_hash") === (await digestOf(presented, hash));
}

async function digestOf(text, hash) {
  if (globalThis.crypto?.subtle === undefined) return "";
  return encode(new Uint8Array(await crypto.subtle.digest(hash, new TextEncoder().encode(text))));
}
