// Pools as a person makes, changes, tries and removes them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { engine, field, open, page, press, choose, said, troubles } from "./reader.mjs";

const preview = () => page.locator("#preview");

test("the builder shows what it will write, saves it with its comments, and overwrites nobody", async () => {
  await open("/pools/Everybody/edit");
  await field("limit").fill("7");
  await page.getByText("limit: 7").waitFor();
  await press("Save");
  assert.match(engine.read("pools/everybody.yaml"), /# A comment that stays\.[^]*limit: 7/);

  await open("/pools/Everybody/edit");
  await field("limit").fill("8");
  engine.write("pools/everybody.yaml", engine.read("pools/everybody.yaml").replace("limit: 7", "limit: 9"));
  await press("Save");
  assert.match(engine.read("pools/everybody.yaml"), /limit: 9/);
  assert.match(await page.locator("main").textContent(), /limit: 9/);
});

test("filters and orders are added, moved, switched off and removed, with what they select in view", async () => {
  await open("/pools:new");
  await field("name").fill("Built");
  await press("Add a filter");
  await page.locator("[name=filter-0-field]").fill("pack_count");
  await page.locator("[name=filter-0-operator]").selectOption(">=");
  await page.locator("[name=filter-0-value]").fill("49990");
  await preview().getByText("9", { exact: true }).first().waitFor();
  await press("Add a filter");
  await page.locator("[name=filter-1-field]").fill("id");
  await page.locator("[name=filter-1-operator]").selectOption("contains");
  await page.locator("[name=filter-1-value]").fill("4999");
  await press("Add an order");
  await page.locator("[name=sort-0-field]").fill("pack_count");
  await page.locator("[name=sort-0-direction]").selectOption("desc");
  await preview().getByText("ORDER BY \"pack_count\" DESC").waitFor();

  await press("Move up filter 2");
  assert.equal(await page.locator("[name=filter-0-field]").inputValue(), "id");
  await press("Switch off filter 1");
  assert.doesNotMatch(await preview().textContent(), /instr\(lower\("id"\)/);
  await press("Switch on filter 1");
  assert.match(await preview().textContent(), /instr\(lower\("id"\)/);
  await press("Switch off filter 1");
  await press("Create the pool");
  const file = () => engine.read("pools/built.yaml");
  assert.match(file(), /field: pack_count[^]*switched_off[^]*field: id/);

  await open("/pools/Built/edit");
  await press("Remove filter 1");
  await press("Remove sort 1");
  await press("Save");
  assert.doesNotMatch(file(), /switched_off|sort:/);
  assert.match(await said(), /saved/);
});

test("a query of one's own is judged by the guard while it is written", async () => {
  await open("/pools:new");
  await field("name").fill("Own");
  await choose("mode", "raw");
  await field("select").fill("DELETE FROM accounts");
  await preview().getByText(/must begin with SELECT/).waitFor();
  await press("Create the pool");
  assert.match(await said(), /SELECT/);
  await field("select").fill("SELECT id, pack_count FROM accounts WHERE pack_count < ?");
  await field("parameters").fill('[{"name": "most", "value": 5, "type": "int"}]');
  await preview().getByText("6", { exact: true }).waitFor();
  await press("Create the pool");
  assert.match(engine.read("pools/own.yaml"), /WHERE pack_count < \?/);
});

test("what a pool type takes is a form, and its secrets aren't shown again", async () => {
  await open("/pools:new");
  await field("name").fill("Weekdays");
  await choose("type", "rota");
  await preview().getByText("config.file: is missing").waitFor();
  await field("config.file").fill("rota.csv");
  await field("config.rows").fill("4");
  await field("config.api_token").fill("canary-secret");
  await preview().getByText("rota_4").waitFor();
  await press("Create the pool");
  assert.match(engine.read("pools/weekdays.yaml"), /rows: 4/);
  for (const path of ["/pools/Weekdays", "/pools/Weekdays/edit"]) {
    await open(path);
    assert.doesNotMatch(await page.content(), /canary-secret/, path);
  }
});

test("a folder is chosen by looking into folders", async () => {
  engine.write("accounts/manual/one.xml", "<account>manual_one</account><password>canary-secret</password>\n");
  await open("/pools:new");
  await field("name").fill("By hand");
  await choose("type", "file");
  await press("Choose a folder…");
  await press("accounts");
  await press("manual");
  assert.equal(await field("directory").inputValue(), "accounts/manual");
  await preview().getByText("manual_one").waitFor();
  await press("Create the pool");
  assert.match(engine.read("pools/by_hand.yaml"), /directory: accounts\/manual/);
});

test("a pool is imported, refreshed, looked into, reset and removed, each with what it does", async () => {
  await open("/pools:import");
  await field("text").fill("# kept\nname: Brought\ntype: sql\nquery: {filters: [], limit: 3}\n");
  await press("Import");
  assert.match(engine.read("pools/brought.yaml"), /^# kept/);
  await press("Refresh");
  assert.match(await said(), /3 accounts/);
  await page.getByRole("link", { name: /why one isn’t served/ }).click();
  await page.getByText("Served in its turn").first().waitFor();
  await open("/pools/Brought/reset");
  await press("Reset Brought");
  assert.match(await said(), /was reset/);

  await open("/pools/Pool%201/delete");
  await page.locator("main").getByText("Fourth").waitFor();
  assert.match(await page.locator("main").textContent(), /can’t be launched without another pool/);
  await open("/pools/Brought/delete");
  await press("Delete Brought");
  assert.match(await said(), /was deleted/);
  assert.throws(() => engine.read("pools/brought.yaml"));
});

test("accounts are searched, brought, taken away and reset, with their secrets masked", async () => {
  await open("/accounts?q=browser_4999");
  await page.locator("tbody tr").nth(8).waitFor();
  await open("/accounts");
  await page.getByRole("link", { name: "More" }).click();
  await page.getByRole("link", { name: "From the start" }).waitFor();

  engine.write("accounts/more.csv", "id,pack_count,password\nlate_1,5,canary-secret\nlate_2,6,canary-secret\n");
  await open("/accounts:import");
  await field("paths").fill("accounts/more.csv");
  await press("Import");
  assert.match(await said(), /2 accounts are new/);

  await open("/accounts:export?q=late_");
  const take = async (name) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name, exact: true }).click()]);
    return (await download.createReadStream()).reduce((text, piece) => text + piece, "");
  };
  const masked = await take("Download");
  assert.match(masked, /^id,[^]*late_1[^]*late_2/);
  assert.doesNotMatch(masked, /canary-secret|browser_/);
  assert.match(await take("Download with secrets"), /canary-secret/);
  assert.match(engine.read(".lariat/logs/audit.jsonl"), /"path":"\/accounts:export","revealed":true/);

  await open("/accounts/late_1/reset");
  await press("Reset late_1");
  assert.match(await said(), /late_1 is available again/);
});

test("nothing broke on the way, and no other host was asked", () => {
  assert.deepEqual(troubles, []);
});
