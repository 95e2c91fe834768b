/** The pasted text in colours: which stretch of it is which part. */
import { h } from "./dom.js";

const JWS = [
  ["h", "Header"],
  ["p", "Payload"],
  ["s", "Signature"],
];
const JWE = [
  ["h", "Header"],
  ["k", "Encrypted key"],
  ["s", "Initialization vector"],
  ["p", "Ciphertext"],
  ["t", "Tag"],
];
const REST = ["x", "Belongs to no part"];

/** Return the stretches of a pasted text, its white space included, and what the colours mean. */
export function paint(pasted, shape) {
  const start = pasted.length - pasted.trimStart().length;
  const body = pasted.trim();
  const names = new Map();
  const stretches = [pasted.slice(0, start)];
  const add = (text, [mark, name]) => {
    if (text !== "") names.set(mark, name);
    stretches.push(h("span", { class: mark }, text));
  };
  if (shape.kind === "sd-jwt") paintSdJwt(body, stretches, add);
  else if (shape.kind === "jwe" && !body.startsWith("{")) paintDotted(body, JWE, stretches, add);
  else if (shape.kind === "jws") paintDotted(body, JWS, stretches, add);
  else stretches.push(body);
  // A line break at the very end takes no room unless something follows it.
  stretches.push(pasted.slice(start + body.length), "\u200b");
  return {
    stretches,
    legend: [...names].map(([mark, name]) => h("li", {}, h("span", { class: mark }, name))),
  };
}

function paintDotted(text, names, stretches, add) {
  text.split(".").forEach((part, index) => {
    if (index > 0) stretches.push(h("b", {}, "."));
    add(part, names[index] ?? REST);
  });
}

function paintSdJwt(text, stretches, add) {
  const [jwt, ...rest] = text.split("~");
  paintDotted(jwt, JWS, stretches, add);
  rest.forEach((part, index) => {
    stretches.push(h("b", {}, "~"));
    add(part, index === rest.length - 1 ? ["t", "Key binding"] : ["k", "Disclosure"]);
  });
}
