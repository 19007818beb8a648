//! A process that can't start others: the system refuses, whoever it runs as. Threads it can
//! have.

use std::io;

use libc::{
    BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO,
    SECCOMP_SET_MODE_FILTER, sock_filter, sock_fprog,
};

/// Where the system puts what a filter looks at: the call's number, the machine, the arguments.
const NUMBER: u32 = 0;
const MACHINE: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;

#[cfg(target_arch = "x86_64")]
const THIS_MACHINE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const THIS_MACHINE: u32 = 0xC000_00B7;

/// Refuses every new process from now on: for all threads of this one, and for good.
pub(super) fn forbid() -> io::Result<()> {
    let (load, compare, test, answer) =
        (BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_JMP | BPF_JSET | BPF_K, BPF_RET | BPF_K);
    let step = |code: u32, jt: u8, jf: u8, k: u32| sock_filter {
        code: u16::try_from(code).unwrap_or_default(),
        jt,
        jf,
        k,
    };
    let number = |call: libc::c_long| u32::try_from(call).unwrap_or(u32::MAX);
    let errno = |error: i32| SECCOMP_RET_ERRNO | error.unsigned_abs();
    let mut filter = vec![
        step(load, 0, 0, MACHINE),
        step(compare, 1, 0, THIS_MACHINE),
        // Another machine's calls have other numbers: none of them.
        step(answer, 0, 0, errno(libc::EPERM)),
        step(load, 0, 0, NUMBER),
        // Its flags can't be looked at; without it libc takes `clone`.
        step(compare, 0, 1, number(libc::SYS_clone3)),
        step(answer, 0, 0, errno(libc::ENOSYS)),
    ];
    #[cfg(target_arch = "x86_64")]
    {
        // The calls of x32, which have numbers of their own from here on.
        filter.extend([step(test, 0, 1, 0x4000_0000), step(answer, 0, 0, errno(libc::EPERM))]);
        for call in [libc::SYS_fork, libc::SYS_vfork] {
            filter.extend([step(compare, 0, 1, number(call)), step(answer, 0, 0, errno(libc::EAGAIN))]);
        }
    }
    filter.extend([
        step(compare, 0, 3, number(libc::SYS_clone)),
        step(load, 0, 0, FIRST_ARGUMENT),
        step(test, 1, 0, libc::CLONE_THREAD.unsigned_abs()),
        step(answer, 0, 0, errno(libc::EAGAIN)),
        step(answer, 0, 0, SECCOMP_RET_ALLOW),
    ]);
    let program = sock_fprog { len: u16::try_from(filter.len()).unwrap_or(0), filter: filter.as_mut_ptr() };
    // SAFETY: takes numbers only.
    let told = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    if told != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a program of that many steps, which outlives the call.
    let told = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_TSYNC,
            &raw const program,
        )
    };
    match told {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
