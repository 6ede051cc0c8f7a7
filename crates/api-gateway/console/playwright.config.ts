import { defineConfig } from "@playwright/test";
import { demo } from "./tests/demo";

export default defineConfig({
  projects: [
    { name: "tests", testDir: "tests" },
    { name: "bench", testDir: "bench", testMatch: "*.bench.ts", retries: 0 },
  ],
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
