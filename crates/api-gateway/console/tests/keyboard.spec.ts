import { expect, type Page, test } from "@playwright/test";
import { ask, english, newLead, picksUp } from "./demo";
import { card, signIn } from "./pages";

/** Presses Tab until the focus is on what is wanted. */
async function tabTo(page: Page, wanted: string) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), wanted)) return;
  }
  throw new Error(`Tab does not lead to ${wanted}`);
}

test("with the keyboard alone: to a card, into its drawer, an undo, and back to the card", async ({
  page,
}) => {
  const lead = await newLead({ first_name: "Keira", last_name: "Board" });
  await picksUp(lead.phone_e164, [
    { speaker: "customer", text: "I'm interested, please send me the quote." },
  ]);
  await ask(english, "POST", "/api/outbound/bulk-enqueue", { lead_ids: [lead.id] });
  const status = async () => (await ask<{ status: string }>(english, "GET", `/api/leads/${lead.id}`)).status;
  await expect.poll(status, { timeout: 40_000 }).toBe("interested");
  await signIn(page);
  await tabTo(page, "[type=search]");
  await page.keyboard.type("Keira Board");
  await expect(page.locator("[data-lead]")).toHaveCount(1);
  await tabTo(page, `[data-lead="${lead.id}"] .card-name`);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Keira Board" })).toBeVisible();
  await tabTo(page, "a[href$='/decisions']");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
  await tabTo(page, "dialog li > button");
  await page.keyboard.press("Enter");
  await expect.poll(status).toBe(lead.status);
  await expect(page.getByRole("dialog")).toContainText("Undone");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(card(page, lead.id).getByRole("button")).toBeFocused();
});

test("the first Tab leads past the navigation", async ({ page }) => {
  await signIn(page);
  await page.reload();
  await expect(page.locator(".column").first()).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the page" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#page")).toBeFocused();
});
