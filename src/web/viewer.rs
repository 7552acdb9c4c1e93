//! Who may see what on the pages (rules §5.11).
//!
//! | | boards | call, totals | a hidden person's totals | own stays | stays | the pulse | a hidden person's stays |
//! |---|---|---|---|---|---|---|---|
//! | stranger | | | | | | | |
//! | visitor | yes | | | | | | |
//! | member | yes | yes | | yes | | | |
//! | admin | yes | yes | yes | yes | yes | yes | |
//! | owner | yes | yes | yes | yes | yes | yes | yes |
//!
//! Nobody is hidden from themselves.

use crate::domain::PeerId;
use crate::domain::visibility::Visibility;

/// The permission that a link gives, and then a cookie. Groups are identified by their id, as a name may move to
/// another group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grant {
    Member {
        group: PeerId,
        /// Any account of the person.
        person: PeerId,
    },
    Admin {
        group: PeerId,
        /// An account of the admin; `None` if the link was made for nobody in particular.
        person: Option<PeerId>,
    },
    /// Everything, in every group.
    Owner,
}

impl Grant {
    /// The group that the grant is for; `None` if it is for all groups.
    pub fn group(self) -> Option<PeerId> {
        match self {
            Grant::Member { group, .. } | Grant::Admin { group, .. } => Some(group),
            Grant::Owner => None,
        }
    }
}

/// The person who requests a page: all grants of their browser. Without a login, there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Viewer(Vec<Grant>);

/// The role of a viewer in one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// May not even see that the group exists.
    Stranger,
    /// Has no login, in a group with public pages.
    Visitor,
    /// With one of their accounts.
    Member(PeerId),
    Admin(Option<PeerId>),
    Owner,
}

/// A part of what the pages show about a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// The boards and everything that is made from them: permalinks, embeds, badges, pictures, JSON and CSV.
    Boards,
    /// Who is in the call now.
    Call,
    /// A person's page without stays: the heatmap, weeks, records.
    Totals(Subject<'a>),
    /// A person's stays with their evidence.
    Stays(Subject<'a>),
    /// The numbers of the group without names (rules §5.12).
    Pulse,
}

/// The person that a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// All accounts of the person.
    pub accounts: &'a [PeerId],
    /// The person has chosen to be hidden.
    pub is_hidden: bool,
}

impl Viewer {
    /// A viewer with all of `grants`.
    pub fn new(grants: impl IntoIterator<Item = Grant>) -> Viewer {
        Viewer(grants.into_iter().collect())
    }

    pub fn grants(&self) -> &[Grant] {
        &self.0
    }

    /// Whether the viewer has no login.
    pub fn is_visitor(&self) -> bool {
        self.0.is_empty()
    }

    /// The viewer's role in a group whose `SWF_WEB` is `visibility`: the highest role of all grants.
    pub fn role(&self, group: PeerId, visibility: Visibility) -> Role {
        let role = |grant: &Grant| match *grant {
            Grant::Owner => Some(Role::Owner),
            Grant::Admin { group: own, person } if own == group => Some(Role::Admin(person)),
            Grant::Member { group: own, person } if own == group => Some(Role::Member(person)),
            _ => None,
        };
        let most = self.0.iter().filter_map(role).max_by_key(|role| role.rank());
        match (visibility, most) {
            (Visibility::Off, _) | (Visibility::Private, None) => Role::Stranger,
            (Visibility::Public, None) => Role::Visitor,
            (_, Some(role)) => role,
        }
    }

    /// Whether the viewer sees `what` of a group whose `SWF_WEB` is `visibility`.
    pub fn may(&self, group: PeerId, visibility: Visibility, what: Resource) -> bool {
        self.role(group, visibility).may(what)
    }
}

impl Role {
    fn rank(self) -> u8 {
        match self {
            Role::Stranger => 0,
            Role::Visitor => 1,
            Role::Member(_) => 2,
            Role::Admin(_) => 3,
            Role::Owner => 4,
        }
    }

    /// An account of the viewer, if known.
    pub fn person(self) -> Option<PeerId> {
        match self {
            Role::Member(person) => Some(person),
            Role::Admin(person) => person,
            Role::Stranger | Role::Visitor | Role::Owner => None,
        }
    }

