// The measuring loop of the Node contenders: as worker.py. An operation may return a promise.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const BATCH = 50; // operations between two looks at the clock

export const material = JSON.parse(readFileSync(process.argv[2], "utf8"));

/** Say who is running, then answer each line "alg operation milliseconds" with a count. */
export async function serve(version, make) {
  console.log(version);
  const operations = new Map();
  for await (const line of createInterface({ input: process.stdin })) {
    const [alg, name, milliseconds] = line.split(" ");
    const which = alg + name;
    if (!operations.has(which)) operations.set(which, await make(alg, name));
    const run = operations.get(which);
    console.log(run ? await measure(run, BigInt(milliseconds) * 1_000_000n) : "0 0");
  }
}

async function measure(run, limit) {
  let count = 0;
  const start = process.hrtime.bigint();
  for (;;) {
    for (let number = count; number < count + BATCH; number++) {
      const result = run(number);
      if (result instanceof Promise) await result; // what is synchronous pays for no promise
    }
    count += BATCH;
    const elapsed = process.hrtime.bigint() - start;
    if (elapsed >= limit) return `${count} ${elapsed}`;
  }
}
