//! A name that somebody has already: of a script and a plugin the script is used, and nothing takes
//! the place of what is built in but a hook. Each is told, and the rest of the plugin is used.

use crate::bench::Bench;
use crate::c_plugin;
use crate::live::Up;
use crate::plugins::with_plugin;

#[test]
fn of_a_script_and_a_plugin_with_one_name_the_script_is_used() {
    let bench = with_plugin();
    bench.write(
        "scripts/pools/three.lua",
        "local P = lariat.pool { name = \"three\" }\nfunction P.fetch() return { { id = \"script\" } } end\nreturn P\n",
    );
    bench.write(
        "scripts/routines/count.lua",
        "local R = lariat.routine { name = \"Count\" }\nfunction R.run() return { packs_opened = 40 } end\nreturn R\n",
    );
    bench.write(
        "scripts/hooks/trim.lua",
        "local H = lariat.hook { name = \"trim\", on = { \"before:validate\" } }\nfunction H.run() return lariat.patch { bot_count = 2 } end\nreturn H\n",
    );
    bench.write(
        "scripts/providers/boxes.lua",
        "local I = lariat.provider { name = \"boxes\" }\nfunction I.probe() return \"ready\" end\nreturn I\n",
    );
    let ran = bench.run(&["launch", "G", "--json"]).exits(0);
    for (noun, name, file) in [
        ("pool type", "three", "pools/three.lua"),
        ("routine", "Count", "routines/count.lua"),
        ("hook", "trim", "hooks/trim.lua"),
        ("provider", "boxes", "providers/boxes.lua"),
    ] {
        let told = format!("{noun} \"{name}\" is in ");
        let line = ran.err.lines().find(|line| line.contains(&told) && line.contains("sample.so"));
        let line = line.unwrap_or_else(|| panic!("{told}: {}", ran.err));
        assert!(line.contains(file) && line.contains("already; that one is used"), "{line}");
    }
    let report = ran.json()[0].clone();
    assert_eq!(
        (&report["totals"]["packs_opened"], &report["launched_bots"]),
        (&40.into(), &2.into()),
        "{report}"
    );
}

#[test]
fn nothing_takes_the_place_of_a_built_in_pool_type_or_provider() {
    let bench = with_usurper();
    bench.group("G", 0, 1, "");
    let ran = bench.run(&["launch", "G", "--json"]).exits(0);
    for (noun, name) in [("pool type", "file"), ("pool type", "sql"), ("provider", "static")] {
        ran.says(&format!("usurper.so: {noun} \"{name}\" is in built-in already; that one is used"));
    }
    assert_eq!(ran.json()[0]["accounts"]["completed"], 1);
}

#[test]
fn one_that_comes_while_the_engine_runs_takes_nothing_either() {
    let bench = with_usurper();
    std::fs::rename(bench.path("plugins/usurper"), bench.path("usurper")).unwrap();
    bench.group("G", 0, 1, "");
    let mut up = Up::start(&bench, &[]);
    std::fs::rename(bench.path("usurper"), bench.path("plugins/usurper")).unwrap();
    let mut told = Vec::from([0; 2].map(|_| up.until_type("extension.failed")["error"].to_string()));
    told.sort();
    for (told, name) in told.iter().zip(["file", "sql"]) {
        let expected =
            format!("usurper.so: pool type \\\"{name}\\\" is in built-in already; that one is used");
        assert!(told.contains(&expected), "{told}");
    }
    assert_eq!(bench.launch("G")["accounts"]["completed"], 1);
}

/// A plugin that calls itself what is built in.
fn with_usurper() -> Bench {
    let bench = Bench::with_accounts(1, "", "return { packs_opened = 1 }");
    let source = r#"
#include "frame.h"
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  (void)handle; (void)method; (void)has(payload, "");
  return answer(op, "{\"state\": \"on fire\"}");
}
THE_PLUGIN("usurper", "1.0.0",
  "{\"kind\": \"pool\", \"name\": \"file\"}, {\"kind\": \"pool\", \"name\": \"sql\"},"
    "{\"kind\": \"provider\", \"name\": \"static\", \"methods\": [\"probe\"]}")
"#;
    bench.write("plugins/usurper/plugin.toml", "id = \"usurper\"\nversion = \"1.0.0\"\nabi = \"1.0\"\nlibrary = \"usurper.so\"\nextension = [{kind = \"pool\", name = \"file\"}, {kind = \"pool\", name = \"sql\"}, {kind = \"provider\", name = \"static\", methods = [\"probe\"]}]\n");
    c_plugin::build(&bench, source, "plugins/usurper/usurper.so");
    bench
}
