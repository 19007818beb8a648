// A workspace of its own and the real binary over it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const BINARY = process.env.LARIAT ?? new URL("../../target/debug/lariat", import.meta.url).pathname;

/** A routine that takes a while, so that there is something to look at. */
const SLOW = `local R = lariat.routine { name = "Slow" }
function R.run(ctx)
  for step = 1, 10 do
    ctx:progress(step, 10)
    ctx:sleep("200ms")
  end
  return { steps = 10 }
end
return R
`;

/** What a name may hold; if it runs, the page's title says so. */
export const HOSTILE = `<img src=x onerror="document.title='run'">`;

/** A pool type that says what it takes. */
const ROTA = `local P = lariat.pool {
  name = "rota", description = "Accounts by weekday",
  params = {
    file = { type = "path", required = true, description = "Whose turn it is" },
    rows = { type = "integer", default = 2, min = 1, max = 9 },
    api_token = { type = "string" },
  },
}
function P.fetch(ctx)
  local accounts = {}
  for n = 1, ctx.params.rows do accounts[n] = { id = "rota_" .. n } end
  return accounts
end
return P
`;

/** Accounts of the table. */
export const ACCOUNTS = 50_000;

/** A workspace with 10 pools, 5 groups and 50,000 accounts. */
export class Engine {
  constructor() {
    this.root = mkdtempSync(join(tmpdir(), "lariat-browser-"));
    this.run("init");
    this.write("lariat.yaml", this.read("lariat.yaml").replace('ids: "0-5"', 'ids: "0-30"'));
    this.write("scripts/routines/slow.lua", SLOW);
    this.write("scripts/pools/rota.lua", ROTA);
    const group = (name, pool, instances) =>
      `name: ${name}\nroutine: Slow\naccount_pool: ${pool}\nbot_count: ${instances.length}\ninstances: [${instances.join(", ")}]\n`;
    this.write("groups/slow.yaml", group("Slow Group", "Everybody", [3, 4, 5]));
    this.write("groups/rival.yaml", group("Rival", "Somebody", [3, 6]));
    this.write("groups/third.yaml", group("Third", "Somebody", [7]));
    this.write("groups/fourth.yaml", group("Fourth", "Pool 1", [8]));
    this.write("pools/everybody.yaml", `# A comment that stays.\nname: Everybody\ntype: sql\nquery:\n  filters: []\n  limit: 400\n`);
    this.write("pools/somebody.yaml", `name: Somebody\ntype: sql\nquery:\n  filters: [{field: pack_count, operator: ">=", value: 49000}]\n  limit: 400\n`);
    this.write("pools/hostile.yaml", `name: ${JSON.stringify(HOSTILE)}\ntype: sql\nquery: {filters: [], limit: 1}\n`);
    const more = 10 - readdirSync(join(this.root, "pools")).length;
    for (let n = 1; n <= more; n++) this.write(`pools/pool-${n}.yaml`, `name: Pool ${n}\ntype: sql\nquery: {filters: [], limit: ${n}000}\n`);
    const rows = Array.from({ length: ACCOUNTS - 1 }, (_, n) => `browser_${String(n).padStart(5, "0")},available,${n},canary-secret-${n}`);
    rows.push(`${JSON.stringify(HOSTILE).replaceAll('\\"', '""')},available,1,`);
    this.write("accounts/accounts.csv", ["id,status,pack_count,password", ...rows].join("\n") + "\n");
  }

  run(...args) {
    const ended = spawnSync(BINARY, ["--workspace", this.root, ...args], { encoding: "utf8" });
    if (ended.status !== 0) throw new Error(`lariat ${args.join(" ")}: ${ended.stderr}${ended.stdout}`);
    return ended.stdout;
  }

  /** A plugin in C, built as its project says. */
  plugin(name) {
    this.run("new", "plugin", name, "--kind", "routine", "--lang", "c");
    const built = spawnSync("make", ["-C", join(this.root, "plugins", name)], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(`make: ${built.stderr}${built.stdout}`);
  }

  read(path) {
    return readFileSync(join(this.root, path), "utf8");
  }

  write(path, text) {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Starts it, on the port that it had before if it ran already. */
  async start() {
    const listen = this.base ? new URL(this.base).host : "127.0.0.1:0";
    this.process = spawn(BINARY, ["--workspace", this.root, "up", "--listen", listen], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const piece of this.process.stdout) {
      if (String(piece).includes("http://")) break;
    }
    const file = join(this.root, ".lariat/engine.json");
    if (!existsSync(file)) throw new Error("the engine left no engine.json");
    this.file = JSON.parse(readFileSync(file, "utf8"));
    this.base = `http://${this.file.address}`;
  }

  /** A link that lets a browser in, once. */
  link() {
    return JSON.parse(this.run("console", "--json")).url;
  }

  async stop() {
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await ended;
  }

  remove() {
    rmSync(this.root, { recursive: true, force: true });
  }
}
