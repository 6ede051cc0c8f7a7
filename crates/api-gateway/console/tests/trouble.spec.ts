import { expect, type Page, test } from "@playwright/test";
import { ask, english, newLead, picksUp } from "./demo";
import { card, column, lookAt, signIn, signInAt } from "./pages";
import { wayIn } from "./way";

test("a session that ended leads to the way in, and back to where one was", async ({ page }) => {
  await signInAt(page, "/settings/suppressions");
  await expect(page.locator("#settings-part")).toBeVisible();
  await page.context().clearCookies();
  await page.getByRole("link", { name: "Calling", exact: true }).click();
  await expect(page.getByText("Your session has ended.")).toBeVisible();
  await lookAt(page, "sign-in-ended-en");
  await page.getByLabel("E-mail").fill(english.email);
  await page.getByLabel("Password").fill(english.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/settings\/calling$/);
  await expect(page.getByLabel("Number to call from")).toBeVisible();
});

test("a server that is away is told in words, and comes back", async ({ page }) => {
  await signIn(page);
  await page.route("**/api/**", (route) => route.abort());
  await page.getByRole("link", { name: "Calling runs" }).click();
  await expect(page.getByRole("alert")).toContainText("The server does not answer.", { timeout: 30_000 });
  await page.unroute("**/api/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("alert")).toBeHidden();
  await expect(page.getByRole("heading", { name: "Calling runs" })).toBeVisible();
});

test("a live stream that is cut says so, and is taken up again with what was missed", async ({ browser }) => {
  const way = await wayIn();
  const context = await browser.newContext({ baseURL: way.address });
  const page = await context.newPage();
  const lead = await newLead({ first_name: "Cut", last_name: "Off" });
  await signIn(page);
  await expect(card(column(page, "new"), lead.id)).toBeVisible();
  way.cut();
  await expect(page.getByText("Not live: connecting again")).toBeVisible({ timeout: 30_000 });
  await ask(english, "PATCH", `/api/leads/${lead.id}`, { status: "qualified" });
  way.mend();
  await expect(page.getByText("Not live: connecting again")).toBeHidden({ timeout: 30_000 });
  await expect(card(column(page, "qualified"), lead.id)).toBeVisible();
  await context.close();
  await way.close();
});

test("a live stream that a proxy refuses is asked for until there is one", async ({ page }) => {
  await page.route("**/api/events", (route) => route.fulfill({ status: 502, body: "Bad gateway" }));
  const lead = await newLead({ first_name: "Refused" });
  await signIn(page);
  await expect(card(page, lead.id)).toContainText("Refused");
  await expect(page.getByText("Not live: connecting again")).toBeVisible();
  await ask(english, "PATCH", `/api/leads/${lead.id}`, { first_name: "Taken" });
  await page.unroute("**/api/events");
  await expect(page.getByText("Not live: connecting again")).toBeHidden();
  await expect(card(page, lead.id)).toContainText("Taken");
});

test("what changes before the live stream is there is seen all the same", async ({ page }) => {
  const { promise: allowed, resolve: allow } = Promise.withResolvers<void>();
  await page.route("**/api/events", async (route) => {
    await allowed;
    await route.continue();
  });
  const lead = await newLead({ first_name: "Early", last_name: "Bird" });
  await signIn(page);
  await expect(card(column(page, "new"), lead.id)).toBeVisible();
  await ask(english, "PATCH", `/api/leads/${lead.id}`, { status: "qualified" });
  allow();
  await expect(card(column(page, "qualified"), lead.id)).toBeVisible();
  await expect(card(column(page, "new"), lead.id)).toHaveCount(0);
});

test("a card that moves while its new column is being read stands in it", async ({ page }) => {
  const { promise: allowed, resolve: allow } = Promise.withResolvers<void>();
  await page.route(/\/api\/leads\?.*status=qualified/, async (route) => {
    const response = await route.fetch();
    await allowed;
    await route.fulfill({ response });
  });
  const lead = await newLead({ first_name: "In", last_name: "Between" });
  await signIn(page);
  await expect(card(column(page, "new"), lead.id)).toBeVisible();
  await ask(english, "PATCH", `/api/leads/${lead.id}`, { status: "qualified" });
  await expect(card(column(page, "new"), lead.id)).toHaveCount(0);
  allow();
  await expect(card(column(page, "qualified"), lead.id)).toBeVisible();
});

test("what moved a card is still told when everything was read again", async ({ browser }) => {
  const way = await wayIn();
  const context = await browser.newContext({ baseURL: way.address });
  const page = await context.newPage();
  const lead = await newLead({ first_name: "Reads", last_name: "Again" });
  await picksUp(lead.phone_e164, [{ speaker: "customer", text: "I'm interested, please send me a quote." }]);
  await signIn(page);
  await expect(card(column(page, "new"), lead.id)).toBeVisible();
  await ask(english, "POST", "/api/outbound/bulk-enqueue", { lead_ids: [lead.id] });
  const why = card(column(page, "interested"), lead.id).locator(".card-moved");
  await expect(why).toHaveText(/Moved after an outgoing call/, { timeout: 40_000 });
  await page.route("**/api/events", (route) => route.fulfill({ status: 502, body: "Bad gateway" }));
  // After a mere cut the browser would go on where it was; refused, it has to read everything again.
  const refused = page.waitForResponse((response) => response.status() === 502, { timeout: 30_000 });
  way.cut();
  way.mend();
  await refused;
  await ask(english, "PATCH", `/api/leads/${lead.id}`, { last_name: "Anew" });
  await page.unroute("**/api/events");
  await expect(card(page, lead.id)).toContainText("Reads Anew");
  await expect(why).toHaveText(/Moved after an outgoing call/);
  await context.close();
  await way.close();
});

/** What the page's policy has refused, as the browser tells the page. */
async function refusals(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { refused: string[] }).refused);
}

test("what people write and say is shown as text, whatever it looks like", async ({ page }) => {
  const markup = `<img src="/nowhere" onerror="document.title='broken'"><script>document.title='broken'</script>`;
  const lead = await newLead({
    first_name: "<b>Bold</b>",
    last_name: markup,
    tags: ["<i>tag</i>"],
    notes: markup,
  });
  await picksUp(lead.phone_e164, [
    { speaker: "customer", text: `My company is ${markup} and I'm interested, send me a quote.` },
  ]);
  await ask(english, "POST", "/api/outbound/bulk-enqueue", { lead_ids: [lead.id] });
  await expect
    .poll(
      async () =>
        (await ask<{ items: { transcript?: string }[] }>(english, "GET", `/api/leads/${lead.id}/calls`))
          .items[0]?.transcript,
      { timeout: 40_000 },
    )
    .toContain("<script>");
  await page.addInitScript(() => {
    const refused: string[] = [];
    Object.assign(window, { refused });
    document.addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));
  });
  await signIn(page);
  await expect(card(page, lead.id)).toContainText("<b>Bold</b>");
  await expect(card(page, lead.id)).toContainText("<i>tag</i>");
  for (const part of ["timeline", "calls", "decisions", "details", "why"]) {
    await page.goto(`/board/${lead.id}/${part}`);
    await expect(page.getByRole("heading", { level: 2, name: /<b>Bold<\/b>/ })).toBeVisible();
    await expect(page.locator(".drawer-part .state[role=status]")).toHaveCount(0);
    for (const details of await page.locator("dialog summary").all()) await details.click();
    await expect(page.locator("dialog img, dialog script, dialog b, dialog i")).toHaveCount(0);
    expect(await refusals(page)).toEqual([]);
    expect(await page.title()).not.toBe("broken");
  }
});
