// A workspace of its own and the real binary over it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

export class Engine {
  constructor() {
    this.root = mkdtempSync(join(tmpdir(), "lariat-browser-"));
    this.run("init");
    this.write("scripts/routines/slow.lua", SLOW);
    this.write("groups/slow.yaml", `name: Slow Group\nroutine: Slow\naccount_pool: Everybody\nbot_count: 3\ninstances: [3, 4, 5]\n`);
    this.write("pools/everybody.yaml", `# A comment that stays.\nname: Everybody\ntype: sql\nquery:\n  filters: []\n  limit: 40\n`);
    this.write("pools/hostile.yaml", `name: ${JSON.stringify(HOSTILE)}\ntype: sql\nquery: {filters: [], limit: 1}\n`);
    const rows = Array.from({ length: 60 }, (_, n) => `browser_${String(n).padStart(3, "0")},available,${n}`);
    rows.push(`${JSON.stringify(HOSTILE).replaceAll('\\"', '""')},available,1`);
    this.write("accounts/accounts.csv", ["id,status,pack_count", ...rows].join("\n") + "\n");
  }

  run(...args) {
    const ended = spawnSync(BINARY, ["--workspace", this.root, ...args], { encoding: "utf8" });
    if (ended.status !== 0) throw new Error(`lariat ${args.join(" ")}: ${ended.stderr}${ended.stdout}`);
    return ended.stdout;
  }

  read(path) {
    return readFileSync(join(this.root, path), "utf8");
  }

  write(path, text) {
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
