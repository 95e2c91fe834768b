/**
 * An encrypted token, as far as it can be judged without its key: form, header, and the sizes that
 * its content encryption demands.
 *
 * Source: RFC 7516 sections 4 and 7.1; RFC 7518 section 5.
 */
import { decode } from "./base64url.js";
import { jsonPart } from "./explain.js";

/**
 * @param {string[]} parts header, encrypted key, initialization vector, ciphertext, tag
 * @returns the header, the other parts with their sizes, and what is wrong ("" for nothing)
 */
export function readJwe(parts, rules) {
  const header = jsonPart(parts[0], rules.limits);
  const names = ["Encrypted key", "Initialization vector", "Ciphertext", "Authentication tag"];
  const others = names.map((name, index) => ({ name, bytes: decode(parts[index + 1]) }));
  return { header, others, fault: faultOf(header, others, rules.encryption) };
}

function faultOf(header, others, { alg, enc }) {
  if (header.fault !== "") return `the header cannot be read: ${header.fault}`;
  if (others.some(({ bytes }) => bytes === null)) {
    return "a part of the token is not canonical base64url";
  }
  const [named, content] = ["alg", "enc"].map((name) => header.value.get(name));
  if (typeof named !== "string" || typeof content !== "string") {
    return "the header names no alg or no enc";
  }
  if (!Object.hasOwn(alg, named)) return "its alg does not exist here";
  if (!Object.hasOwn(enc, content)) return "its enc does not exist here";
  const [, iv, , tag] = others.map(({ bytes }) => bytes.length);
  const { iv_bytes, tag_bytes } = enc[content];
  if (iv === iv_bytes && tag === tag_bytes) return "";
  return `${content} has an initialization vector of ${iv_bytes} bytes and a tag of ${tag_bytes}`;
}
