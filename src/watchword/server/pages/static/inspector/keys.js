/**
 * Keys that a person pastes: a public key as PEM or JWK, a JWKS, or the text of a shared secret.
 * Each is bound to one algorithm before a token is looked at, as in `jose/jwk/`; and what could be
 * a public key never becomes a secret.
 *
 * Source: RFC 7517 sections 4 and 5; RFC 5280 section 4.1; RFC 8725 sections 3.1 and 3.5.
 */
import { decode, encode } from "./base64url.js";
import { KeyRefused, Refused, Unavailable } from "./refused.js";
import { importKey } from "./signature.js";
import { MalformedJSON, parse } from "./strict-json.js";

const PEM = /^-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----\s*$/;
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "priv"];
const PRIVATE =
  "This is a private key. Checking needs the public half only; a private key stays where it was made.";
const RSA_BITS_MIN = 2048;
const CURVED = new Set(["EC", "OKP"]);

/** What stands in a PEM public key, by the object identifiers of its algorithm. */
const IDENTIFIERS = [
  ["2a864886f70d010101", { key_type: "RSA", curve: "" }],
  ["2a8648ce3d030107", { key_type: "EC", curve: "P-256" }],
  ["2b81040022", { key_type: "EC", curve: "P-384" }],
  ["2b81040023", { key_type: "EC", curve: "P-521" }],
  ["2b8104000a", { key_type: "EC", curve: "secp256k1" }],
  ["06032b6570", { key_type: "OKP", curve: "Ed25519" }],
  ["06032b6571", { key_type: "OKP", curve: "Ed448" }],
];

/** Keys, and the choice of the one that a header may name. */
export class KeySet {
  constructor(keys) {
    this.keys = keys;
    this.algorithms = [...new Set(keys.map((key) => key.row.name))];
  }

  /** Return the one key for a header, by kid and then by algorithm. */
  find(alg, kid) {
    const fitting = this.keys.filter((key) => key.row.name === alg);
    const named = kid === null ? fitting : fitting.filter((key) => key.kid === kid);
    if (named.length === 1) return named[0];
    const [only] = this.keys;
    if (this.keys.length === 1 && only.kid === null && only.row.name === alg) return only;
    throw new Refused(
      "unknown_key",
      kid === null
        ? "the token names no key, and not exactly one key fits"
        : "no key of the set has the token's kid and algorithm",
      "kid",
    );
  }
}

/**
 * Read what was pasted.
 *
 * @param {string} pasted
 * @param {string} alg the algorithm that the person chose; "" leaves it to the key
 * @returns {Promise<KeySet>}
 * @throws {KeyRefused|Unavailable}
 */
export async function readKeys(pasted, alg, rules) {
  const text = pasted.trim();
  if (text.startsWith("-----")) return new KeySet([await fromPem(text, alg, rules)]);
  if (text.startsWith("{") || text.startsWith("[")) return fromJson(text, alg, rules);
  return new KeySet([await fromText(pasted, alg, rules)]);
}

