//! Which settings of a group are logged in the store, so that `swf pulse --around` can show what was changed (rules
//! §5.12).
//!
//! Only settings that decide how the group is counted, ranked, posted about or answered; never a secret, an address, a
//! path, or a value that can name a person.

use std::collections::BTreeMap;

use super::sources::RawSettings;

/// The settings that are logged.
pub(super) const LOGGED: [&str; 34] = [
    "SWF_ANCHOR_DATE",
    "SWF_AUDIENCE",
    "SWF_BACKFILL_DAYS",
    "SWF_BOARD",
    "SWF_CHAT",
    "SWF_CHAT_EPHEMERAL",
    "SWF_DAY_START",
    "SWF_FINALIZE",
    "SWF_LANGUAGE",
    "SWF_LATE",
    "SWF_MAX_STAY",
    "SWF_MENTIONS",
    "SWF_MIN_SESSION",
    "SWF_PAIRS",
    "SWF_PAUSE",
    "SWF_PERIODS",
    "SWF_POST_EMPTY",
    "SWF_POST_LOOK",
    "SWF_POST_STREAKS",
    "SWF_POST_STYLE",
    "SWF_POST_TIME",
    "SWF_RANK_CAP",
    "SWF_RECAP",
    "SWF_REJOIN_GRACE",
    "SWF_RETENTION",
    "SWF_RHYTHM",
    "SWF_SILENCE",
    "SWF_SLOTS",
    "SWF_STREAK_MINUTES",
    "SWF_TIMEZONE",
    "SWF_TOP",
    "SWF_TRACK_SELF",
    "SWF_WEB",
    "SWF_WEEK_START",
];

/// The logged settings of a group, as they were written; `None` for a setting that is not set.
pub(super) fn values(raw: &RawSettings) -> BTreeMap<&'static str, Option<String>> {
    LOGGED.into_iter().map(|name| (name, raw.get(name).map(str::to_owned))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::parse::{FIXED, OWN};
    use super::*;

    /// Settings that are not logged: of the account or of this computer, a text or a file of the organiser's own, a
    /// value that can name a person or a place, or one whose effect only the organiser sees.
    const NOT_LOGGED: [&str; 32] = [
        "ADMIN_CHAT_ID",
        "ALIAS_GROUPS_USERNAMES",
        "SWF_ALERT_TO",
        "SWF_ALERT_URL",
        "SWF_BACKUP_COMMAND",
        "SWF_BACKUP_PASSPHRASE_FILE",
        "SWF_BADGES",
        "SWF_EXPORT_URL",
        "SWF_HEARTBEAT_URL",
        "SWF_HOME",
        "SWF_LOG",
        "SWF_LOG_FORMAT",
        "SWF_LOG_TIMES",
        "SWF_PRAISE_FILE",
        "SWF_PROXY",
        "SWF_PULSE",
        "SWF_QUOTES_FILE",
        "SWF_SITE_DIR",
        "SWF_TOPIC",
        "SWF_WEB_PROXY",
        "SWF_WEB_URL",
        "SWF_WORDS_FILE",
        "TELEGRAM_2FA_PASSWORD",
        "TELEGRAM_API_HASH",
        "TELEGRAM_API_ID",
        "TELEGRAM_BOT_TARGET",
        "TELEGRAM_BOT_TOKEN",
        "TELEGRAM_BOT_USERNAME",
        "TELEGRAM_GROUP_ID",
        "TELEGRAM_GROUP_USERNAME",
        "TG_BOT_STRING_SESSION",
        "TG_STRING_SESSION",
    ];

    /// A new setting fails here until it is added to one of the two lists.
    #[test]
    fn of_each_setting_it_is_decided_whether_it_is_logged() {
        let decided: BTreeSet<&str> = LOGGED.into_iter().chain(NOT_LOGGED).collect();
        assert_eq!(decided.len(), LOGGED.len() + NOT_LOGGED.len(), "one is in both lists");
        assert_eq!(decided, OWN.into_iter().chain(FIXED).collect());
    }
}
