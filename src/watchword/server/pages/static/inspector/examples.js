/** The one example that is made here: encrypted for nobody, by a key that nobody keeps. */
import { encode } from "./base64url.js";

/** Return a JWE by a content key used directly (RFC 7516 section 7.1; RFC 7518 section 4.5). */
export async function encryptedExample() {
  const header = encode(text(JSON.stringify({ alg: "dir", enc: "A256GCM", cty: "JWT" })));
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const parameters = { name: "AES-GCM", iv, additionalData: text(header) };
  const inside = text("Whoever reads this holds the key, which is gone.");
  const sealed = new Uint8Array(await crypto.subtle.encrypt(parameters, key, inside));
  const [content, tag] = [sealed.slice(0, -16), sealed.slice(-16)];
  return [header, "", encode(iv), encode(content), encode(tag)].join(".");
}

const text = (characters) => new TextEncoder().encode(characters);
