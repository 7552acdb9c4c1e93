//! Events in group calls, and the updates that clients get about them.

use std::collections::HashMap;

use grammers_tl_types::{enums, types};

use crate::view::{Mentioned, peer};
use crate::world::{Bare, Call, CallKind, Id, Participant, World, bare};

/// Wraps updates that carry neither pts nor seq.
pub fn container(world: &World, viewer: Id, updates: Vec<enums::Update>, mentioned: &Mentioned) -> enums::Updates {
    types::Updates {
        updates,
        users: mentioned.users(world, viewer, world.faults.min_objects),
        chats: mentioned.chats(world, viewer),
        date: world.date(),
        seq: 0,
    }
    .into()
}

/// The update after which clients should request a group again.
fn group_changed(group: Id) -> Option<enums::Update> {
    match bare(group) {
        Bare::Channel(channel_id) => Some(types::UpdateChannel { channel_id }.into()),
        Bare::Chat(chat_id) => Some(types::UpdateChat { chat_id }.into()),
        Bare::User(_) => None,
    }
}

impl World {
    /// Creates a call; it becomes the group's current one if it is an ordinary group call.
    pub fn create_call(&mut self, group: Id, kind: CallKind, scheduled: Option<i64>) -> i64 {
        let id = self.next_call_id();
        let started = self.now();
        if kind == CallKind::Group {
            let group = self.group_mut(group);
            assert!(group.call.is_none(), "a call runs already");
            assert!(group.migrated_to.is_none(), "the group was migrated");
            group.call = Some(id);
        }
        self.calls.insert(
            id,
            Call {
                id,
                kind,
                group,
                version: 1,
                scheduled,
                started,
                ended: false,
                listeners_hidden: false,
                titles: Vec::new(),
                participants: HashMap::new(),
                last_rank: 0,
                past: Vec::new(),
            },
        );
        self.push_call(id);
        id
    }

    pub fn start_scheduled_call(&mut self, id: i64) {
        let now = self.now();
        let call = self.call_mut(id);
        assert!(call.scheduled.is_some(), "call {id} is not a scheduled one");
        call.scheduled = None;
        call.started = now;
        self.push_call(id);
    }

    pub fn end_call(&mut self, id: i64) {
        let now = self.now();
        let call = self.call_mut(id);
        assert!(!call.ended, "call {id} has ended already");
        call.end(now);
        let group = call.group;
        let group = self.group_mut(group);
        if group.call == Some(id) {
            group.call = None;
        }
        self.push_call(id);
    }

    pub fn join_call(&mut self, id: i64, who: Id, date: i64) {
        assert!(self.people.contains_key(&who) || self.groups.contains_key(&who), "there is no peer {who}");
        let source = self.next_source();
        let now = self.now();
        let call = self.call_mut(id);
        assert!(!call.ended, "call {id} has ended");
        assert!(call.scheduled.is_none(), "call {id} has not started");
        call.take_out(who, now);
        let rank = call.next_rank();
        call.participants.insert(who, Participant { date, source, rank, ..Participant::default() });
        call.version += 1;
        self.push_participant(id, who, |p| {
            p.just_joined = true;
            p.versioned = true;
        });
    }

    pub fn leave_call(&mut self, id: i64, who: Id) {
        let now = self.now();
        let call = self.call_mut(id);
        // Panics if they are not in it.
        let muted = call_participant(call, who).muted;
        if call.listeners_hidden && muted {
            // They were not in the list, so only the new count is pushed.
            call.take_out(who, now);
            self.push_call(id);
            return;
        }
        call.version += 1;
        self.push_participant(id, who, |p| {
            p.left = true;
            p.versioned = true;
        });
        self.call_mut(id).take_out(who, now);
    }

    pub fn mute_in_call(&mut self, id: i64, who: Id, muted: bool) {
        let call = self.call_mut(id);
        call.version += 1;
        call_participant(call, who).muted = muted;
        self.push_participant(id, who, |p| p.versioned = true);
    }

    /// The first participant in the list mutes or unmutes themselves: a versioned update. Returns false if the list is
    /// empty.
    pub fn toggle_mute(&mut self, id: i64) -> bool {
        let Some(who) = self.call(id).listed().first().copied() else {
            return false;
        };
        let muted = call_participant(self.call_mut(id), who).muted;
        self.mute_in_call(id, who, !muted);
        true
    }

