import { expect, type Page, test } from "@playwright/test";
import { ask, demo, english, hebrew, scriptCarrier } from "./demo";
import { lookAt, signIn } from "./pages";

/** A picture of every page for a person to look at, in both directions; axe looks at each as well. */
const LANGUAGES = [
  ["he", hebrew],
  ["en", english],
] as const;

interface Run {
  run_id: number;
  status: string;
}

/** Every business has called its leads once: there is something to show. */
test.beforeAll(async () => {
  test.setTimeout(180_000);
  await scriptCarrier();
  for (const business of demo.businesses) {
    const { items } = await ask<{ items: Run[] }>(business, "GET", "/api/outbound/runs");
    if (items.some((run) => run.status === "completed")) continue;
    const lists = await ask<{ items: { id: number }[] }>(business, "GET", "/api/lead-lists");
    await ask(business, "POST", "/api/outbound/bulk-enqueue", { list_id: lists.items.at(-1)?.id });
  }
  for (const business of demo.businesses) {
    await expect
      .poll(
        async () => (await ask<{ items: Run[] }>(business, "GET", "/api/outbound/runs")).items.at(-1)?.status,
        { timeout: 120_000 },
      )
      .toBe("completed");
  }
});

/** Until a page has all that it asked for. */
async function settled(page: Page) {
  await expect(page.locator(".spinner")).toHaveCount(0);
}

/** A lead that has been talked to. */
async function talkedTo(business: (typeof LANGUAGES)[number][1]): Promise<number> {
  const { items } = await ask<{ items: { lead_id: number; transcript?: string }[] }>(
    business,
    "GET",
    "/api/calls?limit=100",
  );
  return items.filter((call) => call.transcript).at(-1)?.lead_id ?? 0;
}

for (const [language, business] of LANGUAGES) {
  const ADDRESSES = {
    runs: "/runs",
    "run-new": "/runs/new",
    import: "/import",
    analytics: "/analytics",
    ...Object.fromEntries(
      [
        "statuses",
        "calling",
        "automation",
        "words",
        "suppressions",
        "notifications",
        "people",
        "keys",
        "webhooks",
      ].map((part) => [`settings-${part}`, `/settings/${part}`]),
    ),
  };

  test(`every page, ${language}`, async ({ page }) => {
    test.setTimeout(240_000);
    await page.addInitScript((chosen) => localStorage.setItem("callboard.language", chosen), language);
    await page.goto("/");
    await lookAt(page, `sign-in-${language}`);
    await signIn(page, language, business);
    await settled(page);
    await lookAt(page, `board-${language}`);
    for (const [name, address] of Object.entries(ADDRESSES)) {
      await page.goto(address);
      if (address.startsWith("/settings/")) await expect(page.locator("#settings-part")).toBeVisible();
      await settled(page);
      await lookAt(page, `${name}-${language}`);
    }
    const runs = await ask<{ items: Run[] }>(business, "GET", "/api/outbound/runs");
    await page.goto(`/runs/${runs.items.at(-1)?.run_id}`);
    await settled(page);
    await lookAt(page, `run-over-${language}`);
    const lead = await talkedTo(business);
    for (const part of ["timeline", "calls", "decisions", "details", "why"]) {
      await page.goto(`/board/${lead}/${part}`);
      await expect(page.locator(".drawer-part")).toBeVisible();
      await settled(page);
      for (const details of await page.locator(".drawer-part summary").all()) await details.click();
      await lookAt(page, `lead-${part}-${language}`);
    }
  });

  test(`on a phone, ${language}`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.setViewportSize({ width: 390, height: 780 });
    await signIn(page, language, business);
    const lead = await talkedTo(business);
    for (const [name, address] of Object.entries({
      board: "/board",
      runs: "/runs",
      "run-new": "/runs/new",
      import: "/import",
      analytics: "/analytics",
      "settings-statuses": "/settings/statuses",
      "settings-calling": "/settings/calling",
      "lead-calls": `/board/${lead}/calls`,
    })) {
      await page.goto(address);
      await settled(page);
      await lookAt(page, `${name}-phone-${language}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    }
  });

  test(`in the dark, ${language}`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.addInitScript(() => localStorage.setItem("callboard.theme", "dark"));
    await signIn(page, language, business);
    const lead = await talkedTo(business);
    for (const [name, address] of Object.entries({
      board: "/board",
      analytics: "/analytics",
      "settings-automation": "/settings/automation",
      "lead-decisions": `/board/${lead}/decisions`,
    })) {
      await page.goto(address);
      await settled(page);
      await lookAt(page, `${name}-dark-${language}`);
    }
  });
}
