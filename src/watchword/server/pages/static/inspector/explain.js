/**
 * Explain a signed token: every part, and every check up to the one that fails, in the order and
 * the words of `jose/jwt/explain.py`. Given no key, only the form is judged.
 */
import { decode } from "./base64url.js";
import { checkClaims } from "./claims.js";
import { checkCritical, readHeader, readPayload, readSignature, split } from "./compact.js";
import { Refused, Unavailable } from "./refused.js";
import { verifySignature } from "./signature.js";
import { MalformedJSON, parse } from "./strict-json.js";

/**
 * @param {string} token compact serialization
 * @param {{keys: object|null, rules: object, now: number}} policy `keys` as `readKeys` returns them
 */
export async function explain(token, { keys, rules, now }) {
  const shown = [...token].slice(0, rules.limits.TOKEN_BYTES_MAX).join("");
  const [header, payload, signature] = [...splitTwice(shown), "", ""];
  const parts = {
    header: jsonPart(header, rules.limits),
    payload: jsonPart(payload, rules.limits),
    signature: { encoded: signature, bytes: decode(signature), fault: faultOf(signature) },
  };
  const alg = parts.header.value?.get("alg");
  const row = Object.hasOwn(rules.algorithms, alg) ? rules.algorithms[alg] : null;
  let refusal = null;
  let unavailable = null;
  try {
    if (keys === null) peek(token, rules);
    else await verify(token, { keys, rules, now });
  } catch (error) {
    if (error instanceof Refused) refusal = error;
    else if (error instanceof Unavailable) unavailable = error.message;
    else throw error;
  }
  const isChecked = keys !== null && unavailable === null;
  return {
    ...parts,
    algorithm: row,
    verdict: refusal ? "refused" : isChecked ? "verified" : "not checked",
    checks: refusal || isChecked ? checksOf(refusal, rules.checks) : [],
    failures: refusal ? refusal.failures.map((one) => failureOf(one, rules.sentences)) : [],
    unavailable,
  };
}

function peek(token, rules) {
  const [header, payload] = split(token, rules.limits);
  readHeader(header, rules.limits);
  readPayload(payload, rules.limits);
}

async function verify(token, { keys, rules, now }) {
  const [header, payload, encoded] = split(token, rules.limits);
  const signature = readSignature(encoded);
  const members = readHeader(header, rules.limits);
  const alg = members.get("alg");
  if (!keys.algorithms.includes(alg)) throw refuseAlgorithm(alg, keys.algorithms, rules);
  checkCritical(members, rules.registered);
  const key = keys.find(alg, members.get("kid") ?? null);
  await verifySignature(key, `${header}.${payload}`, signature, rules.small_order);
  checkClaims(readPayload(payload, rules.limits), now, rules.limits);
}

function refuseAlgorithm(alg, accepted, rules) {
  const isKnown = Object.hasOwn(rules.algorithms, alg);
  const named = isKnown ? alg : "an algorithm that does not exist here";
  const names = [...accepted].sort().join(", ");
  return new Refused("algorithm_refused", `the token says ${named}; accepted is ${names}`, "alg");
}

/** Return each check with its outcome; what comes after the failed one was not reached. */
function checksOf(refusal, checks) {
  let outcome = "passed";
  return checks.map(({ name, asks, codes, is_asked }) => {
    if (refusal === null || !codes.includes(refusal.code)) {
      const isOpen = outcome === "passed" && !is_asked;
      return { name, asks, outcome: isOpen ? "not asked" : outcome };
    }
    outcome = "not reached";
    return { name, asks, outcome: "failed" };
  });
}

/** Return a failure for people: where no rule says more, the sentence of its code. */
function failureOf({ code, claim, hint }, sentences) {
  return { code, claim, hint: hint || sentences[code] };
}

/** Header, payload and the rest, whatever stands in it. */
function splitTwice(token) {
  const parts = token.split(".");
  return parts.length > 3 ? [parts[0], parts[1], parts.slice(2).join(".")] : parts;
}

/** Read a part as far as it can be read: what is wrong with it becomes its fault. */
export function jsonPart(encoded, limits) {
  const bytes = decode(encoded) ?? new Uint8Array();
  let fault = faultOf(encoded);
  let value = null;
  if (fault === "") {
    try {
      value = parse(bytes, { bytesMax: limits.TOKEN_BYTES_MAX, depthMax: limits.JSON_DEPTH_MAX });
      if (!(value instanceof Map)) fault = "JSON, but not an object";
    } catch (error) {
      if (!(error instanceof MalformedJSON)) throw error;
      fault = error.message;
    }
  }
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return { encoded, bytes, text, value: value instanceof Map ? value : null, fault };
}

function faultOf(encoded) {
  if (encoded === "") return "absent";
  return decode(encoded) === null ? "not canonical base64url" : "";
}
