//! Settings of the whole process from its start: other users can't read its files and memory, and signals that mean
//! nothing to it do not end it.

/// Protects the process. Failures are ignored, for example in a service with limited rights; its own limits
/// (`LimitCORE=0`) have the same effect.
pub fn protect() {
    #[cfg(unix)]
    {
        // Before the first file is created: only the user may read the store, the logs and the logins.
        rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
        refuse_core_dumps();
        ignore_user_signals();
    }
}

/// A core dump contains every secret. Programs that collect dumps ignore the limit, so on Linux the process itself is
/// marked.
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
        // The handler sets a flag that nobody reads. Child processes do not inherit it.
        let _ = signal_hook::flag::register(signal, Default::default());
    }
}