    /// Whether the viewer sees `what`.
    pub fn may(self, what: Resource) -> bool {
        let is_own = |subject: Subject| self.person().is_some_and(|person| subject.accounts.contains(&person));
        match (self, what) {
            (Role::Stranger, _) => false,
            (Role::Owner, _) | (_, Resource::Boards) => true,
            (Role::Visitor, Resource::Call | Resource::Totals(_) | Resource::Stays(_) | Resource::Pulse) => false,
            (Role::Member(_), Resource::Pulse) => false,
            (Role::Member(_) | Role::Admin(_), Resource::Call) => true,
            (Role::Admin(_), Resource::Pulse) => true,
            (Role::Member(_), Resource::Totals(subject)) => is_own(subject) || !subject.is_hidden,
            (Role::Member(_), Resource::Stays(subject)) => is_own(subject),
            (Role::Admin(_), Resource::Totals(_)) => true,
            (Role::Admin(_), Resource::Stays(subject)) => is_own(subject) || !subject.is_hidden,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: PeerId = PeerId(-1001);
    const OTHER_GROUP: PeerId = PeerId(-1002);
    /// Two accounts of one person.
    const OWN: [PeerId; 2] = [PeerId(1), PeerId(2)];
    const OTHERS: [PeerId; 1] = [PeerId(3)];

    const MEMBER: Grant = Grant::Member { group: GROUP, person: OWN[1] };
    const ADMIN: Grant = Grant::Admin { group: GROUP, person: Some(OWN[1]) };
    const NAMELESS_ADMIN: Grant = Grant::Admin { group: GROUP, person: None };

    /// The names of the resources that a viewer with these grants may see.
    fn seen(grants: &[Grant], group: PeerId, visibility: Visibility) -> String {
        let viewer = Viewer::new(grants.iter().copied());
        let may = |name: &'static str, what| viewer.may(group, visibility, what).then_some(name);
        let own = Subject { accounts: &OWN, is_hidden: false };
        let others = Subject { accounts: &OTHERS, ..own };
        let hidden = |subject| Subject { is_hidden: true, ..subject };
        let all = [
            may("boards", Resource::Boards),
            may("call", Resource::Call),
            may("own totals", Resource::Totals(own)),
            may("own hidden totals", Resource::Totals(hidden(own))),
            may("totals", Resource::Totals(others)),
            may("hidden totals", Resource::Totals(hidden(others))),
            may("own stays", Resource::Stays(own)),
            may("own hidden stays", Resource::Stays(hidden(own))),
            may("stays", Resource::Stays(others)),
            may("hidden stays", Resource::Stays(hidden(others))),
            may("pulse", Resource::Pulse),
        ];
        all.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    const EVERYTHING: &str = "boards, call, own totals, own hidden totals, totals, hidden totals, own stays, own hidden stays, stays, hidden stays, pulse";
    const OF_ADMIN: &str =
        "boards, call, own totals, own hidden totals, totals, hidden totals, own stays, own hidden stays, stays, pulse";
    const OF_NAMELESS_ADMIN: &str =
        "boards, call, own totals, own hidden totals, totals, hidden totals, own stays, stays, pulse";
    const OF_MEMBER: &str = "boards, call, own totals, own hidden totals, totals, own stays, own hidden stays";

    #[test]
    fn each_role_sees_its_part_and_no_more() {
        let here = |grants: &[Grant]| seen(grants, GROUP, Visibility::Private);
        assert_eq!(here(&[]), "");
        assert_eq!(here(&[MEMBER]), OF_MEMBER);
        assert_eq!(here(&[ADMIN]), OF_ADMIN);
        // An admin without a known account has no own stays.
        assert_eq!(here(&[NAMELESS_ADMIN]), OF_NAMELESS_ADMIN);
        assert_eq!(here(&[Grant::Owner]), EVERYTHING);
        // Public pages show boards to everybody, and nothing more to viewers with a login.
        let public = |grants: &[Grant]| seen(grants, GROUP, Visibility::Public);
        assert_eq!(public(&[]), "boards");
        for grant in [MEMBER, ADMIN, NAMELESS_ADMIN, Grant::Owner] {
            assert_eq!(public(&[grant]), here(&[grant]), "{grant:?}");
        }
    }

    #[test]
    fn a_login_of_one_group_opens_no_other() {
        for grant in [MEMBER, ADMIN, NAMELESS_ADMIN] {
            assert_eq!(seen(&[grant], OTHER_GROUP, Visibility::Private), "", "{grant:?}");
            assert_eq!(seen(&[grant], OTHER_GROUP, Visibility::Public), "boards", "{grant:?}");
        }
        assert_eq!(seen(&[Grant::Owner], OTHER_GROUP, Visibility::Private), EVERYTHING);
        let both = [ADMIN, Grant::Member { group: OTHER_GROUP, person: OWN[0] }];
        assert_eq!(seen(&both, GROUP, Visibility::Private), OF_ADMIN);
        assert_eq!(seen(&both, OTHER_GROUP, Visibility::Private), OF_MEMBER);
    }

    #[test]
    fn of_several_grants_the_greatest_counts() {
        for (grants, expected) in [
            (vec![MEMBER, ADMIN], OF_ADMIN),
            (vec![ADMIN, MEMBER], OF_ADMIN),
            (vec![ADMIN, Grant::Owner, MEMBER], EVERYTHING),
        ] {
            assert_eq!(seen(&grants, GROUP, Visibility::Private), expected, "{grants:?}");
        }
    }

    #[test]
    fn what_is_off_is_off_for_the_owner_too() {
        for grant in [MEMBER, ADMIN, Grant::Owner] {
            assert_eq!(seen(&[grant], GROUP, Visibility::Off), "", "{grant:?}");
        }
    }
}
