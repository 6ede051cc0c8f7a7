import { expect, test } from "@playwright/test";
import { lookAt, signIn } from "./pages";

const FILE = `Name,Phone,Remarks
Wendy Import,020 7946 0777,likes mornings
Twice Import,020 7946 0777,the same number
Nobody,not a number,
`;

test("a file is previewed, imported, and its rejects are told", async ({ page }) => {
  await signIn(page);
  await page.getByRole("link", { name: "Import" }).click();
  await lookAt(page, "import-empty-en");
  await page.locator("input[type=file]").setInputFiles({
    name: "fair.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(FILE),
  });
  await expect(page.getByText("1 of 3 rows become leads")).toBeVisible();
  await lookAt(page, "import-preview-en");
  await page.getByRole("button", { name: "Import one lead" }).click();
  await expect(page.getByRole("link", { name: "Download the rejected rows" })).toBeVisible();
  await page.getByRole("link", { name: "To the board" }).click();
  await page.getByRole("searchbox").fill("Wendy");
  await expect(page.getByText("Wendy Import")).toBeVisible();
});

test("the analytics say what the histories add up to", async ({ page }) => {
  await signIn(page);
  await page.getByRole("link", { name: "Analytics" }).click();
  await expect(page.getByRole("heading", { name: "Answers by hour" })).toBeVisible();
  await expect(page.locator(".spinner")).toHaveCount(0);
  await lookAt(page, "analytics-en");
});

test("the bell opens", async ({ page }) => {
  await signIn(page);
  await page.getByRole("button", { name: /Notifications/ }).click();
  await expect(page.getByRole("region", { name: "Notifications" })).toBeVisible();
  await lookAt(page, "bell-en");
});
