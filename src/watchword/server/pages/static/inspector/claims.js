/**
 * The rules of a claims set, as `jose/jwt/rules.py` decides them where issuer and audience are not
 * known: the types of the registered claims, the times, and that the token ends.
 *
 * Source: RFC 7519 section 4.1; RFC 8725 sections 3.8 and 3.9.
 */
import { Refused } from "./refused.js";
import { JsonNumber } from "./strict-json.js";

const TEXT_CLAIMS = ["iss", "sub", "jti", "scope", "client_id"];
const DATE_CLAIMS = ["exp", "nbf", "iat"];

/** Check a claims set whose signature holds; throw what is wrong, all of it at once. */
export function checkClaims(members, now, limits) {
  const failures = [...wrongTypes(members, limits)];
  const mistyped = new Set(failures.map((failure) => failure.claim));
  const date = (name) => (mistyped.has(name) ? undefined : members.get(name)?.value);
  failures.push(...times([date("exp"), date("nbf"), date("iat")], now, limits.AHEAD_SECONDS));
  if (!members.has("exp")) {
    failures.push(new Refused("claim_missing", "the token never ends; exp is required", "exp"));
  }
  if (failures.length > 0) throw Refused.all(failures);
}

function* wrongTypes(members, limits) {
  const invalid = (hint, claim) => new Refused("claim_invalid", hint, claim);
  for (const name of TEXT_CLAIMS) {
    if (members.has(name) && typeof members.get(name) !== "string") {
      yield invalid("the claim is text", name);
    }
  }
  if (members.has("aud") && !isAudience(members.get("aud"))) {
    yield invalid("aud is text or a list of text, and not empty", "aud");
  }
  for (const name of DATE_CLAIMS) {
    if (members.has(name) && !isDate(name, members.get(name), limits)) {
      yield invalid("the claim is a time in seconds since the epoch", name);
    }
  }
}

function* times([exp, nbf, iat], now, mostAhead) {
  if (exp !== undefined && exp <= now) {
    yield new Refused("token_expired", `it ended ${whole(now - exp)} s ago`, "exp");
  }
  if (nbf !== undefined && nbf > now + mostAhead) {
    yield new Refused("token_not_yet_valid", `it begins ${ahead(nbf - now)}`, "nbf");
  }
  if (iat !== undefined && iat > now + mostAhead) {
    yield new Refused("token_issued_in_future", `issued ${ahead(iat - now)}`, "iat");
  }
}

function isAudience(aud) {
  const isText = (value) => typeof value === "string" && value !== "";
  return Array.isArray(aud) ? aud.length > 0 && aud.every(isText) : isText(aud);
}

function isDate(name, value, limits) {
  if (!(value instanceof JsonNumber)) return false;
  if (name === "exp" && value.value === 0) return true; // a time that has passed
  return value.value > 0 && value.value <= limits.DATE_MAX;
}

const ahead = (seconds) => `${whole(seconds)} s ahead of this clock; see leeway`;

/** Round as the server does: halves go to the even neighbour. */
function whole(seconds) {
  const below = Math.floor(seconds);
  if (seconds - below === 0.5) return below + (below % 2);
  return Math.round(seconds);
}
