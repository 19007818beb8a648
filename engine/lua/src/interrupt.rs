//! The only unsafe code of this crate: Luau's interrupt, raw.
//!
//! Luau calls it at every loop's end, call and return, and inside pattern matching.
//! mlua's closure around it costs 17–85 % of a script's speed, this function a few
//! per cent: nearly always it compares two numbers and returns.

#![allow(unsafe_code)]

use std::os::raw::{c_char, c_int, c_void};

use mlua::{Lua, ffi, lua_State};

use crate::run::{Orders, at_tick, collected};
use crate::ticker;

/// What a coroutine inside a run yields when its time slice is over. The prelude's
/// `coroutine.resume` passes it on to the host; scripts never see it.
static SLICE: u8 = 0;

/// The address of [`SLICE`], as the prelude compares it.
pub(crate) fn slice_marker() -> mlua::LightUserData {
    mlua::LightUserData((&raw const SLICE).cast_mut().cast())
}

/// Puts the interrupt into a VM.
pub(crate) fn install(lua: &Lua) {
    lua.exec_raw_lua(|raw| {
        // SAFETY: the state is valid while `raw` is borrowed, and so is the struct
        // of callbacks that Luau keeps for it. mlua writes this field in
        // `set_interrupt` only, which nobody here calls.
        unsafe { (*ffi::lua_callbacks(raw.state())).interrupt = Some(interrupt) };
    });
}

/// `gc` is the collector's state when the collector calls, and negative elsewhere.
unsafe extern "C-unwind" fn interrupt(state: *mut lua_State, gc: c_int) {
    if gc >= 0 || !ticker::ticked() {
        return;
    }
    match at_tick(used(state)) {
        Orders::GoOn => {}
        // SAFETY: as below; and where Luau can yield it can collect, since all that
        // the interrupted code uses is on its stack.
        Orders::Collect => unsafe {
            if ffi::lua_isyieldable(state) != 0 {
                ffi::lua_gc(state, ffi::LUA_GCCOLLECT, 0);
                collected(used(state));
            }
        },
        // SAFETY: Luau called with a valid state, at a point where it may raise and,
        // as `lua_isyieldable` tells, perhaps yield. No value with a destructor is
        // alive in this frame when an error unwinds it.
        Orders::Pause => unsafe {
            if ffi::lua_isyieldable(state) != 0 {
                pause(state);
            }
        },
        // SAFETY: as above.
        Orders::Stop(message) => unsafe {
            if ffi::lua_isyieldable(state) != 0 {
                pause(state);
            } else {
                let text = message.as_ptr().cast::<c_char>();
                ffi::lua_checkstack(state, 1);
                ffi::lua_pushlstring_(state, text, message.len());
                ffi::lua_error(state);
            }
        },
    }
}

/// The bytes that a machine has in use.
fn used(state: *mut lua_State) -> usize {
    // SAFETY: Luau called with this state; counting changes nothing.
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
