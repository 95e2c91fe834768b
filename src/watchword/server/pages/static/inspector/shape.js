/**
 * What a pasted text is, by its outer form alone: nothing here judges it.
 *
 * Source: RFC 7515 section 7; RFC 7516 section 7; RFC 9901 section 4.
 */
import { MalformedJSON, parse } from "./strict-json.js";

const BEARER = /^bearer\s+/i;
const JSON_BYTES_MAX = 64 * 1024; // a JSON form of several signatures

/**
 * @returns {{kind: "empty"|"bearer"|"jws"|"jwe"|"sd-jwt"|"json"|"bad-json", text: string}} and
 *   what the kind has besides
 */
export function shapeOf(pasted, limits) {
  const text = pasted.trim();
  if (text === "") return { kind: "empty", text };
  if (BEARER.test(text)) return { kind: "bearer", text, rest: text.replace(BEARER, "") };
  if (text.startsWith("{")) return jsonShape(text, limits);
  if (text.includes("~")) return sdJwtShape(text);
  const parts = text.split(".");
  if (parts.length === 5) return { kind: "jwe", text, parts };
  return { kind: "jws", text };
}

function sdJwtShape(text) {
  const [jwt, ...rest] = text.split("~");
  const keyBinding = rest.pop();
  return { kind: "sd-jwt", text, jwt, disclosures: rest, keyBinding };
}

function jsonShape(text, limits) {
  let members;
  try {
    const bytes = new TextEncoder().encode(text);
    members = parse(bytes, { bytesMax: JSON_BYTES_MAX, depthMax: limits.JSON_DEPTH_MAX });
  } catch (error) {
    if (error instanceof MalformedJSON) return { kind: "bad-json", text, fault: error.message };
    throw error;
  }
  if (members.has("ciphertext")) return jweShape(text, members);
  if (!members.has("payload")) {
    return { kind: "bad-json", text, fault: "neither “payload” nor “ciphertext” is a member" };
  }
  const listed = members.get("signatures") ?? [members];
  const isList =
    Array.isArray(listed) && listed.length > 0 && listed.every((one) => one instanceof Map);
  if (!isList) return { kind: "bad-json", text, fault: "“signatures” is not a list of objects" };
  const payload = textOf(members.get("payload"));
  const signatures = listed.map((one) => ({
    compact: `${textOf(one.get("protected"))}.${payload}.${textOf(one.get("signature"))}`,
    unprotected: one.get("header") instanceof Map ? one.get("header") : null,
  }));
  return { kind: "json", text, signatures };
}

function jweShape(text, members) {
  const [recipient] = Array.isArray(members.get("recipients")) ? members.get("recipients") : [];
  const key =
    members.get("encrypted_key") ??
    (recipient instanceof Map ? recipient.get("encrypted_key") : "");
  const names = ["iv", "ciphertext", "tag"].map((name) => textOf(members.get(name)));
  return { kind: "jwe", text, parts: [textOf(members.get("protected")), textOf(key), ...names] };
}

const textOf = (value) => (typeof value === "string" ? value : "");