async function fromPem(text, alg, rules) {
  const found = PEM.exec(text);
  if (found === null)
    throw new KeyRefused("This PEM text is not whole: paste it from its first to its last line.");
  const [, label, body] = found;
  if (label.endsWith("PRIVATE KEY")) throw new KeyRefused(PRIVATE);
  if (label === "CERTIFICATE") {
    throw new KeyRefused(
      "This is a certificate. Take its public key: openssl x509 -pubkey -noout -in FILE",
    );
  }
  if (label !== "PUBLIC KEY")
    throw new KeyRefused("Paste a key that begins with -----BEGIN PUBLIC KEY-----");
  const der = bytesOf(body);
  const hex = [...der.slice(0, 40)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const kind = IDENTIFIERS.find(([identifier]) => hex.includes(identifier))?.[1];
  if (kind === undefined)
    throw new KeyRefused("This kind of key cannot be read here; paste it as a JWK.");
  return asymmetric("spki", der, { row: rowFor(kind, alg, rules), kid: null, curve: kind.curve });
}

async function fromJson(text, alg, rules) {
  const { JWK_BYTES_MAX, JSON_DEPTH_MAX, KEYS_MAX } = rules.limits;
  let members;
  try {
    const limits = { bytesMax: JWK_BYTES_MAX, depthMax: JSON_DEPTH_MAX };
    members = parse(new TextEncoder().encode(text), limits);
  } catch (error) {
    if (error instanceof MalformedJSON)
      throw new KeyRefused(`The key is refused: ${error.message}.`);
    throw error;
  }
  if (!(members instanceof Map)) throw new KeyRefused("A key is a JSON object.");
  if (!members.has("keys")) return new KeySet([await fromJwk(members, alg, rules)]);
  const listed = members.get("keys");
  if (!Array.isArray(listed) || listed.length > KEYS_MAX) {
    throw new KeyRefused(`A JWKS has a list of at most ${KEYS_MAX} keys.`);
  }
  return fromJwks(listed, alg, rules);
}

async function fromJwks(listed, alg, rules) {
  const keys = [];
  for (const jwk of listed) {
    if (!(jwk instanceof Map)) throw new KeyRefused("A member of a JWKS is a JSON object.");
    if (!isForSignatures(jwk, alg, rules)) continue;
    keys.push(await fromJwk(jwk, "", rules, jwk.get("alg") ?? alg));
  }
  if (keys.length === 0) {
    throw new KeyRefused(
      "No key of this set says an algorithm that is known here; choose one below.",
    );
  }
  if (new Set(keys.map((key) => key.row.is_symmetric)).size > 1) {
    throw new KeyRefused("A key set is all shared secrets or all key pairs, never both.");
  }
  const kids = keys.map((key) => key.kid).filter((kid) => kid !== null);
  if (new Set(kids).size !== kids.length)
    throw new KeyRefused("Two keys of the set have the same kid.");
  return new KeySet(keys);
}

/** Keys of an unknown algorithm and encryption keys are skipped (RFC 7517 section 5). */
function isForSignatures(jwk, alg, rules) {
  if ((jwk.get("use") ?? "sig") !== "sig") return false;
  if (jwk.has("alg")) return Object.hasOwn(rules.algorithms, jwk.get("alg"));
  return fitting(kindOf(jwk), rules).some((row) => row.name === alg);
}

async function fromJwk(jwk, alg, rules, offered = "") {
  if (PRIVATE_MEMBERS.some((name) => jwk.has(name)) && jwk.get("kty") !== "oct") {
    throw new KeyRefused(PRIVATE);
  }
  checkUse(jwk);
  const named = jwk.get("alg");
  if (named !== undefined && alg !== "" && named !== alg) {
    throw new KeyRefused(`The key says that it is for ${named}, and another algorithm is chosen.`);
  }
  const row = rowFor(kindOf(jwk), named ?? (alg || offered), rules);
  const kid = jwk.get("kid") ?? null;
  if (
    kid !== null &&
    (typeof kid !== "string" || kid === "" || [...kid].length > rules.limits.KID_CHARACTERS_MAX)
  ) {
    throw new KeyRefused(`A kid is text of 1 to ${rules.limits.KID_CHARACTERS_MAX} characters.`);
  }
  if (row.is_symmetric) return symmetric(decode(String(jwk.get("k"))), { row, kid });
  const material = Object.fromEntries(
    ["kty", "crv", "x", "y", "n", "e"].map((name) => [name, jwk.get(name)]),
  );
  checkNumbers(material, row);
  if (rules.small_order.includes(material.x))
    throw new KeyRefused("The public key is a point of small order.");
  return asymmetric("jwk", material, { row, kid, curve: kindOf(jwk).curve });
}

function checkUse(jwk) {
  const operations = jwk.get("key_ops");
  if ((jwk.get("use") ?? "sig") !== "sig") throw new KeyRefused("The key's use is not sig.");
  if (operations === undefined) return;
  const isList = Array.isArray(operations) && operations.every((one) => typeof one === "string");
  const isClean = isList && new Set(operations).size === operations.length;
  const others = isList ? operations.filter((one) => one !== "sign" && one !== "verify") : [];
  if (!isClean || !operations.includes("verify") || (jwk.has("use") && others.length > 0)) {
    throw new KeyRefused("The key's key_ops does not allow to verify.");
  }
}

/** Refuse numbers that have a second spelling; the browser would take them. */
function checkNumbers(material, row) {
  for (const name of ["n", "e", "x", "y"]) {
    const value = material[name];
    if (value === undefined) continue;
    const bytes = typeof value === "string" ? decode(value) : null;
    const isWide =
      row.key_type === "EC"
        ? bytes?.length === row.key_bytes_min
        : row.key_type !== "RSA" || bytes?.[0] !== 0;
    if (bytes === null || bytes.length === 0 || !isWide) {
      throw new KeyRefused(`The key's ${name} is not a number in its one canonical form.`);
    }
  }
}

async function fromText(text, alg, rules) {
  const row = alg === "" ? undefined : rules.algorithms[alg];
  if (row === undefined) {
    throw new KeyRefused(
      "A shared secret does not say its algorithm: choose HS256, HS384 or HS512 below.",
    );
  }
  if (!row.is_symmetric)
    throw new KeyRefused(`${row.name} needs a key pair: paste its public key as PEM or JWK.`);
  return symmetric(new TextEncoder().encode(text), { row, kid: null });
}

async function symmetric(secret, { row, kid }) {
  if (secret === null) throw new KeyRefused("The key's k is not canonical base64url.");
  if (secret.length < row.key_bytes_min) {
    throw new KeyRefused(
      `A secret for ${row.name} has at least ${row.key_bytes_min} bytes, this one ${secret.length}.`,
    );
  }
  return { row, kid, curve: "", material: await importKey("raw", secret, row, "") };
}

async function asymmetric(format, data, { row, kid, curve }) {
  let material;
  try {
    material = await importKey(format, data, row, curve);
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    throw new KeyRefused(`This is not a valid key for ${row.name}.`);
  }
  if ((material.algorithm.modulusLength ?? RSA_BITS_MIN) < RSA_BITS_MIN) {
    throw new KeyRefused(
      `An RSA key has at least ${RSA_BITS_MIN} bits; this one has ${material.algorithm.modulusLength}.`,
    );
  }
  return { row, kid, curve, material };
}

const kindOf = (jwk) => ({ key_type: jwk.get("kty"), curve: jwk.get("crv") ?? "" });

function fitting({ key_type, curve }, rules) {
  return Object.values(rules.algorithms).filter(
    (row) => row.key_type === key_type && (!CURVED.has(key_type) || row.curves.includes(curve)),
  );
}

/** Return the row of the one algorithm that a key is for. */
function rowFor(kind, alg, rules) {
  const rows = fitting(kind, rules);
  const found = alg
    ? rows.find((row) => row.name === alg)
    : rows.length === 1
      ? rows[0]
      : undefined;
  if (found !== undefined) return found;
  const names = rows.map((row) => row.name).join(", ");
  if (names === "") throw new KeyRefused("This kind of key is not known here.");
  throw new KeyRefused(
    alg
      ? `This key is not one for ${alg}; it fits ${names}.`
      : `This key does not say its algorithm: choose one of ${names} below.`,
  );
}

function bytesOf(base64) {
  const text = base64.replace(/\s/g, "").replace(/=+$/, "");
  const bytes = decode(text.replaceAll("+", "-").replaceAll("/", "_"));
  if (bytes === null || encode(bytes) === "")
    throw new KeyRefused("The lines between are not base64.");
  return bytes;
}
