/**
 * A token's times as a drawing, and as a table: issued, begins, now, expires.
 *
 * The life of the token takes most of the line; a present far outside of it stands behind a gap,
 * so that a token of minutes that ended years ago is still seen to have lived.
 */
import { h, s } from "./dom.js";
import { formsOf, lifeInWords } from "./times.js";

const GAP_PERCENT = 30;
const LABEL_PERCENT = 24; // what a label needs beside its neighbour on the narrowest page

/** The panel, or null for a token without times. */
export function timelinePanel(times, now) {
  if (times.length === 0) return null;
  const summary = lifeInWords(times);
  return h(
    "figure",
    { class: "panel life", "aria-labelledby": "life-heading" },
    h(
      "header",
      {},
      h("h3", { id: "life-heading" }, "Its life"),
      h("span", { class: "small quiet" }, summary),
    ),
    drawing(
      times.filter((time) => time.claim !== "auth_time"),
      now,
      summary,
    ),
    table(times, now),
  );
}

function drawing(times, now, summary) {
  if (times.length === 0) return null;
  const place = scale(
    times.map((time) => time.seconds),
    now,
  );
  const at = place(now);
  const ends = times.map((time) => place(time.seconds));
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  const hasEnd = times.some((time) => time.claim === "exp");
  return s(
    "svg",
    {
      class: "timeline",
      role: "img",
      "aria-label": `Time line: ${summary || "no end is given"}.`,
      width: "100%",
      height: "76",
      fill: "currentColor",
    },
    s("line", { class: "axis", x1: "0%", x2: "100%", y1: "40", y2: "40" }),
    s("line", {
      class: "life-span",
      x1: `${first}%`,
      x2: `${hasEnd ? last : 100}%`,
      y1: "40",
      y2: "40",
    }),
    s("line", {
      class: "lived",
      x1: `${first}%`,
      x2: `${Math.max(first, hasEnd ? Math.min(at, last) : at)}%`,
      y1: "40",
      y2: "40",
    }),
    marks(times, place),
    s(
      "svg",
      { x: `${at}%`, y: "0", overflow: "visible" },
      s("path", { class: "now", d: "M-6 21h12l-6 10Z" }),
    ),
    s("text", { class: "now", x: `${at}%`, y: "14", "text-anchor": anchor(at) }, "now"),
  );
}

/** A mark for each time; the label of one that stands too close to the one before is left away. */
function marks(times, place) {
  let previous = -LABEL_PERCENT;
  return [...times]
    .sort((a, b) => a.seconds - b.seconds)
    .flatMap((time) => {
      const at = place(time.seconds);
      const mark = s(
        "svg",
        { x: `${at}%`, y: "0", overflow: "visible" },
        s("rect", { x: "-1.5", y: "30", width: "3", height: "20", rx: "1.5" }),
      );
      if (at - previous < LABEL_PERCENT) return [mark];
      previous = at;
      return [mark, s("text", { x: `${at}%`, y: "68", "text-anchor": anchor(at) }, time.label)];
    });
}

/** Return the function from seconds to percent of the line. */
function scale(moments, now) {
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  const life = Math.max(last - first, 1);
  const from = now < first - life / 2 ? GAP_PERCENT : 0;
  const to = now > last + life / 2 ? 100 - GAP_PERCENT : 100;
  const begin = from > 0 ? first : Math.min(first, now);
  const length = Math.max((to < 100 ? last : Math.max(last, now)) - begin, 1);
  return (seconds) => {
    if (seconds === now && from > 0) return 0;
    if (seconds === now && to < 100) return 100;
    return Math.round((from + ((seconds - begin) / length) * (to - from)) * 10) / 10;
  };
}

function anchor(percent) {
  if (percent < LABEL_PERCENT / 2) return "start";
  return percent > 100 - LABEL_PERCENT / 2 ? "end" : "middle";
}

function table(times, now) {
  const present = { claim: null, seconds: now, label: "now", ...formsOf(now), words: "" };
  const rows = [...times, present]
    .sort((a, b) => a.seconds - b.seconds)
    .map((time) =>
      h(
        "tr",
        { class: time.claim === null ? "present" : "" },
        h("th", { scope: "row" }, time.label, time.claim !== null && h("code", {}, time.claim)),
        h(
          "td",
          {},
          h("time", { datetime: time.machine }, time.local),
          h("small", { class: "quiet" }, time.utc),
        ),
        h("td", {}, time.words),
      ),
    );
  const head = h(
    "tr",
    {},
    ["Moment", "Here, and in UTC", "From now"].map((name) => h("th", { scope: "col" }, name)),
  );
  return h("table", { class: "moments" }, h("thead", {}, head), h("tbody", {}, rows));
}
