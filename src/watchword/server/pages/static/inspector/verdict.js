/** The verdict, the rule that failed, and every check with how it went. */
import { h, icon } from "./dom.js";

/**
 * @param {object} found what `explain` returned
 * @param {{id: string, title: string, life: string}} about the heading, and where in its life the
 *   token stands
 * @param {{rules: object, codesPath: string}} policy the checks, and where codes are explained
 */
export function verdictPanel(found, { id, title, life }, { rules, codesPath }) {
  const [tone, headline, sentences] = say(found, life, codesPath);
  return h(
    "section",
    { class: "panel outcome", "aria-labelledby": id },
    h("header", {}, h("h2", { id }, title), h("span", { class: "small quiet" }, "in this browser")),
    h(
      "div",
      { class: `verdict ${tone}` },
      icon(tone === "" ? "check" : "alert"),
      h("div", {}, h("p", {}, h("strong", {}, headline)), sentences),
    ),
    checkList(found.checks.length > 0 ? found.checks : withoutKey(rules.checks)),
  );
}

function say(found, life, codesPath) {
  if (found.verdict === "refused") {
    const rules = found.failures.map(({ code, claim, hint }) =>
      h(
        "p",
        {},
        h("a", { href: `${codesPath}${code}` }, h("code", {}, code)),
        claim !== null && [" (", h("code", {}, claim), ")"],
        `: ${hint.replace(/\.$/, "")}.`,
      ),
    );
    return ["bad", "Refused", rules];
  }
  if (found.verdict === "verified") {
    return [
      "",
      "Verified with your key",
      [
        h(
          "p",
          {},
          "The key signed exactly this, and the times are right. Issuer, audience and type are for the API to ask.",
        ),
      ],
    ];
  }
  const why = found.unavailable ?? [
    "Everything below is what the token says of itself. ",
    h("a", { href: "#keys-heading" }, "Give its key"),
    ", or ",
    h("a", { href: "#ask-heading" }, "ask this server"),
    ", to learn whether it is true.",
  ];
  const isOver = life.startsWith("expired") || life.startsWith("begins");
  return [
    "open",
    "The form is right; the signature is not checked",
    [h("p", {}, why), isOver && h("p", {}, `Whoever signed it: it ${life}.`)],
  ];
}

/** Without a key the form has been judged, and nothing after it. */
function withoutKey(checks) {
  return checks.map(({ name, asks }, index) => ({
    name,
    asks,
    outcome: index === 0 ? "passed" : "needs a key",
  }));
}

function checkList(checks) {
  const rows = checks.map(({ name, asks, outcome }) =>
    h(
      "li",
      { "data-outcome": outcome },
      h("strong", {}, name),
      " ",
      h("span", {}, asks),
      " ",
      h("em", {}, outcome),
    ),
  );
  return h("ol", { class: "checks" }, rows);
}
