import { expect, test } from "@playwright/test";
import { ask, english } from "./demo";
import { lookAt, signInAt } from "./pages";

test("a status is added, named, and put in another place by its arrows", async ({ page }) => {
  await signInAt(page, "/settings/statuses");
  await page.getByLabel("New status").fill("Quote sent");
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByRole("button", { name: "Move Quote sent up" }).click();
  await expect
    .poll(async () => {
      const statuses = await ask<{ label: string }[]>(english, "GET", "/api/lead-statuses");
      return statuses.findIndex((status) => status.label === "Quote sent") - statuses.length;
    })
    .toBe(-2);
});

test("calling hours are drawn, and Shabbat is kept", async ({ page }) => {
  await signInAt(page, "/settings/calling");
  await page.getByLabel("Call at any hour").uncheck();
  await page.getByRole("button", { name: "Sunday, 3:00" }).press("Enter");
  await page.getByLabel("Keep Shabbat").check();
  await lookAt(page, "settings-hours-en");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator(".toast-done")).toBeVisible();
  const settings = await ask<{ calling_windows: { days: Record<string, string[][]>; closed: string[] } }>(
    english,
    "GET",
    "/api/settings",
  );
  expect(settings.calling_windows.closed).toEqual(["shabbat"]);
  expect(settings.calling_windows.days.sun).toEqual([
    ["00:00", "03:00"],
    ["04:00", "24:00"],
  ]);
  await ask(english, "PATCH", "/api/settings", { calling_windows: null });
});

test("a number that must not be called is added and lifted", async ({ page }) => {
  await signInAt(page, "/settings/suppressions");
  await page.getByLabel("Number", { exact: true }).fill("020 7946 0999");
  await page.getByRole("button", { name: "Add" }).click();
  const added = page.locator(".row", { hasText: "+44 20 7946 0999" });
  await added.getByRole("button", { name: "Allow again" }).click();
  await expect(added).toHaveCount(0);
});

test("a key is shown once", async ({ page }) => {
  await signInAt(page, "/settings/keys");
  await page.getByLabel("What it is for").fill("reports");
  await page.getByRole("button", { name: "Make a key" }).click();
  await expect(page.locator(".secret code")).toContainText(/\S{20,}/);
  await page.reload();
  await expect(page.getByText("reports")).toBeVisible();
  await expect(page.locator(".secret")).toHaveCount(0);
});

test("the what-if follows the threshold while it is moved", async ({ page }) => {
  await signInAt(page, "/settings/automation");
  const told = page.getByRole("region", { name: "What these rules would have done" });
  await expect(told).toContainText(/leads would stand where they do|no conversations yet/);
  const asked = page.waitForRequest("**/api/status-rules/simulate");
  await page.getByLabel(/How sure it has to be/).fill("0.99");
  expect((await asked).postDataJSON()).toMatchObject({ confidence_threshold: 0.99 });
  await expect(told).toContainText(/would stand|no conversations yet/);
});

test("the business's own words are kept, one on each line", async ({ page }) => {
  await signInAt(page, "/settings/words");
  await page.getByLabel("Interested", { exact: true }).fill("send the contract\nwhere do I sign");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator(".toast-done")).toBeVisible();
  const { status_words } = await ask<{ status_words: unknown }>(english, "GET", "/api/settings");
  expect(status_words).toEqual({ HOT_INTERESTED: ["send the contract", "where do I sign"] });
  await ask(english, "PATCH", "/api/settings", { status_words: null });
});

test("a key is revoked by the second press only", async ({ page }) => {
  await ask(english, "POST", "/api/api-keys", { name: "an old report", role: "agent" });
  await signInAt(page, "/settings/keys");
  const row = page.locator(".row", { hasText: "an old report" });
  await row.getByRole("button", { name: "Revoke" }).click();
  await expect(row.getByRole("button", { name: "Revoke for good?" })).toBeVisible();
  await row.getByRole("button", { name: "Revoke for good?" }).click();
  await expect(row).toHaveCount(0);
});
