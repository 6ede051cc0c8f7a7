import { answer, api } from "../api/client";

const WORKER = "/push-worker.js";

function registration(): Promise<ServiceWorkerRegistration> {
  return navigator.serviceWorker.register(WORKER);
}

/** Whether this browser is pushed to. */
export async function pushes(): Promise<boolean> {
  const found = await navigator.serviceWorker?.getRegistration(WORKER);
  return Boolean(await found?.pushManager.getSubscription());
}

/** Has this browser pushed to; it asks its user first. */
export async function subscribe() {
  const { public_key } = await answer(api.GET("/api/push/public-key"));
  const worker = await registration();
  await navigator.serviceWorker.ready;
  const subscription = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: public_key,
  });
  const { endpoint, keys } = subscription.toJSON();
  const body = { endpoint: endpoint ?? "", keys: { p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" } };
  try {
    await answer(api.POST("/api/push/subscriptions", { body }));
  } catch (error) {
    // Nobody would push to it.
    await subscription.unsubscribe();
    throw error;
  }
}

/** Has it pushed to no more. */
export async function unsubscribe() {
  const found = await navigator.serviceWorker.getRegistration(WORKER);
  const subscription = await found?.pushManager.getSubscription();
  if (!subscription) return;
  await answer(api.DELETE("/api/push/subscriptions", { body: { endpoint: subscription.endpoint } }));
  await subscription.unsubscribe();
}
