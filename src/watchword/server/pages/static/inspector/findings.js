/** From what was pasted to what the page shows of it. */
import { h, icon } from "./dom.js";
import { explain, jsonPart } from "./explain.js";
import { readJwe } from "./jwe.js";
import { jsonText, memberList, partPanel } from "./members.js";
import { readDisclosures } from "./sd-jwt.js";
import { timelinePanel } from "./timeline.js";
import { lifeInWords, timesOf } from "./times.js";
import { verdictPanel } from "./verdict.js";

const RULE_OF_DISCLOSURES = {
  name: "disclosures",
  asks: "each disclosure's digest stands once in what the issuer signed",
};

/**
 * Return the panels for a shape, and the verdict in a sentence for those who do not see it.
 *
 * @param {object} shape of `shapeOf`
 * @param {{keys: object|null, rules: object, now: number, codesPath: string}} policy
 */
export async function findingsOf(shape, policy) {
  switch (shape.kind) {
    case "jws":
      return signed(await explain(shape.text, policy), policy);
    case "sd-jwt":
      return selective(shape, policy);
    case "json":
      return several(shape, policy);
    case "jwe":
      return encrypted(shape, policy);
    default:
      return unreadable(shape);
  }
}

function signed(found, policy, { id = "verdict", title = "Verdict" } = {}) {
  const times = timesOf(found.payload.value, policy.now, policy.rules.limits);
  const life = lifeInWords(times);
  return {
    panels: [
      verdictPanel(found, { id, title, life }, policy),
      timelinePanel(times, policy.now),
      partPanel("header", "Header: how it is signed", found.header, policy.rules),
      partPanel("payload", "Payload: what it says", found.payload, policy.rules),
      signaturePanel(found),
    ],
    announcement: announce(found, life),
  };
}

async function selective(shape, policy) {
  const found = await explain(shape.jwt, policy);
  const shown = await readDisclosures(shape, found.payload.value, policy.rules.limits);
  if (found.verdict !== "refused") judgeDisclosures(found, shown);
  const { panels, announcement } = signed(found, policy);
  panels.splice(
    2,
    0,
    disclosuresPanel(shown, policy.rules),
    keyBindingPanel(shape, shown, policy.rules),
  );
  return { panels, announcement };
}

/** Disclosures are judged after the signature and before anything is believed (RFC 9901 7.1). */
function judgeDisclosures(found, { fault }) {
  if (fault !== "") {
    found.verdict = "refused";
    found.failures = [{ code: "disclosure_invalid", claim: null, hint: fault }];
  }
  if (found.checks.length > 0 || fault !== "") {
    found.checks = [
      ...found.checks,
      { ...RULE_OF_DISCLOSURES, outcome: fault === "" ? "passed" : "failed" },
    ];
  }
}

async function several(shape, policy) {
  const all = [];
  for (const one of shape.signatures)
    all.push({ ...one, found: await explain(one.compact, policy) });
  if (all.length === 1 && all[0].unprotected === null) return signed(all[0].found, policy);
  const panels = all.flatMap(({ found, unprotected }, index) => [
    verdictPanel(
      found,
      { id: `verdict-${index}`, title: `Signature ${index + 1} of ${all.length}`, life: "" },
      policy,
    ),
    partPanel("header", `Header of signature ${index + 1}`, found.header, policy.rules),
    unprotected &&
      h(
        "section",
        { class: "panel" },
        h("h3", {}, "Unprotected header: nobody signed it"),
        memberList(unprotected, "header", policy.rules),
      ),
  ]);
  const times = timesOf(all[0].found.payload.value, policy.now, policy.rules.limits);
  panels.push(
    timelinePanel(times, policy.now),
    partPanel("payload", "Payload: what all of them signed", all[0].found.payload, policy.rules),
  );
  distinguish(panels);
  return {
    panels,
    announcement: `${all.length} signatures. First: ${announce(all[0].found, lifeInWords(times))}`,
  };
}

/** Several headers stand on one page: give each heading an id of its own. */
function distinguish(panels) {
  panels
    .filter((panel) => panel?.matches(".part"))
    .forEach((panel, index) => {
      const id = `part-heading-${index}`;
      panel.querySelector("h3").id = id;
      panel.setAttribute("aria-labelledby", id);
    });
}

