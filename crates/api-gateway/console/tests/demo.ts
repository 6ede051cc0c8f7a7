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
  const answer = await fetch(`${demo.simulator}/sim/scripts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(scripts),
  });
  if (!answer.ok) throw new Error(`the simulator refused the scripts: ${answer.status}`);
}
