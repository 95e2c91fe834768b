/**
 * Signatures by the browser's own cryptography. What it lacks is said, never guessed.
 *
 * Source: RFC 7518 section 3; RFC 8037 section 3.1; W3C Web Cryptography Level 2.
 */
import { encode } from "./base64url.js";
import { Refused, Unavailable } from "./refused.js";

const EDDSA_BYTES = { Ed25519: 64, Ed448: 114 };

/** How Web Cryptography calls the families of the server's table of algorithms. */
const FAMILIES = {
  HMAC: (row) => ({ name: "HMAC", hash: row.hash }),
  RSA: (row) => ({ name: "RSASSA-PKCS1-v1_5", hash: row.hash }),
  RSA_PSS: (row) => ({
    name: "RSA-PSS",
    hash: row.hash,
    saltLength: Number.parseInt(row.hash.slice(4), 10) / 8,
  }),
  ECDSA: (row, curve) => ({ name: "ECDSA", hash: row.hash, namedCurve: curve }),
  EDDSA: (row, curve) => ({ name: curve }),
};

/** Return the parameters of an algorithm on a curve, or throw Unavailable. */
function parametersOf(row, curve) {
  if (globalThis.crypto?.subtle === undefined) {
    throw new Unavailable("This browser computes signatures only on https and on localhost.");
  }
  const family = FAMILIES[row.family];
  if (family === undefined) throw notHere(row.name);
  return family(row, curve);
}

/** Import key material for verifying, or throw Unavailable where the browser has no such thing. */
export async function importKey(format, data, row, curve) {
  const parameters = parametersOf(row, curve);
  try {
    return await crypto.subtle.importKey(format, data, parameters, false, ["verify"]);
  } catch (error) {
    if (error.name === "NotSupportedError") throw notHere(row.name);
    throw error;
  }
}

/** Check that a key signed exactly this input, or throw Refused. */
export async function verifySignature(key, input, signature, smallOrder) {
  checkForm(key, signature, smallOrder);
  const parameters = parametersOf(key.row, key.curve);
  const data = new TextEncoder().encode(input);
  const holds = await crypto.subtle.verify(parameters, key.material, signature, data);
  if (!holds) throw invalid(ANOTHER_KEY);
}

/** Refuse a signature of another length than the key makes; Web Cryptography just says no. */
function checkForm({ row, material, curve }, signature, smallOrder) {
  const width = signature.length / 2;
  switch (row.family) {
    case "ECDSA":
      if (width !== row.key_bytes_min) throw invalid("an ECDSA signature is r and s in full width");
      if ([signature.slice(0, width), signature.slice(width)].some((half) => !half.some(Boolean))) {
        throw invalid("r and s are not zero");
      }
      break;
    case "EDDSA":
      if (curve === "Ed25519" && smallOrder.includes(encode(signature.slice(0, 32)))) {
        throw invalid("R of the signature is a point of small order");
      }
      if (signature.length !== EDDSA_BYTES[curve]) {
        throw invalid(`such a signature has ${EDDSA_BYTES[curve]} bytes`);
      }
      break;
    case "RSA":
    case "RSA_PSS":
      if (signature.length !== Math.ceil(material.algorithm.modulusLength / 8)) {
        throw invalid("the signature is not as long as the modulus");
      }
  }
}

const ANOTHER_KEY = "another key signed it, or it was changed on the way";
const invalid = (hint) => new Refused("signature_invalid", hint);

function notHere(name) {
  return new Unavailable(`This browser cannot check ${name}.`);
}
