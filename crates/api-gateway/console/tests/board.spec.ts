import { expect, test } from "@playwright/test";
import { ask, english, hebrew, newLead } from "./demo";
import { card, column, lookAt, signIn } from "./pages";

interface Lead {
  id: number;
  full_name: string;
  status: string;
}

/** Where new leads start, and the next column. */
async function firstTwo(): Promise<[string, string]> {
  const statuses = await ask<{ name: string; is_active: boolean; is_default: boolean }[]>(
    english,
    "GET",
    "/api/lead-statuses",
  );
  const active = statuses.filter((status) => status.is_active);
  const start = active.findIndex((status) => status.is_default);
  return [active[start]?.name ?? "", active[start + 1]?.name ?? ""];
}

async function someLead(status: string, at = 0): Promise<Lead> {
  const { items } = await ask<{ items: Lead[] }>(english, "GET", `/api/leads?status=${status}&limit=20`);
  const lead = items[at];
  if (!lead) throw new Error(`no lead in ${status}`);
  return lead;
}

function stands(lead: number): Promise<Lead> {
  return ask<Lead>(english, "GET", `/api/leads/${lead}`);
}

test("a wrong password is told in words, and the right one opens the board", async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem("callboard.language", "en"));
  await page.goto("/");
  await page.getByLabel("E-mail").fill(english.email);
  await page.getByLabel("Password").fill("not this one, surely");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("The e-mail address or the password is wrong.");
  await page.getByLabel("Password").fill(english.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator(".column").first()).toBeVisible();
  await lookAt(page, "board-uncalled-en");
});

test("a card is dragged to another column", async ({ page }) => {
  const [from, to] = await firstTwo();
  const lead = await someLead(from);
  await signIn(page);
  await card(column(page, from), lead.id).dragTo(column(page, to).locator(".cards"));
  await expect(card(column(page, to), lead.id)).toBeVisible();
  await expect.poll(async () => (await stands(lead.id)).status).toBe(to);
});

test("a card is moved by keyboard, and keeps the focus", async ({ page }) => {
  const [from, to] = await firstTwo();
  const lead = await someLead(from, 1);
  await signIn(page);
  await card(page, lead.id).getByRole("button").focus();
  await page.keyboard.press("Alt+ArrowRight");
  await expect(card(column(page, to), lead.id)).toBeVisible();
  await expect(card(column(page, to), lead.id).getByRole("button")).toBeFocused();
  await expect.poll(async () => (await stands(lead.id)).status).toBe(to);
});

test("what one browser moves, the other one sees", async ({ browser }) => {
  const [from, to] = await firstTwo();
  const lead = await someLead(from);
  const [mine, theirs] = await Promise.all([browser.newPage(), browser.newPage()]);
  await signIn(mine);
  await signIn(theirs);
  await card(mine, lead.id).getByRole("combobox").selectOption(to);
  await expect(card(column(theirs, to), lead.id)).toBeVisible();
});

test("a move that the server refuses is taken back with a message", async ({ page }) => {
  const [from, to] = await firstTwo();
  const lead = await someLead(from);
  await signIn(page);
  await expect(card(page, lead.id)).toBeVisible();
  await page.route(`**/api/leads/${lead.id}`, (route) =>
    route.request().method() === "PATCH"
      ? route.fulfill({
          status: 409,
          contentType: "application/problem+json",
          body: JSON.stringify({ type: "about:blank", title: "", status: 409, code: "version_conflict" }),
        })
      : route.continue(),
  );
  await card(page, lead.id).getByRole("combobox").selectOption(to);
  await expect(page.locator(".toast-failed")).toContainText("Somebody else changed it in the meantime.");
  await expect(card(column(page, from), lead.id)).toBeVisible();
});

test("the search narrows every column", async ({ page }) => {
  const [from] = await firstTwo();
  const lead = await someLead(from);
  const other = await someLead(from, 1);
  await signIn(page);
  await page.getByRole("searchbox").fill(lead.full_name);
  await expect(card(page, lead.id)).toBeVisible();
  await expect(card(page, other.id)).toBeHidden();
});

test("the lead's drawer changes a field and says why it is not dialled", async ({ page }) => {
  const [from] = await firstTwo();
  const lead = await someLead(from);
  await signIn(page);
  await card(page, lead.id).getByRole("button").click();
  await expect(page.getByRole("dialog")).toContainText(lead.full_name);
  await lookAt(page, "lead-uncalled-timeline-en");
  await page.getByRole("link", { name: "Details" }).click();
  await page.getByLabel("Notes").fill("Rings twice, then answers.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator(".toast-done")).toHaveText(/Saved/);
  await lookAt(page, "lead-uncalled-details-en");
  await page.getByRole("link", { name: "Dialling" }).click();
  await expect(page.locator(".gates li").first()).toBeVisible();
  await lookAt(page, "lead-uncalled-why-en");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
});

test("the board speaks Hebrew from right to left, and remembers it", async ({ page }) => {
  await signIn(page, "he", hebrew);
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  await lookAt(page, "board-uncalled-he");
  await page.locator("[data-lead]").first().getByRole("button").click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await lookAt(page, "lead-uncalled-timeline-he");
});

test("what the board is narrowed to becomes whom a run calls", async ({ page }) => {
  await newLead({ first_name: "Tagged", last_name: "One", tags: ["spring-fair"] });
  await signIn(page);
  await page.getByLabel("Tag", { exact: true }).fill("spring-fair");
  await expect(page.locator("[data-lead]")).toHaveCount(1);
  await page.getByRole("button", { name: "Call all of these" }).click();
  await expect(page.getByLabel("Whom to call")).toHaveValue("selection");
  await expect(page.locator(".preflight")).toContainText("1 of 1 will be called");
});
