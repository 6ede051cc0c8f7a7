import { createECDH, randomBytes } from "node:crypto";
import { expect, test } from "@playwright/test";
import { demo, english } from "./demo";
import { signIn } from "./pages";

test("a browser that allows no notifications is told how to allow them", async ({ page }) => {
  await signIn(page);
  await page.goto("/settings/notifications");
  await page.getByRole("button", { name: "Notify me in this browser" }).click();
  await expect(page.locator(".toast-failed")).toContainText("The browser did not allow notifications");
});

const KEYS = createECDH("prime256v1");
KEYS.generateKeys();

/** A headless browser has no push service behind it; this one stands in for what such a service would give. */
const SUBSCRIBED = `
  const subscription = {
    endpoint: "https://push.invalid/of-this-test",
    toJSON: () => ({
      endpoint: subscription.endpoint,
      keys: {
        p256dh: "${KEYS.getPublicKey("base64url")}",
        auth: "${randomBytes(16).toString("base64url")}",
      },
    }),
    unsubscribe: async () => { delete window.subscribed; return true; },
  };
  PushManager.prototype.subscribe = async () => (window.subscribed = subscription);
  PushManager.prototype.getSubscription = async () => window.subscribed ?? null;
`;

test("a browser is subscribed, tried, and told that the test did not arrive", async ({ page }) => {
  await page.addInitScript(SUBSCRIBED);
  await signIn(page);
  await page.goto("/settings/notifications");
  await page.getByRole("button", { name: "Notify me in this browser" }).click();
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.locator(".toast-failed")).toContainText("No browser took it", { timeout: 30_000 });
  await page.getByRole("button", { name: "Stop in this browser" }).click();
  await expect(page.getByRole("button", { name: "Notify me in this browser" })).toBeVisible();
});

test("what is pushed is shown with its words, its language and its direction", async ({ page, context }) => {
  await context.grantPermissions(["notifications"], { origin: demo.gateway });
  await signIn(page, "en", english);
  const tools = await context.newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    tools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const [registration] = registrations;
      if (registration) resolve(registration.registrationId);
    });
  });
  await tools.send("ServiceWorker.enable");
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/push-worker.js");
    await navigator.serviceWorker.ready;
  });
  await tools.send("ServiceWorker.deliverPushMessage", {
    origin: demo.gateway,
    registrationId: await registered,
    data: JSON.stringify({ title: "דנה לוי", body: "חדש ← מעוניין", url: "/board", lang: "he", dir: "rtl" }),
  });
  const shown = () =>
    page.evaluate(async () => {
      const { getNotifications } = ServiceWorkerRegistration.prototype;
      const all = await getNotifications.call(await navigator.serviceWorker.ready);
      return all.map(({ title, body, dir, lang }) => ({ title, body, dir, lang }));
    });
  await expect.poll(shown).toEqual([{ title: "דנה לוי", body: "חדש ← מעוניין", dir: "rtl", lang: "he" }]);
});
