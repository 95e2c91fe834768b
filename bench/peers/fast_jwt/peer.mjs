// fast-jwt (npm), measured with a signer and a verifier built once, synchronous, without its cache.

import { createRequire } from "node:module";
import { material, serve } from "./worker.mjs";
import { createSigner, createVerifier } from "fast-jwt";

const { version } = createRequire(import.meta.url)("fast-jwt/package.json");
const { issuer, audience, claims, keys, secret, tokens } = material;
const NAMES = { Ed25519: "EdDSA" }; // fast-jwt knows the older name alone

function make(alg, operation) {
  const algorithm = NAMES[alg] ?? alg;
  if (operation === "sign") {
    const key = alg === "HS256" ? Buffer.from(secret, "hex") : keys[alg].private;
    const sign = createSigner({ key, algorithm, kid: "k", header: { typ: "at+jwt" } });
    return () => sign(claims);
  }
  const key = alg === "HS256" ? Buffer.from(secret, "hex") : keys[alg].public;
  const texts = tokens[algorithm];
  const verify = createVerifier({
    key,
    algorithms: [algorithm],
    allowedIss: issuer,
    allowedAud: audience,
    requiredClaims: ["exp"],
    cache: false,
  });
  return (number) => verify(texts[number % texts.length]);
}

await serve(`fast-jwt ${version}, Node ${process.versions.node}`, make);
