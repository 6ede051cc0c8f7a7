import { readFileSync } from "node:fs";

interface Business {
  id: number;
  name: string;
  email: string;
  password: string;
  api_key: string;
  conversations: Record<string, unknown>[];
}

/** The world that scripts/test-console has started. */
export const demo = JSON.parse(readFileSync(process.env.CALLBOARD_DEMO ?? "demo.json", "utf8")) as {
  gateway: string;
  simulator: string;
  businesses: [Business, Business];
};
export const [hebrew, english] = demo.businesses;

/** Asks the API as a program of the business does. */
export async function ask<T>(business: Business, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(demo.gateway + path, {
    method,
    headers: { authorization: `Bearer ${business.api_key}`, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** Tells the simulated carrier who says what. */
export async function scriptCarrier() {
  const scripts = demo.businesses.flatMap((business) =>
    business.conversations.map((conversation) =>
      Object.fromEntries(Object.entries(conversation).filter(([key]) => !key.startsWith("expected_"))),
    ),
  );
  await post(`${demo.simulator}/sim/scripts`, scripts);
}

async function post(url: string, body: unknown) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} refused: ${answer.status}`);
}

let people = 0;
const FIRST_NUMBER = 7_700_900_000;

interface Person {
  id: number;
  full_name: string;
  phone_e164: string;
  status: string;
  version: number;
}

/** A lead of the English business that no other test knows; its number is one of those kept free for fiction. */
export async function newLead(fields: Record<string, unknown>): Promise<Person> {
  people += 1;
  const worker = process.pid % 100;
  return ask<Person>(english, "POST", "/api/leads", {
    phone_e164: `+44${FIRST_NUMBER + ((worker * 10 + people) % 1000)}`,
    ...fields,
  });
}

/** Has a number picked up and say something to who calls. */
export async function picksUp(number: string, talk: { speaker: string; text: string }[], talkSeconds = 30) {
  await post(`${demo.simulator}/sim/scripts`, [
    {
      number,
      outcome: "answered",
      ring_seconds: 4,
      talk_seconds: talkSeconds,
      language: "en",
      transcript: talk,
    },
  ]);
}
