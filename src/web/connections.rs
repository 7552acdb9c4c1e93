//! The open connections, and the choice of the one to close when there are too many.
//!
//! ```text
//! accepted ──► quiet ──request──► busy ──answer──► quiet ──► …
//! ``` A connection is busy only while its answer is computed. At a limit, the connection that has been quiet for
//! longest is closed; if all are busy, the new one is refused.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// The maximum number of open connections.
const MAX_CONNECTIONS: usize = 256;
/// The maximum number of open connections of one client.
pub(super) const MAX_CLIENT_CONNECTIONS: usize = 128;

/// All open connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections(Arc<Mutex<Table>>);

impl Connections {
    /// Registers a connection of `client`; `None` if there is no room.
    pub(super) fn open(&self, client: IpAddr) -> Option<Slot> {
        let (number, end) = self.table().admit(client)?;
        Some(Slot { number, end, connections: self.clone() })
    }

    /// Closes the connection that has been quiet for longest.
    pub(super) fn end_quietest(&self) {
        self.table().end_quietest(|_| true);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection. Dropping it frees the place.
#[derive(Debug)]
pub(super) struct Slot {
    number: u64,
    /// Cancelled when the connection must end at once.
    pub(super) end: CancellationToken,
    connections: Connections,
}

impl Slot {
    /// Marks the connection as busy until the result is dropped.
    pub(super) fn busy(&self) -> Busy<'_> {
        self.connections.table().set_busy(self.number, true);
        Busy(self)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.table().open.remove(&self.number);
    }
}

pub(super) struct Busy<'a>(&'a Slot);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.connections.table().set_busy(self.0.number, false);
    }
}

#[derive(Debug, Default)]
struct Table {
    open: BTreeMap<u64, Connection>,
    /// Counts events: a connection with a lower number has been quiet for longer.
    events: u64,
}

#[derive(Debug)]
struct Connection {
    client: IpAddr,
    /// The event since which it is quiet; `None` while it is busy.
    quiet: Option<u64>,
    end: CancellationToken,
}

impl Table {
    fn admit(&mut self, client: IpAddr) -> Option<(u64, CancellationToken)> {
        if self.open.values().filter(|open| open.client == client).count() >= MAX_CLIENT_CONNECTIONS {
            self.end_quietest(|open| open.client == client)?;
        } else if self.open.len() >= MAX_CONNECTIONS {
            self.end_quietest(|_| true)?;
        }
        let (number, end) = (self.event(), CancellationToken::new());
        self.open.insert(number, Connection { client, quiet: Some(number), end: end.clone() });
        Some((number, end))
    }

    /// Closes the connection that has been quiet for longest; `None` if all are busy.
    fn end_quietest(&mut self, among: impl Fn(&Connection) -> bool) -> Option<()> {
        let quiet = self.open.iter().filter(|(_, open)| among(open));
        let quietest = quiet.filter_map(|(number, open)| Some((open.quiet?, *number))).min();
        self.open.remove(&quietest?.1)?.end.cancel();
        Some(())
    }

    fn set_busy(&mut self, number: u64, is_busy: bool) {
        let event = self.event();
        if let Some(open) = self.open.get_mut(&number) {
            open.quiet = (!is_busy).then_some(event);
        }
    }

    fn event(&mut self) -> u64 {
        self.events += 1;
        self.events
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn client(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    /// Opens as many connections of a client as it may have.
    fn fill(connections: &Connections, number: u32) -> Vec<Slot> {
        (0..MAX_CLIENT_CONNECTIONS).map(|_| connections.open(client(number)).unwrap()).collect()
    }

    fn ended(slots: &[Slot]) -> Vec<usize> {
        slots.iter().enumerate().filter(|(_, slot)| slot.end.is_cancelled()).map(|(index, _)| index).collect()
    }

    #[test]
    fn a_client_with_too_many_connections_loses_the_one_that_was_quiet_for_longest() {
        let connections = Connections::default();
        let slots = fill(&connections, 1);
        let other = connections.open(client(2)).unwrap();
        // After its answer, the first connection has been quiet for the shortest time; the second one is busy.
        drop(slots[0].busy());
        let _busy = slots[1].busy();
        let _more = [connections.open(client(1)).unwrap(), connections.open(client(1)).unwrap()];
        assert_eq!((ended(&slots), other.end.is_cancelled()), (vec![2, 3], false));
    }

    #[test]
    fn a_client_whose_connections_are_all_busy_gets_no_further_one() {
        let connections = Connections::default();
        let slots = fill(&connections, 1);
        let mut busy: Vec<Busy> = slots.iter().map(Slot::busy).collect();
        assert!(connections.open(client(1)).is_none() && connections.open(client(2)).is_some());
        busy.remove(5);
        assert!(connections.open(client(1)).is_some());
        assert_eq!(ended(&slots), [5]);
    }

    #[test]
    fn if_all_places_are_taken_the_quietest_connection_of_all_ends() {
        let connections = Connections::default();
        let clients = (MAX_CONNECTIONS / MAX_CLIENT_CONNECTIONS) as u32;
        let slots: Vec<Slot> = (0..clients).flat_map(|number| fill(&connections, number)).collect();
        let new = connections.open(client(clients)).unwrap();
        assert_eq!((ended(&slots), new.end.is_cancelled()), (vec![0], false));
        let _busy: Vec<Busy> = slots.iter().chain([&new]).map(Slot::busy).collect();
        assert!(connections.open(client(clients)).is_none());
        drop(slots[7].busy());
        connections.end_quietest();
        assert_eq!(ended(&slots), [0, 7]);
    }

    #[test]
    fn a_place_is_free_after_its_connection() {
        let connections = Connections::default();
        for _ in 0..3 {
            let slots = fill(&connections, 1);
            assert_eq!(ended(&slots), [0; 0]);
        }
        assert!(connections.table().open.is_empty());
    }
}
