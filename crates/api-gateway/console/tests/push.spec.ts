import { expect, test } from "@playwright/test";
import { demo, english } from "./demo";
import { signIn, signInAt } from "./pages";

test("a browser that allows no notifications is told how to allow them", async ({ page }) => {
  await signInAt(page, "/settings/notifications");
  await page.getByRole("button", { name: "Notify me in this browser" }).click();
  await expect(page.locator(".toast-failed")).toContainText("The browser did not allow notifications");
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
