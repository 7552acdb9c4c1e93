//! The server's thread: one task accepts connections, and each connection has one task that reads and one that writes.

use std::net::SocketAddrV4;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::session::Flow;
use crate::wire;
use crate::world::{Connection, Outgoing, World};

/// The world, and a condition variable for threads that wait for it to change.
pub struct Shared {
    world: Mutex<World>,
    changed: Condvar,
}

/// Write access to the world; dropping it wakes the waiting threads. A whole change happens at one instant, so that the
/// dates in updates equal the stored ones.
pub struct Changing<'a> {
    world: MutexGuard<'a, World>,
    changed: &'a Condvar,
}

impl Deref for Changing<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Changing<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.world.generation += 1;
        self.world.instant = None;
        self.changed.notify_all();
    }
}

impl Shared {
    pub fn read(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn change(&self) -> Changing<'_> {
        let mut world = self.read();
        world.instant = Some(world.clock.seconds());
        Changing { world, changed: &self.changed }
    }

    /// Waits until the world is no longer at `generation`, or until `bound`.
    pub fn wait_past(&self, generation: u64, bound: Instant) {
        /// The clock can advance without a change, so check again from time to time.
        const TICK: Duration = Duration::from_millis(50);
        let left = bound.saturating_duration_since(Instant::now()).min(TICK);
        let _woken = self
            .changed
            .wait_timeout_while(self.read(), left, |world| world.generation == generation)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

/// A running server. Dropping it closes everything.
pub struct Server {
    pub shared: Arc<Shared>,
    pub address: SocketAddrV4,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    pub fn start(clock: Clock) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let std::net::SocketAddr::V4(address) = listener.local_addr()? else {
            return Err(std::io::Error::other("an IPv4 socket with an IPv6 address"));
        };
        let shared = Arc::new(Shared { world: Mutex::new(World::new(address, clock)), changed: Condvar::new() });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("fake-telegram".to_owned()).spawn(move || {
            runtime.block_on(async {
                let repeating = tokio::spawn(repeat_presses(Arc::clone(&serving)));
                let accepting = tokio::spawn(accept(listener, serving));
                // An error means that the server was dropped: stop too.
                let _ = stopped.await;
                accepting.abort();
                repeating.abort();
            });
            // Dropping the runtime drops every task with its socket.
        })?;
        Ok(Self { shared, address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // The connection failed before it was accepted, or there are too many.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        open(stream, &shared);
    }
}

/// Delivers unanswered presses again when they are due by the server clock.
async fn repeat_presses(shared: Arc<Shared>) {
    const LOOK: Duration = Duration::from_millis(100);
    loop {
        tokio::time::sleep(LOOK).await;
        if shared.read().has_due_press() {
            shared.change().repeat_due_presses();
        }
    }
}

fn open(stream: TcpStream, shared: &Arc<Shared>) {
    let mut world = shared.change();
    if world.faults.refuse {
        return;
    }
    // Only a matter of speed.
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let (queue, queued) = unbounded_channel();
    let id = world.next_connection_id();
    // Both tasks wait for the lock that is held here.
    let tasks = vec![
        tokio::spawn(read(reader, id, Arc::clone(shared))).abort_handle(),
        tokio::spawn(write(writer, queued, id, Arc::clone(shared))).abort_handle(),
    ];
    let dead = world.faults.silence;
    world.connections.insert(id, Connection { queue, session: None, dead, ping_deadline: None, tasks });
}

async fn read(mut stream: OwnedReadHalf, id: u64, shared: Arc<Shared>) {
    let mut sequence = 0;
    loop {
        let frame = read_frame(&mut stream);
        let deadline = shared.read().connections.get(&id).and_then(|open| open.ping_deadline);
        let frame = match deadline {
            Some(deadline) => match tokio::time::timeout_at(deadline.into(), frame).await {
                Ok(frame) => frame,
                Err(_) => {
                    let mut world = shared.change();
                    let Some(open) = world.connections.get_mut(&id).filter(|open| open.dead) else {
                        break;
                    };
                    // A connection that a fault made dead is not closed.
                    open.ping_deadline = None;
                    continue;
                }
            },
            None => frame.await,
        };
        let Ok(frame) = frame else {
            break;
        };
        let payload = frame.map_err(|bad| format!("{bad:?}"));
        let mut world = shared.change();
        let flow = match payload {
            Ok(mut bytes) => match wire::unframe(&mut bytes, sequence) {
                Ok(payload) => world.receive(id, payload),
                Err(bad) => refuse_frame(&mut world, id, &format!("{bad:?}")),
            },
            Err(bad) => refuse_frame(&mut world, id, &bad),
        };
        sequence += 1;
        if flow == Flow::Close {
            break;
        }
    }
    shared.change().close(id);
}

fn refuse_frame(world: &mut World, id: u64, why: &str) -> Flow {
    world.violation(format!("connection {id}: not the full transport: {why}"));
    world.send(id, Outgoing::TransportError(wire::UNKNOWN_KEY));
    Flow::Continue
}

/// A whole frame, not checked yet; the error is the socket's.
async fn read_frame(stream: &mut OwnedReadHalf) -> std::io::Result<Result<Vec<u8>, wire::BadFrame>> {
    let mut prefix = [0; 4];
    stream.read_exact(&mut prefix).await?;
    let length = match wire::frame_length(prefix) {
        Ok(length) => length,
        Err(bad) => return Ok(Err(bad)),
    };
    let mut frame = vec![0; length];
    frame[..4].copy_from_slice(&prefix);
    stream.read_exact(&mut frame[4..]).await?;
    Ok(Ok(frame))
}

async fn write(mut stream: OwnedWriteHalf, mut queued: UnboundedReceiver<Outgoing>, id: u64, shared: Arc<Shared>) {
    const BATCH: usize = 256;
    let mut sequence = 0;
    let mut batch = Vec::new();
    'open: while queued.recv_many(&mut batch, BATCH).await > 0 {
        let mut messages = Vec::new();
        let mut last_words = None;
        for outgoing in batch.drain(..) {
            match outgoing {
                Outgoing::Message { session, weight, body } => messages.push((session, weight, body)),
                Outgoing::Unencrypted(message) => {
                    let frame = wire::frame(&[&message], sequence);
                    sequence += 1;
                    if stream.write_all(&frame).await.is_err() {
                        break 'open;
                    }
                }
                Outgoing::TransportError(code) => {
                    last_words = Some(code);
                    break;
                }
            }
        }
        while !messages.is_empty() {
            let packed = {
                let mut world = shared.read();
                match world.connections.get(&id) {
                    Some(open) if open.dead => {
                        messages.clear();
                        None
                    }
                    Some(_) => world.pack(&mut messages),
                    None => break 'open,
                }
            };
            let Some((auth, plain)) = packed else {
                continue;
            };
            let frame = wire::seal(&auth, plain, sequence);
            sequence += 1;
            if stream.write_all(&frame).await.is_err() {
                break 'open;
            }
        }
        if let Some(code) = last_words {
            // The code three times, where a frame has its length; Telegram's servers do the same.
            let error = code.to_le_bytes().repeat(3);
            // The connection ends here whether this is delivered or not.
            let _ = stream.write_all(&error).await;
            let _ = stream.shutdown().await;
            break;
        }
    }
    shared.change().close(id);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_change_happens_at_one_instant() {
        let server = Server::start(Clock::at(100)).expect("a socket on loopback");
        server.shared.change().clock.freeze(true);
        let mut world = server.shared.change();
        let now = world.now();
        world.clock.advance(10);
        assert_eq!(world.now(), now);
        drop(world);
        assert_eq!(server.shared.read().now(), now + 10);
    }
}
