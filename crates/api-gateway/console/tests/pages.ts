import { AxeBuilder } from "@axe-core/playwright";
import { type Cookie, expect, type Locator, type Page } from "@playwright/test";
import { english } from "./demo";

type Language = "he" | "en";

/** The session of each business's owner: making one is slow on purpose, as a password is guarded. */
const sessions = new Map<string, Cookie[]>();

/** Opens the board in a language, signed in as the owner of a business. */
export async function signIn(page: Page, language: Language = "en", business = english) {
  await signInAt(page, "/", language, business);
  await expect(page.locator(".column").first()).toBeVisible();
}

/** Opens a page of the console in a language, signed in as the owner of a business. */
export async function signInAt(page: Page, address: string, language: Language = "en", business = english) {
  await page.addInitScript((chosen) => localStorage.setItem("callboard.language", chosen), language);
  const session = sessions.get(business.email);
  if (session) await page.context().addCookies(session);
  else await throughTheForm(page, business);
  await page.goto(address);
}

async function throughTheForm(page: Page, business: typeof english) {
  await page.goto("/");
  await page.locator("[name=email]").fill(business.email);
  await page.locator("[name=password]").fill(business.password);
  await page.locator("form [type=submit]").click();
  await expect(page.locator(".column").first()).toBeVisible();
  sessions.set(business.email, await page.context().cookies());
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
  // The console has no frames of others, for which alone axe would open one more page to gather what it found.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
  const { violations } = await axe.analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(" ")}`)).toEqual(
    [],
  );
}
