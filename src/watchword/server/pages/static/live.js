// Lists of events that go on by themselves. The page asks with what it has seen, and the answer waits
// until there is more. It is the list once more, made by the server as the page was: the browser
// parses it as a document, and what is new in it moves over, so that no text becomes markup here.
//
// One request at a time, none while the page is out of sight or paused. Without script a link looks
// again.

const REST_MS = 1_000; // between two requests
const RETRY_MS = 15_000; // after a failure, or where the server has no room for one more that waits
const QUIET_MS = 20_000; // between two words to a screen reader

const place = document.querySelector("[data-live]");
const state = document.querySelector("[data-live-state]");

class Over extends Error {} // of the session, or of the right to look

function ask(signal) {
  const address = new URL(place.dataset.live, location.href);
  address.searchParams.set("seen", place.dataset.seen);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    signal.addEventListener("abort", () => request.abort());
    request.addEventListener("load", () => {
      const fresh = request.response?.querySelector("[data-live]");
      if (request.status === 200 && fresh) resolve(fresh);
      else reject(request.status < 500 ? new Over() : new Error(`${request.status}`));
    });
    for (const end of ["error", "abort"]) request.addEventListener(end, () => reject(new Error(end)));
    request.open("GET", address);
    request.responseType = "document";
    request.send();
  });
}

let saidAt = -QUIET_MS;

function say() {
  const words = state.querySelector("[data-says]");
  if (performance.now() - saidAt < QUIET_MS) return;
  saidAt = performance.now();
  words.textContent = "";
  requestAnimationFrame(() => (words.textContent = words.dataset.says));
}

// Rows that stay are not touched, but for how long ago they were: who reads one, reads on.
function take(fresh) {
  place.dataset.seen = fresh.dataset.seen;
  const [list, next] = [place, fresh].map((one) => one.querySelector("ul"));
  if (!list || !next) {
    place.replaceChildren(...[...fresh.children].map((one) => document.importNode(one, true)));
    return;
  }
  const known = new Map([...list.children].map((row) => [row.dataset.event, row]));
  [...next.children].forEach((row, at) => {
    const had = known.get(row.dataset.event);
    if (had) {
      had.querySelector("time").textContent = row.querySelector("time").textContent;
      return;
    }
    const added = document.importNode(row, true);
    added.classList.add("fresh");
    list.insertBefore(added, list.children[at] ?? null);
    say();
  });
  while (list.children.length > next.children.length) list.lastElementChild.remove();
}

async function follow(signal) {
  while (!signal.aborted) {
    const begun = performance.now();
    const { seen } = place.dataset;
    let rest = REST_MS;
    try {
      take(await ask(signal));
      const isShort = performance.now() - begun < REST_MS;
      if (isShort && place.dataset.seen === seen) rest = RETRY_MS;
    } catch (error) {
      if (error instanceof Over) state.hidden = true;
      if (error instanceof Over || signal.aborted) return;
      rest = RETRY_MS;
    }
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
}

let running;

function change() {
  const isPaused = state.querySelector("button").getAttribute("aria-pressed") === "true";
  running?.abort();
  running = new AbortController();
  if (!document.hidden && !isPaused && !state.hidden) follow(running.signal);
}

if (place) {
  state.hidden = false;
  state.querySelector("button").addEventListener("click", ({ currentTarget: button }) => {
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    change();
  });
  document.addEventListener("visibilitychange", change);
  addEventListener("pagehide", () => running.abort());
  addEventListener("pageshow", ({ persisted }) => persisted && change());
  change();
}
