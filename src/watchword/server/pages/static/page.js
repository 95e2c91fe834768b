// What pages do beyond forms and links. Without script all of it stays hidden, and nothing else is
// missing but passkeys, which only a script can begin.
//
// A form with data-passkey asks the server for options, lets the browser carry out the ceremony, and
// sends the answer like any other form.

const decode = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list = []) => list.map((one) => ({ ...one, id: decode(one.id) }));

const READERS = {
  create: (json) =>
    PublicKeyCredential.parseCreationOptionsFromJSON?.(json) ?? {
      ...json,
      challenge: decode(json.challenge),
      user: { ...json.user, id: decode(json.user.id) },
      excludeCredentials: known(json.excludeCredentials),
    },
  get: (json) =>
    PublicKeyCredential.parseRequestOptionsFromJSON?.(json) ?? {
      ...json,
      challenge: decode(json.challenge),
      allowCredentials: known(json.allowCredentials),
    },
};

// What the server reads of a credential. Extensions of browsers break toJSON, so it is not called.
function answerOf(credential) {
  const response = {};
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  for (const name of parts) {
    if (credential.response[name]) response[name] = encode(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  const { id, type } = credential;
  return JSON.stringify({ id, rawId: id, type, response });
}

let current; // the ceremony that waits for its person; a press on a button ends an offer in a list

async function optionsOf(form, signal) {
  const body = new URLSearchParams({ form_token: form.elements.form_token.value });
  const asked = await fetch(form.dataset.options, { method: "POST", body, signal });
  if (asked.redirected) location.reload(); // the server wants to know first who is there
  if (!asked.ok) throw new Error(`${asked.status}`);
  return asked.json();
}

async function hold(form, mediation) {
  current?.abort();
  const { signal } = (current = new AbortController());
  const { passkey: kind } = form.dataset;
  const publicKey = READERS[kind](await optionsOf(form, signal));
  const credential = await navigator.credentials[kind]({ publicKey, signal, mediation });
  form.elements.passkey.value = answerOf(credential);
  form.submit();
}

function say(form, { name }) {
  const { cancelled, exists, elsewhere, failed } = form.dataset;
  const texts = { NotAllowedError: cancelled, InvalidStateError: exists, SecurityError: elsewhere };
  const place = form.querySelector("[data-says]");
  place.lastElementChild.textContent = texts[name] ?? failed;
  place.hidden = false;
}

let isAsked = false; // by a press on a button, which no renewed offer may end

function prepare(form) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    form.querySelector("[data-says]").hidden = true;
    isAsked = true;
    hold(form).catch((error) => say(form, error)).finally(() => (isAsked = false));
  });
}

// Offers again before the challenge of the server has expired, for as long as the page is open.
async function offerInFields(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const begin = () => hold(form, "conditional").catch(() => {});
  begin();
  setInterval(() => isAsked || begin(), 240_000);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const { party } = form.dataset;
  const isHere = location.hostname === party || location.hostname.endsWith(`.${party}`);
  if (!window.PublicKeyCredential || !isHere) {
    const kind = window.PublicKeyCredential ? "elsewhere" : "unknown";
    document.querySelectorAll(`[data-passkey-${kind}]`).forEach((note) => (note.hidden = false));
    continue;
  }
  prepare(form);
  if ("autofill" in form.dataset) offerInFields(form);
}

// What a place holds: a text as it stands, a code, or a list of codes, one a line.
function textOf(place) {
  if (place.matches("pre")) return place.textContent;
  const codes = place.matches("code") ? [place] : [...place.querySelectorAll("code")];
  return codes.map((code) => code.textContent.replace(/\s+/g, "")).join("\n");
}

// A button with data-copy names what it copies.
function copy(button) {
  const text = textOf(document.getElementById(button.dataset.copy));
  const label = button.lastElementChild;
  const { textContent: before } = label;
  navigator.clipboard.writeText(text).then(() => {
    label.textContent = button.dataset.done;
    button.disabled = true;
    setTimeout(() => {
      label.textContent = before;
      button.disabled = false;
    }, 2_000);
  }, () => {});
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard; // which browsers keep to https and to this machine
  button.addEventListener("click", () => copy(button));
}

// A button with data-hide, after the field of a password, shows what is typed there.
for (const button of document.querySelectorAll("[data-hide]")) {
  const field = button.previousElementSibling;
  const texts = { password: button.textContent, text: button.dataset.hide };
  button.hidden = false;
  button.addEventListener("click", () => {
    field.type = field.type === "password" ? "text" : "password";
    button.textContent = texts[field.type];
  });
  field.form.addEventListener("submit", () => (field.type = "password")); // so that it may be kept
}
