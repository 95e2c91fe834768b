/** Moments in words, in UTC and in the reader's own time zone. */
import { JsonNumber } from "./strict-json.js";

const UNITS = [
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];
const NAMES = { iat: "issued", nbf: "begins", exp: "expires", auth_time: "signed in" };
const LOCAL = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "long" });

/** How far a moment is from the present, as the server says it. */
export function inWords(seconds) {
  if (seconds === 0) return "at this moment";
  const [length, unit] = UNITS.find(([size]) => Math.abs(seconds) >= size);
  const count = Math.floor(Math.abs(seconds) / length);
  const amount = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return seconds > 0 ? `in ${amount}` : `${amount} ago`;
}

/** The times of a claims set that have a calendar date, each in its forms. */
export function timesOf(members, now, limits) {
  return Object.keys(NAMES).flatMap((claim) => {
    const number = members?.get(claim);
    if (!(number instanceof JsonNumber)) return [];
    const seconds = number.value;
    if (!(seconds >= 0 && seconds <= limits.DATE_MAX)) return [];
    return [
      {
        claim,
        seconds,
        label: NAMES[claim],
        ...formsOf(seconds),
        words: inWords(Math.round(seconds - now)),
      },
    ];
  });
}

/** One moment as UTC, as local time, and for machines. */
export function formsOf(seconds) {
  const date = new Date(Math.floor(seconds) * 1000);
  const machine = date.toISOString().replace(".000Z", "Z");
  return {
    machine,
    utc: `${machine.slice(0, 10)} ${machine.slice(11, 19)} UTC`,
    local: LOCAL.format(date),
  };
}

/** Where in its life a token stands, in words; "" where it says nothing of its end. */
export function lifeInWords(times) {
  const exp = times.find((time) => time.claim === "exp");
  const nbf = times.find((time) => time.claim === "nbf");
  if (exp?.words.startsWith("in ")) {
    return nbf?.words.startsWith("in ") ? `begins ${nbf.words}` : `expires ${exp.words}`;
  }
  return exp ? `expired ${exp.words}` : "";
}
