// Groups as a person launches, scales and mends them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { engine, field, open, page, press, said, troubles } from "./reader.mjs";

const main = () => page.locator("main").textContent();
/** Launches a group with the answer that begins it, whatever is asked. */
const go = async (group) => {
  await open(`/groups/${encodeURIComponent(group)}/launch`);
  await Promise.all([page.waitForNavigation(), page.locator("button[name=go].primary").click()]);
  assert.match(page.url(), /launches/);
};
const stop = async (group) => {
  await open(`/groups/${encodeURIComponent(group)}`);
  await press("Stop now");
  await page.getByRole("link", { name: "Launch…" }).waitFor();
};

test("a group is made, changed and deleted by its form", async () => {
  await open("/groups:new");
  await field("name").fill("Made here");
  await field("routine").selectOption("Slow");
  await field("instances").fill("20-22");
  await field("account_pool").selectOption("Everybody");
  await press("Create the group");
  assert.match(engine.read("groups/made_here.yaml"), /routine: Slow/);
  await open("/groups/Made%20here/edit");
  await field("bot_count").fill("2");
  await press("Save");
  assert.match(engine.read("groups/made_here.yaml"), /bot_count: 2/);
  await open("/groups/Made%20here/delete");
  await press("Delete Made here");
  assert.match(await said(), /was deleted/);
  assert.throws(() => engine.read("groups/made_here.yaml"));
});

test("before a launch it is asked whether to refresh, and the answer is remembered on request", async () => {
  await open("/pools/Somebody");
  await press("Refresh");
  await open("/groups/Third/launch");
  assert.match(await main(), /Pool “Somebody” was last refreshed (just now|\d+s ago)/);
  await press("Skip");
  assert.match(page.url(), /launches/);
  await stop("Third");
  await open("/groups/Third/launch");
  await field("remember").check();
  await press("Refresh & Launch");
  assert.match(engine.read("groups/third.yaml"), /refresh_pool: always/);
  await stop("Third");
  await open("/groups/Third/launch");
  assert.match(await main(), /Its pool is refreshed first, as the group says/);
});

test("an instance that another group holds is asked about, and the answer holds", async () => {
  await go("Slow Group");
  await page.locator("progress").first().waitFor();
  await open("/groups/Rival/launch");
  await page.getByText("Some instances are held by others").waitFor();
  await field("conflict-3").selectOption("skip");
  await press("Refresh & Launch");
  await open("/groups/Rival");
  await page.locator("tbody th", { hasText: /^6$/ }).waitFor();
  assert.equal(await page.locator("tbody th", { hasText: /^3$/ }).count(), 0);
  await stop("Rival");

  await open("/groups/Rival/launch");
  await field("conflict-3").selectOption("abort");
  await press("Refresh & Launch");
  await page.locator("main").getByText(/instance 3 is held by/).first().waitFor();

  await open("/groups/Rival/launch");
  await field("conflict-3").selectOption("cancel");
  await press("Refresh & Launch");
  await open("/groups/Rival");
  await page.locator("tbody th", { hasText: /^3$/ }).waitFor();
  await open("/groups/Slow%20Group");
  await page.locator("tr", { has: page.locator("th", { hasText: /^3$/ }) }).getByText("stopped").waitFor();
  await stop("Rival");
});

test("a running group is scaled, and its routine's calls are counted", async () => {
  await open("/groups/Slow%20Group");
  await page.locator("#bots").fill("1");
  await press("Scale");
  assert.match(await said(), /now has 1 bots/);
  await page.locator("#bots").fill("3");
  await press("Scale");
  assert.match(await said(), /now has 3 bots/);
  await open("/extensions");
  const routines = page.getByRole("region", { name: "Routines" });
  await routines.locator("tr", { hasText: "slow.lua" }).getByText(/ s · /).waitFor();
  await stop("Slow Group");
});

test("a file that can't be used is mended where its fault is shown", async () => {
  const good = engine.read("groups/fourth.yaml");
  engine.write("groups/fourth.yaml", good.replace("Slow", "[Slow"));
  await open("/groups/Fourth");
  await page.getByRole("link", { name: "Mend its file" }).click();
  await page.getByText(/groups\/fourth\.yaml:\d/).waitFor();
  await press("Save");
  assert.equal(await page.locator(".message.bad").count(), 1);
  await field("text").fill(good);
  await press("Save");
  assert.match(await said(), /was saved/);
  assert.equal(engine.read("groups/fourth.yaml"), good);
  await open("/groups/Fourth");
  await page.getByRole("link", { name: "Launch…" }).waitFor();
});

test("a plugin is reloaded, and used again after a quarantine", async () => {
  engine.plugin("looper");
  const row = page.getByRole("region", { name: "Native plugins", exact: true }).locator("tr", { hasText: "looper" });
  await open("/extensions");
  await row.getByText("ready").waitFor();
  await press("Reload looper");
  assert.match(await said(), /in force already/);
  engine.run("plugin", "quarantine", "looper", "--reason", "it loops");
  await open("/extensions");
  await row.getByText("it loops").waitFor();
  await press("Use looper again");
  assert.match(await said(), /looper/);
  await row.getByText("ready").waitFor();
});

test("the log is searched and filtered over all that was written, and stands still on request", async () => {
  await open("/logs?q=there-is-nothing-like-it");
  await page.getByText("Nothing here").waitFor();
  await open("/logs?level=INFO");
  await page.locator("tbody tr").first().waitFor();
  await page.getByRole("link", { name: "Pause" }).click();
  await page.getByText(/^Paused/).waitFor();
  assert.equal(await page.locator("[data-live]").count(), 0);
});

test("nothing broke on the way, and no other host was asked", () => {
  assert.deepEqual(troubles, []);
});
