//! The only unsafe code of this crate: Luau's interrupt, raw.
//!
//! Luau looks at every loop's end, call and return, and inside pattern matching,
//! whether an interrupt is set. The ticker sets it in machines that run at this
//! moment, and the interrupt unsets itself: between two ticks a script runs as fast
//! as without it, where mlua's closure would cost 17–85 %.

#![allow(unsafe_code)]

use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use mlua::{Lua, ffi, lua_State};
use parking_lot::Mutex;

use crate::run::{Orders, at_tick, collected, note_place};
use crate::ticker;

/// What a run yields when its time slice is over. The prelude's `coroutine.resume`
/// passes it on to the host; scripts never see it.
static SLICE: u8 = 0;

/// The address of [`SLICE`], as the prelude compares it.
pub(crate) fn slice_marker() -> mlua::LightUserData {
    mlua::LightUserData((&raw const SLICE).cast_mut().cast())
}

/// Where a machine keeps its interrupt.
struct Bell(*mut ffi::lua_Callbacks);

// SAFETY: Luau allows `interrupt` to be set from any thread while the machine exists
// (lua.h, `lua_Callbacks`), and a bell is used for nothing else.
unsafe impl Send for Bell {}

impl Bell {
    fn of(state: *mut lua_State) -> Self {
        // SAFETY: the callers pass the state of a machine that exists.
        Self(unsafe { ffi::lua_callbacks(state) })
    }

    fn set(&self, to: *mut c_void) {
        // SAFETY: the machine exists as long as its bell is in a belfry, and the field
        // is a pointer to a function, or null for none. Luau reads it as one word.
        unsafe {
            let place = (&raw mut (*self.0).interrupt).cast::<*mut c_void>();
            AtomicPtr::from_ptr(place).store(to, Ordering::Relaxed);
        }
    }

    fn ring(&self) {
        self.set(interrupt as *mut c_void);
    }

    fn silence(&self) {
        self.set(std::ptr::null_mut());
    }
}

/// The machine that runs on one thread at this moment, if any.
#[derive(Default)]
pub(crate) struct Belfry {
    bell: Mutex<Option<Bell>>,
    /// How often the bell was rung since the script last looked.
    unanswered: AtomicU32,
}

/// Held while a machine runs.
pub(crate) struct Running<'a> {
    belfry: &'a Belfry,
    /// Keeps the machine alive while its bell may be rung.
    _lua: &'a Lua,
}

impl Belfry {
    /// A machine begins to run.
    pub(crate) fn enter<'a>(&'a self, lua: &'a Lua) -> Running<'a> {
        let bell = lua.exec_raw_lua(|raw| Bell::of(raw.state()));
        self.answer();
        *self.bell.lock() = Some(bell);
        Running { belfry: self, _lua: lua }
    }

    /// Interrupts the machine that runs, and says for how many ticks it hasn't looked.
    pub(crate) fn ring(&self) -> Option<u32> {
        let inside = self.bell.lock();
        inside.as_ref()?.ring();
        Some(self.unanswered.fetch_add(1, Ordering::Relaxed))
    }

    /// The script looked.
    pub(crate) fn answer(&self) {
        self.unanswered.store(0, Ordering::Relaxed);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Some(bell) = self.belfry.bell.lock().take() {
            bell.silence();
        }
    }
}

/// `gc` is the collector's state when the collector calls, and negative elsewhere.
unsafe extern "C-unwind" fn interrupt(state: *mut lua_State, gc: c_int) {
    if gc >= 0 {
        return;
    }
    ticker::answer();
    // SAFETY: Luau calls with a valid state, at a point where it may raise and, as
    // `lua_isyieldable` tells, yield; where it can yield it can collect as well, since
    // all that the interrupted code uses is on its stack. No value with a destructor
    // is alive in this frame when an error unwinds it.
    unsafe {
        let yieldable = ffi::lua_isyieldable(state) != 0;
        let mut orders = at_tick(used(state));
        if orders == Orders::Collect && yieldable {
            ffi::lua_gc(state, ffi::LUA_GCCOLLECT, 0);
            orders = collected(used(state));
        }
        if let Orders::Stop(_) = orders {
            note_place(|| place(state));
        }
        match orders {
            Orders::GoOn | Orders::Collect => Bell::of(state).silence(),
            Orders::Pause => {
                Bell::of(state).silence();
                if yieldable {
                    pause(state);
                }
            }
            // Stays set: whatever the script does in between, it meets it again.
            Orders::Stop(_) if yieldable => pause(state),
            Orders::Stop(message) => {
                ffi::lua_checkstack(state, 1);
                ffi::lua_pushlstring_(state, message.as_ptr().cast::<c_char>(), message.len());
                ffi::lua_error(state);
            }
        }
    }
}

/// Where the innermost of a script's own calls is: `scripts/routines/x.lua:12`.
///
/// # Safety
/// `state` is valid, and inside a call.
unsafe fn place(state: *mut lua_State) -> Option<String> {
    const MOST: c_int = 200;
    for level in 0..MOST {
        // SAFETY: all fields are numbers and pointers, for which zero is a value.
        let mut call: ffi::lua_Debug = unsafe { std::mem::zeroed() };
        // SAFETY: Luau fills in what is asked for, if there is such a level.
        if unsafe { ffi::lua_getinfo(state, level, c"sl".as_ptr(), &raw mut call) } == 0 {
            break;
        }
        if call.short_src.is_null() {
            continue;
        }
        // SAFETY: a text that ends with a zero, in `call` itself or in the code's name,
        // which lives as long as the call.
        let file = unsafe { CStr::from_ptr(call.short_src) }.to_string_lossy();
        if file.ends_with(".lua") && call.currentline > 0 {
            return Some(format!("{file}:{}", call.currentline));
        }
    }
    None
}

/// The bytes that a machine has in use.
///
/// # Safety
/// `state` is valid.
unsafe fn used(state: *mut lua_State) -> usize {
    // SAFETY: counting changes nothing.
    let kilobytes = unsafe { ffi::lua_gc(state, ffi::LUA_GCCOUNT, 0) };
    usize::try_from(kilobytes).unwrap_or(0) << 10
}

/// Yields out of the running script. What a stopped run yields is never resumed, so
/// that no `pcall` of its own can hold it.
///
/// # Safety
/// `state` is valid and yieldable.
unsafe fn pause(state: *mut lua_State) {
    let marker: *mut c_void = slice_marker().0;
    // SAFETY: one free slot is asked for, then used; Luau allows a yield here.
    unsafe {
        if ffi::lua_checkstack(state, 1) != 0 {
            ffi::lua_pushlightuserdata(state, marker);
            ffi::lua_yield(state, 1);
        }
    }
}
