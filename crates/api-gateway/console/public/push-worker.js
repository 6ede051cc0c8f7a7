// Shows what is pushed, and opens what it is about.
self.addEventListener("push", (event) => {
  const { title, body, url, tag, lang, dir } = event.data?.json() ?? {};
  const shown = { body, tag, lang, dir, icon: "/icon.svg", data: { url } };
  event.waitUntil(self.registration.showNotification(title ?? "Callboard", shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data?.url ?? "/"));
});
