// The console as a person sees it: the real binary, Debian's Chromium.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { HOSTILE } from "./engine.mjs";
import { PICTURES, browser, engine, enter, open, page, said, troubles } from "./reader.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGES = {
  overview: "/", groups: "/groups", group: "/groups/Slow%20Group", "group-edit": "/groups/Slow%20Group/edit",
  plan: "/groups/Slow%20Group/launch", pools: "/pools", pool: "/pools/Everybody", builder: "/pools/Everybody/edit",
  trial: "/pools/Everybody/test", places: "/pools/Everybody/accounts", file: "/files?file=pools%2Feverybody.yaml",
  accounts: "/accounts", account: "/accounts/browser_00001", export: "/accounts:export", attempts: "/attempts",
  extensions: "/extensions", events: "/events", logs: "/logs", missing: "/there-is-no-such-page",
};

test("a link works once", async () => {
  const link = engine.link();
  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  const button = other.locator("form button");
  if (await button.count()) await button.first().click();
  const third = await (await browser.newContext()).newPage();
  await third.goto(link);
  const again = third.locator("form button");
  if (await again.count()) await again.first().click();
  await third.goto(`${engine.base}/`);
  assert.doesNotMatch(await third.content(), /Needs attention|Throughput/);
});

// What is wrong with pages, light and dark, narrow and wide; their pictures are kept.
async function faultsOf(pages) {
  const faults = [];
  for (const [name, path] of Object.entries(pages)) {
    for (const [width, height, colorScheme] of [[360, 780, "dark"], [1280, 900, "light"], [2560, 1440, "dark"]]) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await open(path);
      await page.screenshot({ path: `${PICTURES}${name}-${width}-${colorScheme}.png`, animations: "disabled" });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 1) faults.push(`${name} at ${width}: ${over} px too wide`);
      // By the debugger's protocol, which a page's policy doesn't hold back.
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      for (const { id, nodes } of violations) faults.push(`${name} at ${width}, ${colorScheme}: ${id}: ${nodes[0].html}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  return faults;
}

test("each page fits, light and dark, narrow and wide, and has no fault for those who don't see it", async () => {
  assert.deepEqual(await faultsOf(PAGES), []);
});

test("a group is launched with its plan in view, followed, held, resumed and stopped", async () => {
  await open("/groups/Slow%20Group");
  await page.getByRole("link", { name: /Launch/ }).first().click();
  await page.locator("button[name=go].primary").click();
  await page.waitForURL(/launches/);
  await page.locator("progress, .progress, [role=progressbar]").first().waitFor();
  await open("/groups/Slow%20Group");
  const completed = () => page.locator("main").textContent();
  const first = await completed();
  await page.waitForFunction((before) => document.querySelector("main").textContent !== before, first);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.locator("main").getByText("completed").first().waitFor();
  assert.match(await said(), /stop/i);
});

test("the pages of a launch and of a run fit as well", async () => {
  await open("/groups/Slow%20Group");
  const launch = await page.locator('main a[href^="/launches/"]').first().getAttribute("href");
  await open("/attempts");
  const attempt = await page.locator('main a[href^="/attempts/"]').first().getAttribute("href");
  assert.deepEqual(await faultsOf({ launch, attempt }), []);
});

test("what an account or a pool is called never runs", async () => {
  for (const path of ["/", "/pools", "/accounts", `/pools/${encodeURIComponent(HOSTILE)}`, `/accounts/${encodeURIComponent(HOSTILE)}`, "/events"]) {
    await open(path);
    assert.equal(await page.locator("img[src=x]").count(), 0, path);
    assert.notEqual(await page.title(), "run", path);
  }
  await open("/pools");
  await page.getByText(HOSTILE, { exact: true }).first().waitFor();
});

test("a stale file is shown where one looks, and clears itself", async () => {
  await open("/");
  const good = engine.read("groups/slow.yaml");
  engine.write("groups/slow.yaml", "name: Slow Group\nroutine: [\n");
  await page.getByText(/groups\/slow\.yaml:\d/).first().waitFor();
  engine.write("groups/slow.yaml", good);
  await page.getByText(/groups\/slow\.yaml:\d/).first().waitFor({ state: "detached" });
});

test("the first page is small, with everything that it needs", async () => {
  const context = await browser.newContext({ storageState: await page.context().storageState() });
  const fresh = await context.newPage();
  let bytes = 0;
  fresh.on("response", (answer) => answer.body().then((body) => { bytes += body.length; }, () => {}));
  await fresh.goto(`${engine.base}/`);
  await fresh.locator("h1").waitFor();
  await fresh.waitForFunction(() => document.querySelectorAll("time").length > 0 && document.readyState === "complete");
  const loaded = bytes;
  await context.close();
  assert.ok(loaded > 20_000, `only ${loaded} bytes: something wasn't counted`);
  assert.ok(loaded < 200_000, `${loaded} bytes`);
});

test("keys", async () => {
  await open("/");
  await page.keyboard.press("?");
  assert.ok(await page.locator("#help").isVisible());
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.waitForURL("**/pools");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.type), "search");
});

test("a lost engine shows, and so does the one that comes back", async () => {
  await open("/");
  await engine.stop();
  await page.locator("#connection[data-state=lost]").waitFor();
  await engine.start();
  // Sessions end with their engine.
  await page.locator("#connection[data-state=login]").waitFor();
  await enter();
  await page.locator("#connection").waitFor({ state: "hidden" });
});

test("nothing broke on the way, and no other host was asked", () => {
  assert.deepEqual(troubles, []);
});
