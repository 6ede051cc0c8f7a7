import { defineConfig } from "@playwright/test";
import { demo } from "./tests/demo";

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // One world for all: a test that changes the board must not do so under another one's eyes.
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    baseURL: demo.gateway,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CALLBOARD_BROWSER ?? "/usr/bin/chromium",
      args: ["--no-sandbox"],
    },
  },
});
