//! A machine with one file of tests.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use mlua::{Function, IntoLuaMulti, MultiValue, Table, Value};
use tokio_util::sync::CancellationToken;

use super::natives::natives;
use crate::budgets::Budgets;
use crate::load::{Code, Library, Module, Source};
use crate::raised::words;
use crate::run::{Run, Stopped};
use crate::vm::Vm;

/// What tests see, each part on the ones before it; `files.luau` comes last.
const PARTS: [&str; 8] = [
    include_str!("lua/values.luau"),
    include_str!("lua/outside.luau"),
    include_str!("lua/within.luau"),
    include_str!("lua/routine.luau"),
    include_str!("lua/pool.luau"),
    include_str!("lua/hook.luau"),
    include_str!("lua/provider.luau"),
    include_str!("lua/t.luau"),
];

/// A machine in which one file of tests can be run, once.
pub(super) struct Bench {
    vm: Rc<Vm>,
    run: Rc<Run>,
    /// `names(chunk, env)` of `files.luau`.
    names: Function,
    /// `test(chunk, env, name)` of `files.luau`.
    test: Function,
    /// What was printed so far, a line each.
    output: Table,
    chunk: Function,
}

impl Bench {
    /// A fresh one; or what is wrong with the file.
    pub(super) fn new(
        source: &Source,
        library: &Arc<Library>,
        budgets: &Arc<Budgets>,
        scripts_dir: &Path,
    ) -> Result<Self, String> {
        let code = Code::compile(&source.display, &source.text).map_err(|error| error.to_string())?;
        let module =
            Module { display: source.display.clone(), code: Arc::new(code), library: library.clone() };
        Self::with(Arc::new(module), budgets, scripts_dir).map_err(|error| words(&error))
    }

    fn with(module: Arc<Module>, budgets: &Arc<Budgets>, scripts_dir: &Path) -> mlua::Result<Self> {
        let vm = Rc::new(Vm::new(budgets)?);
        let natives = natives(&vm, scripts_dir.to_owned())?;
        let shared = vm.lua().create_table()?;
        for list in ["output", "faults", "raised"] {
            shared.raw_set(list, vm.lua().create_table()?)?;
        }
        let load = |text: &str| vm.lua().load(text).set_name("=[testing]").into_function();
        for part in PARTS {
            load(part)?.call::<()>((&natives, &shared))?;
        }
        let (names, test, output) = load(include_str!("lua/files.luau"))?.call((natives, shared))?;
        let gauge = vm.gauge.clone();
        let run = Rc::new(Run::new(module.clone(), None, budgets.clone(), gauge, CancellationToken::new()));
        let chunk = vm.prepare(&module, &run)?;
        if let Some(env) = run.env.borrow().as_ref() {
            // So that `lariat` and `print` may be others than the machine's.
            env.set_safeenv(false);
        }
        Ok(Self { vm, run, names, test, output, chunk })
    }

    /// The tests' names in their order.
    pub(super) fn names(self) -> Result<Vec<String>, String> {
        let returned = self.call(&self.names, ())?;
        let Some(Value::Table(names)) = returned else { return Ok(Vec::new()) };
        Ok(names.sequence_values::<String>().flatten().collect())
    }

    /// Runs a test: what failed, and what it printed.
    pub(super) fn test(self, name: &str) -> (Option<String>, Vec<String>) {
        let failure = self.call(&self.test, name).err();
        (failure, self.output.sequence_values::<String>().flatten().collect())
    }

    /// Calls a function with the file's chunk and globals: what it gives, or what was
    /// raised.
    fn call(&self, function: &Function, more: impl IntoLuaMulti) -> Result<Option<Value>, String> {
        let host = |error: &mlua::Error| match error {
            mlua::Error::MemoryError(_) => MEMORY.to_owned(),
            other => words(other),
        };
        let lua = self.vm.lua();
        let env = self.run.env.borrow().clone();
        let mut given = (self.chunk.clone(), env).into_lua_multi(lua).map_err(|error| host(&error))?;
        given.extend(more.into_lua_multi(lua).map_err(|error| host(&error))?);
        let thread = lua.create_thread(function.clone()).map_err(|error| host(&error))?;
        let returned = loop {
            let step = self.run.step(lua, || thread.resume::<MultiValue>(std::mem::take(&mut given)));
            match self.run.stopped() {
                Some(Stopped::OverBudget(_)) => return Err(self.endless()),
                Some(_) => return Err(MEMORY.into()),
                None => {}
            }
            match step {
                // A coroutine.yield of a test: nobody to hand it to.
                Ok(_) if thread.is_resumable() => {}
                Ok(returned) => break returned,
                Err(error) => return Err(host(&error)),
            }
        };
        let mut returned = returned.into_iter();
        match (returned.next(), returned.next()) {
            (Some(Value::Boolean(true)), value) => Ok(value),
            (_, Some(Value::String(told))) => Err(told.to_string_lossy()),
            _ => Err(MEMORY.into()),
        }
    }

    fn endless(&self) -> String {
        let limit = lariat_core::duration::Span::from(self.run.budgets().load);
        format!(
            "{}: computed for {limit} without waiting for anything, as an endless loop does",
            self.run.place()
        )
    }
}

const MEMORY: &str = "ran out of memory";

impl Drop for Bench {
    fn drop(&mut self) {
        self.run.end();
    }
}
