import { expect, test } from "@playwright/test";
import { ask, english, newLead, scriptCarrier } from "./demo";
import { lookAt, signIn, signInAt } from "./pages";

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
  await lookAt(page, "run-just-over-en");

  const moved = await movedLead();
  await page.goto(`/board/${moved.lead.id}/decisions`);
  await expect(page.getByRole("dialog")).toContainText("Moved to");
  await lookAt(page, "lead-moved-en");
  await page.getByRole("button", { name: "Undo" }).first().click();
  await expect
    .poll(async () => (await ask<Lead>(english, "GET", `/api/leads/${moved.lead.id}`)).status)
    .toBe(moved.decision.from_status);
  await page.getByRole("link", { name: "Calls" }).click();
  await page.getByText("Transcript").first().click();
  await lookAt(page, "lead-undone-calls-en");
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

test("every lead of a run has its reason, and the history finds the run again", async ({ page }) => {
  const [first, second] = [
    await newLead({ first_name: "Stays", last_name: "Quiet" }),
    await newLead({ first_name: "Waits", last_name: "Long" }),
  ];
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const { run_id } = await ask<{ run_id: number }>(english, "POST", "/api/outbound/bulk-enqueue", {
    lead_ids: [first.id, second.id],
    start_at: tomorrow,
  });
  await ask(english, "POST", "/api/suppressions", { phone: first.phone_e164, reason: "asked by letter" });
  await signInAt(page, `/runs/${run_id}`);
  const job = (name: string) => page.getByRole("row", { name });
  await expect(job("Stays Quiet")).toContainText("The number must not be called");
  await page.getByRole("button", { name: "Cancel the run" }).click();
  const asked = page.getByRole("dialog", { name: "Cancel this run?" });
  await expect(asked.getByLabel("Also hang up the calls in the air")).not.toBeChecked();
  await lookAt(page, "run-cancel-en");
  await asked.getByRole("button", { name: "Cancel the run" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Cancelled");
  await expect(job("Waits Long")).toContainText("The run was cancelled");
  await page.goto("/runs");
  await page.getByLabel("State of the run").selectOption("Failed or cancelled");
  await expect(page.getByRole("link", { name: `Run ${run_id}` })).toBeVisible();
  await page.getByLabel("State of the run").selectOption("Completed");
  await expect(page.getByRole("link", { name: `Run ${run_id}` })).toHaveCount(0);
});
