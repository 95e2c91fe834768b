// jose (npm), measured with keys imported once.

import { createRequire } from "node:module";
import { material, serve } from "./worker.mjs";
import { SignJWT, importPKCS8, importSPKI, jwtVerify } from "jose";

const { version } = createRequire(import.meta.url)("jose/package.json");
const { issuer, audience, claims, keys, secret, tokens } = material;

async function make(alg, operation) {
  if (operation === "sign") {
    const key = alg === "HS256" ? Buffer.from(secret, "hex") : await importPKCS8(keys[alg].private, alg);
    const header = { alg, kid: "k", typ: "at+jwt" };
    return () => new SignJWT(claims).setProtectedHeader(header).sign(key);
  }
  const key = alg === "HS256" ? Buffer.from(secret, "hex") : await importSPKI(keys[alg].public, alg);
  const texts = tokens[alg];
  const options = { issuer, audience, algorithms: [alg], typ: "at+jwt", requiredClaims: ["exp"] };
  return (number) => jwtVerify(texts[number % texts.length], key, options);
}

await serve(`jose ${version}, Node ${process.versions.node}`, make);
