//! What holds for the whole process, from its first moment on: its files and its memory are for its user alone, and
//! signals that mean nothing to it do not end it.

/// Protects the process. What the system refuses, as in a service whose rights are limited, is left: the service's own
/// limits (`LimitCORE=0`) say the same.
pub fn protect() {
    #[cfg(unix)]
    {
        // Before the first file is created: only the user may read the store, the logs and the logins.
        rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
        refuse_core_dumps();
        ignore_user_signals();
    }
}

/// A core dump has every secret in it. Where programs collect dumps, they ignore the limit; Linux asks the process.
#[cfg(unix)]
fn refuse_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Without a handler, SIGUSR1 and SIGUSR2 end a process.
#[cfg(unix)]
fn ignore_user_signals() {
    use signal_hook::consts::{SIGUSR1, SIGUSR2};
    for signal in [SIGUSR1, SIGUSR2] {
        // A handler that sets a flag that nobody reads; programs that are started from here do not inherit it.
        let _ = signal_hook::flag::register(signal, Default::default());
    }
}