function encrypted({ parts }, { rules }) {
  const { header, others, fault } = readJwe(parts, rules);
  const sizes = others.map(({ name, bytes }) => [h("dt", {}, name), h("dd", {}, sizeOf(bytes))]);
  const said = fault
    ? ["bad", "Refused", `No key opens this: ${fault}.`]
    : [
        "open",
        "Encrypted",
        "Only who holds the key can read what is inside. The header is in the clear; it is protected by the tag, and says how the rest is encrypted.",
      ];
  return {
    panels: [
      statement("Verdict", ...said),
      partPanel("header", "Header: how it is encrypted", header, rules),
      h(
        "section",
        { class: "panel", "aria-labelledby": "sizes-heading" },
        h("h3", { id: "sizes-heading" }, "The other four parts"),
        h("dl", { class: "facts" }, sizes),
      ),
    ],
    announcement: `${said[1]}. ${said[2]}`,
  };
}

function unreadable({ fault }) {
  const text = `This begins like a token in JSON form, and is refused: ${fault}.`;
  return {
    panels: [statement("Verdict", "bad", "Refused", text)],
    announcement: `Refused. ${text}`,
  };
}

function statement(title, tone, headline, text) {
  const card = h(
    "div",
    { class: `verdict ${tone}` },
    icon("alert"),
    h("div", {}, h("p", {}, h("strong", {}, headline)), h("p", {}, text)),
  );
  return h(
    "section",
    { class: "panel outcome", "aria-labelledby": "verdict" },
    h("header", {}, h("h2", { id: "verdict" }, title)),
    card,
  );
}

function signaturePanel({ signature, algorithm }) {
  const size =
    signature.bytes &&
    `${signature.bytes.length} bytes, written as ${signature.encoded.length} characters of base64url`;
  const kind = algorithm
    ? `${algorithm.scheme}, over header and payload as they are encoded, with a dot between them.`
    : "A signature by a method that is not known here, or that cannot be read.";
  const hex = [...(signature.bytes ?? [])]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  return h(
    "section",
    { class: "panel part signature", "aria-labelledby": "signature-heading" },
    h(
      "header",
      {},
      h("h3", { id: "signature-heading" }, "Signature: that nobody changed it"),
      size && h("span", { class: "small quiet" }, size),
    ),
    signature.fault !== ""
      ? h("p", { class: "fault" }, `Cannot be read: ${signature.fault}.`)
      : h("p", {}, kind),
    hex !== "" &&
      h(
        "details",
        {},
        h("summary", {}, "The bytes, as hexadecimal"),
        h("pre", { class: "wrap" }, h("code", {}, hex)),
      ),
  );
}

function disclosuresPanel({ disclosures, hidden, fault }, rules) {
  const words = rules.glosses.payload;
  const rows = disclosures.map(({ name, value }) => {
    const meaning =
      name === null
        ? "An element of a list."
        : Object.hasOwn(words, name)
          ? words[name]
          : words["_sd"];
    return h(
      "div",
      {},
      h("dt", {}, name ?? "(element)"),
      h("dd", {}, jsonText(value)),
      h("dd", {}, meaning),
    );
  });
  const rest =
    hidden === 0
      ? "Nothing is held back."
      : `${hidden} more ${hidden === 1 ? "digest has" : "digests have"} no disclosure: held back, or ${hidden === 1 ? "a decoy" : "decoys"}.`;
  return h(
    "section",
    { class: "panel part disclosure", "aria-labelledby": "disclosures-heading" },
    h(
      "header",
      {},
      h("h3", { id: "disclosures-heading" }, "Disclosures: what the holder shows"),
      h("span", { class: "small quiet" }, `${disclosures.length} shown`),
    ),
    rows.length > 0 && h("dl", { class: "claims" }, rows),
    fault === ""
      ? h("p", { class: "quiet" }, `Each fits one digest in the token. ${rest}`)
      : h("p", { class: "fault" }, `Refused: ${fault}.`),
  );
}

function keyBindingPanel({ keyBinding }, { keyBindingFits }, rules) {
  if (keyBinding === "") return null;
  const payload = jsonPart(keyBinding.split(".")[1] ?? "", rules.limits);
  const fits = keyBindingFits
    ? "Its sd_hash is that of what is presented here."
    : "Its sd_hash is not that of what is presented here: something was added, left away or changed.";
  return h(
    "section",
    { class: "panel part binding", "aria-labelledby": "binding-heading" },
    h("h3", { id: "binding-heading" }, "Key binding: that the holder presents it"),
    h("p", { class: keyBindingFits ? "" : "fault" }, fits),
    payload.value && memberList(payload.value, "payload", rules),
  );
}

function announce(found, life) {
  if (found.verdict === "refused")
    return `Refused. ${found.failures.map((one) => one.hint).join(" ")}`;
  if (found.verdict === "verified") return `Verified with your key. It ${life}.`;
  return `The form is right; the signature is not checked. ${life && `It ${life}.`}`;
}

function sizeOf(bytes) {
  if (bytes === null) return "cannot be read";
  return bytes.length === 0 ? "empty" : `${bytes.length} bytes`;
}
