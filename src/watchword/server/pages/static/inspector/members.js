/** Header and payload as panels: each member, its value, and what it means. */
import { h } from "./dom.js";
import { JsonNumber } from "./strict-json.js";
import { formsOf } from "./times.js";

const TIMES = new Set(["iat", "nbf", "exp", "auth_time"]);

/** A panel of one part. */
export function partPanel(name, title, part, rules) {
  const size = `JSON, ${part.bytes.length} bytes, written as ${part.encoded.length} characters of base64url`;
  return h(
    "section",
    { class: `panel part ${name}`, "aria-labelledby": `${name}-heading` },
    h(
      "header",
      {},
      h("h3", { id: `${name}-heading` }, title),
      part.bytes.length > 0 && h("span", { class: "small quiet" }, size),
    ),
    part.fault !== "" && h("p", { class: "fault" }, `Cannot be read: ${part.fault}.`),
    part.value !== null && memberList(part.value, name, rules),
    part.text !== "" &&
      h(
        "details",
        {},
        h("summary", {}, "The JSON, byte for byte as it was encoded"),
        h("pre", { class: "wrap" }, h("code", {}, part.text)),
      ),
  );
}

/** The members of an object with their glosses. */
export function memberList(members, part, rules) {
  if (members.size === 0) return h("p", { class: "quiet" }, "An empty object.");
  const words = wordsFor(part, members, rules.glosses);
  const rows = [...members].map(([name, value]) =>
    h(
      "div",
      {},
      h("dt", {}, name),
      h("dd", {}, jsonText(value)),
      h("dd", {}, meaning(words, name, value, rules)),
    ),
  );
  return h("dl", { class: "claims" }, rows);
}

/** The words for the members of a part; some mean another thing where the token is encrypted. */
function wordsFor(part, members, { header, encrypted_header, payload }) {
  if (part !== "header") return payload;
  return members.has("enc") ? { ...header, ...encrypted_header } : header;
}

function meaning(words, name, value, { glosses, limits, algorithms, encryption }) {
  const gloss = Object.hasOwn(words, name) ? words[name] : glosses.unknown;
  const tables = { alg: { ...encryption.alg, ...algorithms }, enc: encryption.enc };
  if (words !== glosses.payload && typeof value === "string" && Object.hasOwn(tables, name)) {
    const row = Object.hasOwn(tables[name], value) ? tables[name][value] : null;
    return row === null ? gloss : `${gloss} Here: ${row.scheme} (${row.standard}).`;
  }
  const isTime = TIMES.has(name) && value instanceof JsonNumber;
  if (isTime && value.value >= 0 && value.value <= limits.DATE_MAX)
    return `${gloss} Here: ${formsOf(value.value).utc}.`;
  return gloss;
}

/** A value as text: a string as it is, anything else as JSON. */
export function jsonText(value) {
  return typeof value === "string" ? value : written(value);
}

function written(value) {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([name, member]) => `${JSON.stringify(name)}: ${written(member)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}
