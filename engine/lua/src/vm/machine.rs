//! One Luau machine: the runs of one tenant on one thread, each in its own globals.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::Instant;

use mlua::chunk::ChunkMode;
use mlua::state::{GcIncParams, GcMode};
use mlua::{Function, Lua, Result, Table};

use super::sandbox;
use crate::api;
use crate::budgets::Budgets;
use crate::kind::ScriptKind;
use crate::load::{Code, Module};
use crate::run::{Gauge, Run};

/// A machine with everything scripts see, and the code that ran in it.
pub(crate) struct Vm {
    lua: Lua,
    /// `run(verb, chunk, ctx, …)` of the prelude.
    pub(super) run: Function,
    /// `describe(chunk)` of the prelude.
    pub(crate) describe: Function,
    /// How full it is.
    pub(crate) gauge: Rc<Gauge>,
    /// The metatables of `ctx`, by kind.
    ctx_metas: Table,
    env_meta: Table,
    /// Runs that live in it.
    pub(super) live: Cell<usize>,
    /// Set when memory ran out: no new run comes here.
    pub(super) retired: Cell<bool>,
    /// When the last run ended.
    pub(super) idle_since: Cell<Instant>,
}

/// The functions that evaluate files, compiled once for each machine.
#[derive(Default)]
struct Chunks(RefCell<HashMap<u64, (Weak<Code>, Function)>>);

impl Vm {
    /// A fresh machine.
    pub(crate) fn new(budgets: &Budgets) -> Result<Self> {
        let lua = sandbox::bare()?;
        let natives = api::natives(&lua)?;
        let prelude = lua.load(include_str!("../prelude.luau")).set_name("=[lariat]");
        let (run, describe, ctx_metas) = prelude.call((natives,))?;
        let env_meta = lua.create_table()?;
        // The read-only globals; the main thread gets others, above them, like each run.
        env_meta.raw_set("__index", lua.globals())?;
        lua.sandbox(true)?;
        env_meta.raw_set("__metatable", "globals")?;
        env_meta.set_readonly(true);
        lua.set_app_data(Chunks::default());
        lua.set_memory_limit(budgets.memory)?;
        // Larger steps than Luau's own, so that it keeps up with large texts.
        lua.gc_set_mode(GcMode::Incremental(
            GcIncParams::default().goal(150).step_multiplier(400).step_size(512),
        ));
        Ok(Self {
            lua,
            run,
            describe,
            gauge: Rc::new(Gauge::new(budgets.memory)),
            ctx_metas,
            env_meta,
            live: Cell::new(0),
            retired: Cell::new(false),
            idle_since: Cell::new(Instant::now()),
        })
    }

    pub(crate) fn lua(&self) -> &Lua {
        &self.lua
    }

    /// The function that evaluates a run's file, in globals made for this run.
    pub(crate) fn prepare(&self, module: &Module, run: &Run) -> Result<Function> {
        if self.gauge.is_high(self.lua.used_memory()) {
            self.lua.gc_collect()?;
            self.gauge.collected(self.lua.used_memory());
        }
        let env = self.lua.create_table()?;
        env.raw_set("_G", &env)?;
        env.set_metatable(Some(self.env_meta.clone()))?;
        env.set_safeenv(true);
        let chunk = chunk_of(&self.lua, &module.code)?;
        chunk.set_environment(env.clone())?;
        *run.env.borrow_mut() = Some(env);
        Ok(chunk)
    }

    /// A `ctx` of these fields.
    pub(super) fn ctx(&self, kind: ScriptKind, fields: Table) -> Result<Table> {
        fields.set_metatable(Some(self.ctx_metas.raw_get(kind.word())?))?;
        fields.set_readonly(true);
        Ok(fields)
    }
}

/// A function of its own that evaluates this code.
pub(crate) fn chunk_of(lua: &Lua, code: &Arc<Code>) -> Result<Function> {
    let known = lua
        .app_data_ref::<Chunks>()
        .and_then(|chunks| chunks.0.borrow().get(&code.id).map(|(_, function)| function.clone()));
    let function = match known {
        Some(function) => function,
        None => {
            let function = lua
                .load(code.bytecode.as_slice())
                .set_mode(ChunkMode::Binary)
                .set_name(format!("={}", code.display))
                .into_function()?;
            if let Some(chunks) = lua.app_data_ref::<Chunks>() {
                let mut chunks = chunks.0.borrow_mut();
                chunks.retain(|_, (code, _)| code.strong_count() > 0);
                chunks.insert(code.id, (Arc::downgrade(code), function.clone()));
            }
            function
        }
    };
    function.deep_clone()
}
