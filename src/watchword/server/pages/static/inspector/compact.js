/**
 * The compact form of a signed token: its three parts and its protected header, as
 * `jose/jws/compact.py` and `jose/jws/header.py` decide them.
 *
 * Source: RFC 7515 sections 4, 5 and 7.1; RFC 7797 sections 6 and 7; RFC 8725 section 3.14.
 */
import { decode } from "./base64url.js";
import { Refused } from "./refused.js";
import { MalformedJSON, parse } from "./strict-json.js";

const TEXT_MEMBERS = ["alg", "typ", "cty", "kid"];

const malformed = (hint, claim = null) => new Refused("token_malformed", hint, claim);
const tooLarge = (hint, claim = null) => new Refused("token_too_large", hint, claim);

/** Split a token into its three encoded parts. */
export function split(token, limits) {
  if ([...token].length > limits.TOKEN_BYTES_MAX) {
    throw tooLarge(`the token is longer than ${limits.TOKEN_BYTES_MAX} characters`);
  }
  const parts = isAscii(token) ? token.split(".") : [""];
  if (parts.length !== 3) {
    throw malformed(
      otherForm(isAscii(token) ? token : "", "a token is three parts of ASCII, joined by dots"),
    );
  }
  if (parts[0] === "" || parts[2] === "") throw malformed("the header or the signature is empty");
  return parts;
}

/** Decode the last part; of an SD-JWT, which goes on after its signature, say what reads it. */
export function readSignature(encoded) {
  const signature = decode(encoded);
  if (signature !== null) return signature;
  throw malformed(otherForm(encoded, "the signature is not canonical base64url"));
}

/** Read the protected header and check its form. Return its members. */
export function readHeader(encoded, limits) {
  const most = Math.floor((limits.HEADER_BYTES_MAX * 4) / 3) + 1;
  if (encoded.length > most) {
    throw tooLarge(`the header is larger than ${limits.HEADER_BYTES_MAX} bytes`);
  }
  const members = readObject(encoded, "header", limits.HEADER_BYTES_MAX, limits);
  if (members.size > limits.HEADER_MEMBERS_MAX) {
    throw tooLarge(`the header has more than ${limits.HEADER_MEMBERS_MAX} members`);
  }
  for (const name of TEXT_MEMBERS) {
    if (members.has(name) && typeof members.get(name) !== "string") {
      throw malformed("the header member is not text", name);
    }
  }
  if ([...(members.get("kid") ?? "")].length > limits.KID_CHARACTERS_MAX) {
    throw tooLarge(`the kid is longer than ${limits.KID_CHARACTERS_MAX} characters`, "kid");
  }
  if (!members.has("alg")) throw malformed("the header names no algorithm", "alg");
  return members;
}

/** Read the payload: a JSON object, or the token is refused. */
export function readPayload(encoded, limits) {
  return readObject(encoded, "payload", limits.TOKEN_BYTES_MAX, limits);
}

/** Refuse a header that demands an extension: none is understood here. */
export function checkCritical(members, registered) {
  const critical = (hint, claim = "crit") => new Refused("critical_header", hint, claim);
  if (members.has("b64")) {
    throw critical("b64 has no place in a JWT (RFC 7797 section 7)", "b64");
  }
  if (!members.has("crit")) return;
  const names = members.get("crit");
  if (!Array.isArray(names) || names.length === 0) {
    throw critical("crit is a list that is not empty");
  }
  if (!names.every((name) => typeof name === "string") || new Set(names).size !== names.length) {
    throw critical("crit lists text, each once");
  }
  if (names.some((name) => registered.includes(name) || !members.has(name))) {
    throw critical("crit names a registered or absent member");
  }
  throw critical("crit names an extension without a handler here");
}

function readObject(encoded, part, bytesMax, limits) {
  const bytes = decode(encoded);
  if (bytes === null) throw malformed(`the ${part} is not canonical base64url`);
  let value;
  try {
    value = parse(bytes, { bytesMax, depthMax: limits.JSON_DEPTH_MAX });
  } catch (error) {
    if (error instanceof MalformedJSON) throw malformed(`the ${part} is refused: ${error.message}`);
    throw error;
  }
  if (!(value instanceof Map)) throw malformed(`the ${part} is not a JSON object`);
  return value;
}

/** Name the form of a text that is refused, as `jose/other_form.py` does. */
function otherForm(text, otherwise) {
  if (text.trimStart().startsWith("{")) {
    return text.includes('"ciphertext"')
      ? "this is an encrypted token in JSON form; jwe.Decrypter.decrypt_json reads it"
      : "this is JSON; the verify_json of jws.Verifier or sdjwt.Verifier reads it";
  }
  if (text.includes("~")) {
    return "this has the tildes of an SD-JWT; sdjwt.Verifier.verify reads it";
  }
  if (text.split(".").length === 5) {
    return "this has the five parts of an encrypted token (JWE); jwe.Decrypter.decrypt reads it";
  }
  return otherwise;
}

function isAscii(text) {
  return [...text].every((character) => character.charCodeAt(0) < 0x80);
}
