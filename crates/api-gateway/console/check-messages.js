// Both languages say the same things: every key of one is a key of the other. Their plurals differ and do not count.
import { readFileSync } from "node:fs";

const PLURAL = /_(zero|one|two|few|many|other)$/;

function keys(messages, before = "") {
  return Object.entries(messages).flatMap(([name, message]) =>
    typeof message === "string" ? [(before + name).replace(PLURAL, "")] : keys(message, `${before}${name}.`),
  );
}

const [he, en] = ["he", "en"].map(
  (language) => new Set(keys(JSON.parse(readFileSync(`src/messages/${language}.json`, "utf8")))),
);
const missing = [
  ...[...en].filter((key) => !he.has(key)).map((key) => `he.json lacks ${key}`),
  ...[...he].filter((key) => !en.has(key)).map((key) => `en.json lacks ${key}`),
];
for (const line of missing) console.error(line);
process.exit(missing.length > 0 ? 1 : 0);
