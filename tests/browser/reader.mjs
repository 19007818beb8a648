// Somebody at the console: Debian's Chromium, logged in to an engine of their own.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before } from "node:test";
import { chromium } from "playwright-core";
import { Engine } from "./engine.mjs";

export const PICTURES = new URL("../../target/browser/", import.meta.url).pathname;

export const engine = new Engine();
/** What went wrong on any page, and requests to any other host. */
export const troubles = [];
export let browser, page;

before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  await engine.start();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  page = await (await browser.newContext()).newPage();
  // A machine that is busy with other things is slow, not broken.
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(engine.base) && !request.url().startsWith("data:")) troubles.push(`asks ${request.url()}`);
  });
  await enter();
});

after(async () => {
  await browser?.close();
  if (engine.process?.exitCode === null) await engine.stop();
  engine.remove();
});

export async function enter() {
  await page.goto(engine.link());
  const button = page.locator("form button");
  if (page.url().includes("/login") && (await button.count())) await button.first().click();
  await page.goto(`${engine.base}/`);
  assert.equal(await page.locator("h1").textContent(), "Overview");
}

export const open = (path) => page.goto(engine.base + path);
export const said = () => page.locator(".message").first().textContent();
/** Presses a button that sends a form, and waits for the answer. */
export const press = async (name, within = page) => {
  const button = within.getByRole("button", { name, exact: true });
  await Promise.all([page.waitForNavigation(), button.first().click()]);
};
/** A field of a form. */
export const field = (name) => page.locator(`[name="${name}"]`);
/** Makes a choice that the form sends by itself. */
export const choose = async (name, value) => {
  await Promise.all([page.waitForNavigation(), field(name).selectOption(value)]);
};