    pub fn speak_in_call(&mut self, id: i64, who: Id) {
        let now = self.now();
        let call = self.call_mut(id);
        let rank = call.next_rank();
        let participant = call_participant(call, who);
        participant.active = Some(now);
        participant.rank = rank;
        self.push_participant(id, who, |_| {});
    }

    pub fn raise_hand_in_call(&mut self, id: i64, who: Id) {
        let now = self.now();
        self.set_in_call(id, who, |participant| participant.raised = Some(now));
    }

    /// Turns a hand, the camera or a shared screen on or off: a versioned update.
    pub fn set_in_call(&mut self, id: i64, who: Id, set: impl FnOnce(&mut Participant)) {
        let call = self.call_mut(id);
        call.version += 1;
        set(call_participant(call, who));
        self.push_participant(id, who, |p| p.versioned = true);
    }

    /// Gives a call a title; an empty one removes the title.
    pub fn title_call(&mut self, id: i64, title: &str) {
        self.call_mut(id).titles.push(title.to_owned());
        self.push_call(id);
    }

    pub fn hide_listeners(&mut self, id: i64, hidden: bool) {
        self.call_mut(id).listeners_hidden = hidden;
        self.push_call(id);
    }

    /// Pushes to all listening members of a group, unless pushes of the group are turned off.
    fn push_to_members(&mut self, group: Id, make: impl Fn(&World, Id) -> enums::Updates) {
        if !self.faults.quiet_groups.contains(&group) {
            self.push(|world, account| world.is_member(group, account), None, make);
        }
    }

    /// Pushes the current state of the call to the group's members.
    pub fn push_call(&mut self, id: i64) {
        let call = self.call(id);
        let (group, kind) = (call.group, call.kind);
        let omit_peer = self.faults.omit_call_peer || kind == CallKind::Conference;
        self.push_to_members(group, |world, viewer| {
            let update = types::UpdateGroupCall {
                live_story: kind == CallKind::LiveStory,
                peer: (!omit_peer).then(|| peer(group)),
                call: world.group_call(viewer, id),
            };
            let mut updates = vec![update.into()];
            if kind == CallKind::Group {
                updates.extend(group_changed(group));
            }
            container(world, viewer, updates, &Mentioned::of([group]))
        });
    }

    /// Pushes the current state of the call to the group's members, in a container without other updates; without
    /// `peer` nothing in the container names the group.
    pub fn push_call_alone(&mut self, id: i64, with_peer: bool) {
        let call = self.call(id);
        let (group, live_story) = (call.group, call.kind == CallKind::LiveStory);
        let named = with_peer.then_some(group);
        self.push_to_members(group, |world, viewer| {
            let call = world.group_call(viewer, id);
            let update = types::UpdateGroupCall { live_story, peer: named.map(peer), call };
            container(world, viewer, vec![update.into()], &Mentioned::of(named))
        });
    }

    /// Pushes to somebody that their membership in a group has begun, ended or changed.
    pub fn push_membership(&mut self, group: Id, user: Id) {
        self.push(
            |_, account| account == user,
            None,
            |world, viewer| {
                let updates = group_changed(group).into_iter().collect();
                container(world, viewer, updates, &Mentioned::of([group]))
            },
        );
    }

    /// Pushes to the group's members that they should request the group again.
    pub fn push_group(&mut self, group: Id) {
        self.push_to_members(group, |world, viewer| {
            let updates = group_changed(group).into_iter().collect();
            container(world, viewer, updates, &Mentioned::of([group]))
        });
    }

    /// Pushes one participant, changed by `mark`, to the group's members. Nothing in the container names the group.
    fn push_participant(&mut self, id: i64, who: Id, mark: impl Fn(&mut types::GroupCallParticipant)) {
        let call = self.call(id);
        let (group, version) = (call.group, call.version);
        self.push_to_members(group, |world, viewer| {
            let participants = world
                .participant(viewer, id, who)
                .map(|mut participant| {
                    if world.faults.min_objects {
                        participant.min = true;
                        participant.is_self = false;
                    }
                    mark(&mut participant);
                    participant.into()
                })
                .into_iter()
                .collect();
            let update =
                types::UpdateGroupCallParticipants { call: world.input_call(viewer, id), participants, version };
            container(world, viewer, vec![update.into()], &Mentioned::of([who]))
        });
    }
}

fn call_participant(call: &mut Call, who: Id) -> &mut Participant {
    let id = call.id;
    call.participants.get_mut(&who).unwrap_or_else(|| panic!("{who} is not in call {id}"))
}
