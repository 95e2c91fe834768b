/**
 * The token inspector: watches the two fields of the page and shows what they hold.
 *
 * Nothing here opens a connection, and the page's policy would stop it. The one way to the server
 * is the form's own button.
 */
import { h } from "./dom.js";
import { encryptedExample } from "./examples.js";
import { findingsOf } from "./findings.js";
import { readKeys } from "./keys.js";
import { paint } from "./paint.js";
import { KeyRefused, Unavailable } from "./refused.js";
import { shapeOf } from "./shape.js";

const TICK_MS = 20_000; // how old "now" may be on the page

const find = (id) => document.getElementById(id);
const [token, key, alg, apart] = ["token", "key", "alg", "apart"].map(find);
const rules = JSON.parse(document.querySelector("main").dataset.rules);
const taught = [...apart.children].filter((child) => child.matches(".teach"));
const codesPath = `${find("inspect")
  .getAttribute("action")
  .replace(/inspect$/, "")}errors/`;
let turn = 0; // of the last change: what an earlier one computes is not shown

function begin() {
  for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;
  for (const name of Object.keys(rules.algorithms)) alg.append(h("option", { value: name }, name));
  for (const button of document.querySelectorAll("[data-token]")) {
    button.addEventListener("click", () => load(button.dataset.token, button.dataset.key));
  }
  document
    .querySelector("[data-encrypted]")
    .addEventListener("click", async () => load(await encryptedExample(), ""));
  token.addEventListener("input", () => {
    find("answer")?.remove(); // it was about another text
    look();
  });
  for (const field of [key, alg]) field.addEventListener("input", look);
  setInterval(tick, TICK_MS);
  look();
}

/** Show an example, and take the person to it. */
function load(text, itsKey) {
  token.value = text;
  key.value = itsKey;
  alg.value = "";
  token.dispatchEvent(new Event("input"));
}

async function look() {
  const mine = ++turn;
  const shape = shapeOf(token.value, rules.limits);
  colour(shape);
  const keys = await keysOrComplaint();
  const found = await show(shape, keys);
  if (mine !== turn) return;
  const { panels, announcement } = besideAnswer(found, keys);
  apart.replaceChildren(...panels);
  find("announcement").textContent = announcement;
}

/** Where the server has judged and no key is given here, its verdict stands, and alone. */
function besideAnswer({ panels, announcement }, keys) {
  const shown = panels.filter(Boolean);
  const answer = find("answer");
  if (answer === null || keys !== null) return { panels: shown, announcement };
  const isMore = (panel) =>
    answer.dataset.tone === "" && panel.querySelector(".verdict.bad") !== null;
  const kept = shown.filter((panel) => !panel.matches(".outcome") || isMore(panel));
  const said = `${find("answer-heading").textContent}: ${answer.querySelector(".verdict").innerText}`;
  return { panels: kept, announcement: kept.some(isMore) ? `${said} ${announcement}` : said };
}

async function show(shape, keys) {
  if (shape.kind === "empty") return { panels: taught, announcement: "" };
  if (shape.kind === "bearer") return leaveBearer(shape);
  const now = Math.floor(Date.now() / 1000);
  return findingsOf(shape, { keys, rules, now, codesPath });
}

/** "Bearer" is the header's word: say so, and offer to take it off. */
function leaveBearer({ rest }) {
  const button = h("button", { type: "button", class: "compact" }, "Leave it off");
  button.addEventListener("click", () => {
    token.value = rest;
    token.focus();
    token.dispatchEvent(new Event("input"));
  });
  const text = "“Bearer” belongs to the Authorization header. The token begins after it.";
  const panel = h(
    "section",
    { class: "panel" },
    h("h2", {}, "Almost"),
    h("p", {}, text),
    h("div", {}, button),
  );
  return { panels: [panel], announcement: text };
}

function colour(shape) {
  const { stretches, legend } = paint(token.value, shape);
  find("paint").replaceChildren(...stretches);
  find("legend").replaceChildren(...legend);
  const count = shape.text.length;
  find("token-size").textContent = count === 0 ? "" : `${count.toLocaleString("en")} characters`;
}

/** Read the key field. What is wrong with it is said beside it, and no key is used. */
async function keysOrComplaint() {
  let complaint = "";
  let keys = null;
  try {
    if (key.value.trim() !== "") keys = await readKeys(key.value, alg.value, rules);
  } catch (error) {
    if (!(error instanceof KeyRefused || error instanceof Unavailable)) throw error;
    complaint = error.message;
  }
  const place = find("key-error");
  place.hidden = complaint === "";
  place.querySelector("span").textContent = complaint;
  key.setAttribute("aria-invalid", String(complaint !== ""));
  return keys;
}

/** Let time pass on the page, unless somebody is at work in what would be replaced. */
function tick() {
  const isBusy = apart.contains(document.activeElement) || !document.getSelection().isCollapsed;
  if (document.visibilityState === "visible" && !isBusy && token.value.trim() !== "") look();
}

begin();
