// jose's verdict over each line of base64url of a token: "1" accepted, "0" refused.
//
// Arguments: issuer, audience, HS256 secret in hexadecimal, path of the ES256 public key in PEM.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { importSPKI, jwtVerify } from "jose";

const [issuer, audience, secret, pem] = process.argv.slice(2);
const keys = {
  HS256: Buffer.from(secret, "hex"),
  ES256: await importSPKI(readFileSync(pem, "utf8"), "ES256"),
};
const options = { issuer, audience, algorithms: ["HS256", "ES256"], requiredClaims: ["exp"] };

for await (const line of createInterface({ input: process.stdin })) {
  const text = Buffer.from(line, "base64url").toString("latin1");
  let accepted = "1";
  try {
    await jwtVerify(text, (header) => keys[header.alg], options);
  } catch {
    accepted = "0";
  }
  console.log(accepted);
}
