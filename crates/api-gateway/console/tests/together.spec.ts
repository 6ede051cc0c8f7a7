import { type Browser, expect, type Page, test } from "@playwright/test";
import { ask, english, newLead, picksUp } from "./demo";
import { card, column, lookAt, signIn, signInAt } from "./pages";

interface Status {
  name: string;
  is_active: boolean;
}

/** Two columns in which a lead does not stand. */
async function elsewhere(status: string): Promise<[string, string]> {
  const statuses = await ask<Status[]>(english, "GET", "/api/lead-statuses");
  const [one, other] = statuses.filter(({ name, is_active }) => is_active && name !== status);
  if (!one || !other) throw new Error("the board has too few columns");
  return [one.name, other.name];
}

/** A page of a browser that shares nothing with another. */
async function alone(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage();
}

test("of two who move a card at once the second is told, and sees where it went", async ({ browser }) => {
  const lead = await newLead({ first_name: "Priya", last_name: "Nair" });
  const [here, there] = await elsewhere(lead.status);
  const [mine, theirs] = await Promise.all([alone(browser), alone(browser)]);
  // The second one hears of nothing, as on a train.
  await theirs.route("**/api/events", (route) => route.abort());
  await signIn(mine);
  await signIn(theirs);
  await expect(card(theirs, lead.id)).toBeVisible();
  await card(mine, lead.id).getByRole("combobox").selectOption(here);
  await expect
    .poll(async () => (await ask<{ status: string }>(english, "GET", `/api/leads/${lead.id}`)).status)
    .toBe(here);
  await card(theirs, lead.id).getByRole("combobox").selectOption(there);
  await expect(theirs.locator(".toast-failed")).toContainText("Somebody else changed it in the meantime.");
  await expect(card(column(theirs, here), lead.id)).toBeVisible();
  await lookAt(theirs, "board-conflict-en");
});

test("of two who edit a field at once the second is told, and sees what the first wrote", async ({
  browser,
}) => {
  const lead = await newLead({ first_name: "Owen", last_name: "Price" });
  const [mine, theirs] = await Promise.all([alone(browser), alone(browser)]);
  await theirs.route("**/api/events", (route) => route.abort());
  for (const page of [mine, theirs]) {
    await signInAt(page, `/board/${lead.id}/details`);
    await page.getByLabel("Notes").fill(page === mine ? "Prefers mornings." : "Prefers evenings.");
  }
  await mine.getByRole("button", { name: "Save" }).click();
  await expect(mine.locator(".toast-done")).toHaveText(/Saved/);
  await theirs.getByRole("button", { name: "Save" }).click();
  await expect(theirs.getByRole("alert")).toHaveText("Somebody else changed it in the meantime.");
  await expect(theirs.getByLabel("Notes")).toHaveValue("Prefers mornings.");
});

test("automation moves a card before one's eyes and says why", async ({ page }) => {
  const lead = await newLead({ first_name: "Nadia", last_name: "Rahman" });
  await picksUp(lead.phone_e164, [
    { speaker: "agent", text: "Hi Nadia, it's Grace from Brightside about your kitchen." },
    { speaker: "customer", text: "Great, I'm interested. Could you send me the full quote?" },
  ]);
  await signIn(page);
  await expect(card(column(page, lead.status), lead.id)).toBeVisible();
  await ask(english, "POST", "/api/outbound/bulk-enqueue", { lead_ids: [lead.id] });
  const moved = card(column(page, "interested"), lead.id);
  await expect(moved.locator(".card-moved")).toHaveText(/Moved after an outgoing call · \d+%/, {
    timeout: 40_000,
  });
  await lookAt(page, "board-moved-en");
  await moved.getByRole("button").click();
  await page.getByRole("link", { name: "Decisions" }).click();
  await expect(page.getByRole("dialog").locator("mark").first()).toHaveText(/interested/i);
  await page.getByRole("dialog").getByText("Why", { exact: true }).first().click();
  await expect(page.getByText("Sure enough")).toBeVisible();
  await lookAt(page, "lead-evidence-en");
});

test("what somebody types outlives a change of the lead by automation", async ({ page }) => {
  const lead = await newLead({ first_name: "Hugh", last_name: "Ellis" });
  const [other] = await elsewhere(lead.status);
  await signInAt(page, `/board/${lead.id}/details`);
  await page.getByLabel("Notes").fill("Half a sentence");
  await ask(english, "PATCH", `/api/leads/${lead.id}`, { status: other });
  await expect(page.getByRole("dialog").getByLabel("Status")).toHaveValue(other);
  await expect(page.getByLabel("Notes")).toHaveValue("Half a sentence");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator(".toast-done")).toHaveText(/Saved/);
});

test("what automation only would have done is told in words", async ({ page }) => {
  const lead = await newLead({ first_name: "Ruth", last_name: "Adler" });
  await picksUp(lead.phone_e164, [{ speaker: "customer", text: "I'm interested, please send me a quote." }]);
  await ask(english, "PATCH", "/api/settings", { automation: "shadow" });
  try {
    await ask(english, "POST", "/api/outbound/bulk-enqueue", { lead_ids: [lead.id] });
    await expect
      .poll(
        async () =>
          (await ask<{ items: unknown[] }>(english, "GET", `/api/leads/${lead.id}/decisions`)).items.length,
        { timeout: 40_000 },
      )
      .toBe(1);
    await signInAt(page, `/board/${lead.id}/decisions`);
    await expect(page.getByRole("dialog")).toContainText("Not moved: automation only watches");
  } finally {
    await ask(english, "PATCH", "/api/settings", { automation: "on" });
  }
});
