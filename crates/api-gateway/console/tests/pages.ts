import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";
import { english } from "./demo";

type Language = "he" | "en";

/** Opens the console in a language, signed in as the owner of a business. */
export async function signIn(page: Page, language: Language = "en", business = english) {
  await page.addInitScript((chosen) => localStorage.setItem("callboard.language", chosen), language);
  await page.goto("/");
  await page.locator("[name=email]").fill(business.email);
  await page.locator("[name=password]").fill(business.password);
  await page.locator("form [type=submit]").click();
  await expect(page.locator(".column").first()).toBeVisible();
}

export function column(page: Page, status: string): Locator {
  return page.locator(`[data-status="${status}"]`);
}

export function card(place: Page | Locator, lead: number): Locator {
  return place.locator(`[data-lead="${lead}"]`);
}

/** Takes a picture for a person to look at, and asks axe for what would keep somebody from using the page. */
export async function lookAt(page: Page, name: string) {
  // Each page is fetched when it is opened: until then there is nothing to look at.
  await expect(page.locator("h1").first()).toBeVisible();
  await page.screenshot({ path: `screenshots/${name}.png` });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(" ")}`)).toEqual(
    [],
  );
}
