//! Whether a connection to a relay comes from this process. Other users of the computer can connect to 127.0.0.1, too.

use std::net::SocketAddr;

/// Whether this process has the socket at the other end of our connection. `true` if the system does not show that.
#[cfg(target_os = "linux")]
pub(super) fn is_own(peer: SocketAddr, here: SocketAddr) -> bool {
    let Ok(table) = std::fs::read_to_string("/proc/self/net/tcp") else { return true };
    let Some(socket) = socket_of(&table, peer, here) else { return false };
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else { return true };
    let wanted = format!("socket:[{socket}]");
    open.flatten().any(|file| std::fs::read_link(file.path()).is_ok_and(|link| link.as_os_str() == wanted.as_str()))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_own(_: SocketAddr, _: SocketAddr) -> bool {
    true
}

/// The number of the socket that is connected from `from` to `to`, in Linux's table.
#[cfg(target_os = "linux")]
fn socket_of(table: &str, from: SocketAddr, to: SocketAddr) -> Option<&str> {
    let ends = [from, to].map(written);
    let mut rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.find(|row| row.get(1..3).is_some_and(|row| row == ends)).and_then(|row| row.get(9).copied())
}

/// Writes the address as Linux's table does, like `0100007F:1F90`: a number in the computer's byte order.
#[cfg(target_os = "linux")]
fn written(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(v4) => format!("{:08X}:{:04X}", u32::from_ne_bytes(v4.ip().octets()), v4.port()),
        SocketAddr::V6(v6) => v6.to_string(),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connection_of_this_process_is_its_own_and_no_other() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        let stream = TcpStream::connect(here).unwrap();
        let peer = stream.local_addr().unwrap();
        assert!(is_own(peer, here));
        assert!(!is_own("127.0.0.1:1".parse().unwrap(), here));
        // The process that has the socket counts, not the address.
        let handed_over = std::os::fd::OwnedFd::from(stream);
        let mut child = std::process::Command::new("sleep").arg("60").stdin(handed_over).spawn().unwrap();
        assert!(!is_own(peer, here));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
