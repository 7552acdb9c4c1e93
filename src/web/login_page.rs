//! The page to log in and out, and short pages that say what is wrong. They hold no name and nothing that a browser sent,
//! except a link that is valid.

use std::sync::LazyLock;

use axum::http::StatusCode;

use super::login::Refusal;
use super::page::{Frames, Page, Policy};
use super::viewer::{Grant, Viewer};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1.1rem/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;place-items:center}\
main{max-width:32rem;padding:1.5rem}\
button{font:inherit;padding:.6rem 1.4rem;cursor:pointer}\
code{font-size:.95em}";

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new(&[STYLE], &[], Frames::Nobody));

const HOW: &str =
    "<p>To see these pages, ask the organiser of the group for a link. <code>swf web link</code> makes one.</p>";

/// The page of who has no login, or not the one that is needed.
pub(super) fn log_in_first() -> Page {
    page(StatusCode::FORBIDDEN, "Log in first", HOW)
}

/// `/login` of who has no login and no link.
pub(super) fn how_to_log_in() -> Page {
    page(StatusCode::OK, "Not logged in", HOW)
}

/// The button that uses up a link, which is valid: of letters, digits, `-` and `_`.
pub(super) fn button(grant: Grant, link: &str) -> Page {
    let who = role(grant);
    let form = format!(
        "<p>With this button, this browser sees the pages as {who}, for 30 days. The link works once.</p>\
         <form method=\"post\" action=\"/login?t={link}\"><button>Log in</button></form>"
    );
    page(StatusCode::OK, "Log in", &form)
}

/// `/login` of who is logged in.
pub(super) fn logged_in(viewer: &Viewer) -> Page {
    let roles: Vec<&str> = viewer.grants().iter().map(|grant| role(*grant)).collect();
    let form = format!(
        "<p>This browser sees the pages as {}. <a href=\"/\">To the pages</a></p>\
         <form method=\"post\" action=\"/logout\"><button>Log out</button></form>",
        roles.join(", and as ")
    );
    page(StatusCode::OK, "Logged in", &form)
}

pub(super) fn refused(refusal: Refusal) -> Page {
    let (title, why) = match refusal {
        Refusal::Forged => ("This link is not valid", "It is not complete, or logins were ended since it was made."),
        Refusal::Expired => ("This link is too old", "A link is valid for 10 minutes."),
        Refusal::Used => ("This link was used", "A link works once, and ends when the server starts again."),
    };
    page(StatusCode::FORBIDDEN, title, &format!("<p>{why} Ask for a new one.</p>{HOW}"))
}

/// A page that says what is wrong. `text` is one of ours.
pub(super) fn problem(status: StatusCode, title: &str, text: &str) -> Page {
    page(status, title, &format!("<p>{text}</p>"))
}

fn role(grant: Grant) -> &'static str {
    match grant {
        Grant::Member { .. } => "a member of a group",
        Grant::Admin { .. } => "an admin of a group",
        Grant::Owner => "the owner",
    }
}

/// The policy of the form is `same-origin`: with `no-referrer`, a browser hides from whom the form comes.
fn page(status: StatusCode, title: &str, body: &str) -> Page {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"referrer\" content=\"same-origin\"><meta name=\"robots\" content=\"noindex\">\
         <link rel=\"icon\" href=\"data:,\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>\n"
    );
    Page { status, ..Page::html(html, POLICY.clone()) }
}
