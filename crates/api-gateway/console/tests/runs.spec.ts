import { expect, test } from "@playwright/test";
import { ask, english, scriptCarrier } from "./demo";
import { card, lookAt, signIn } from "./pages";

interface Lead {
  id: number;
  status: string;
}
interface Decision {
  id: number;
  applied: boolean;
  to_status: string;
  from_status: string;
}

test("a run is started, watched to its end, and what automation did is undone", async ({ page }) => {
  test.setTimeout(180_000);
  await scriptCarrier();
  await signIn(page);
  await page.getByRole("link", { name: "Calling runs" }).click();
  await lookAt(page, "runs-empty-en");
  await page.getByRole("link", { name: "New calling run" }).click();
  await page.getByLabel("Whom to call").selectOption({ index: 1 });
  await expect(page.locator(".preflight")).toContainText("will be called");
  await lookAt(page, "run-new-en");
  await page.getByRole("button", { name: "Start calling" }).click();
  await expect(page.getByRole("progressbar")).toBeVisible();
  await lookAt(page, "run-live-en");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Completed", { timeout: 120_000 });
  await lookAt(page, "run-over-en");

  const moved = await movedLead();
  await page.goto(`/board/${moved.lead.id}/decisions`);
  await expect(page.getByRole("dialog")).toContainText("Moved to");
  await lookAt(page, "lead-decisions-en");
  await page.getByRole("button", { name: "Undo" }).first().click();
  await expect
    .poll(async () => (await ask<Lead>(english, "GET", `/api/leads/${moved.lead.id}`)).status)
    .toBe(moved.decision.from_status);
  await page.getByRole("link", { name: "Calls" }).click();
  await page.getByText("Transcript").first().click();
  await lookAt(page, "lead-calls-en");
});

/** A lead that automation has moved, when the first one is. */
async function movedLead(): Promise<{ lead: Lead; decision: Decision }> {
  let found: { lead: Lead; decision: Decision } | undefined;
  await expect
    .poll(async () => {
      const { items } = await ask<{ items: Lead[] }>(english, "GET", "/api/leads?limit=100");
      for (const lead of items) {
        const decisions = await ask<{ items: Decision[] }>(english, "GET", `/api/leads/${lead.id}/decisions`);
        const decision = decisions.items[0];
        if (decision?.applied && decision.from_status) {
          found = { lead, decision };
          return true;
        }
      }
      return false;
    })
    .toBe(true);
  if (!found) throw new Error("nothing was moved");
  return found;
}

test("a card that automation moves says why", async ({ page }) => {
  await scriptCarrier();
  await signIn(page);
  const { items } = await ask<{ items: Lead[] }>(english, "GET", "/api/leads?limit=100");
  const waiting = items.filter((lead) => lead.status === items[0]?.status).slice(0, 3);
  await ask(english, "POST", "/api/outbound/bulk-enqueue", { lead_ids: waiting.map((lead) => lead.id) });
  await expect(page.locator(".card-moved").first()).toContainText("Moved after an outgoing call", {
    timeout: 60_000,
  });
  const lead = await page.locator(".card:has(.card-moved)").first().getAttribute("data-lead");
  await expect(card(page, Number(lead))).toBeVisible();
  await lookAt(page, "board-moved-en");
});
