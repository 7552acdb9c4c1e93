//! The pages to log in and out, and short pages about problems. Except for a valid link, they contain no names and
//! nothing that the browser sent.

use std::sync::LazyLock;

use axum::http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::login::Refusal;
use super::page::{Frames, Page, Policy};
use super::pages::{ICON, STYLE};
use super::viewer::{Grant, Viewer};
use crate::domain::words::Language;
use crate::domain::words::page::{Label, PageWords};

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new(&[STYLE], &[], Frames::Nobody));

/// The texts of a visitor's language.
pub(super) type Texts = &'static dyn PageWords;

/// The page for visitors without a login, or without the one that is needed.
pub(super) fn log_in_first(texts: Texts) -> Page {
    page(texts, StatusCode::FORBIDDEN, &texts.label(Label::LoginFirst), &how(texts))
}

/// `/login` for a visitor without a login and without a link.
pub(super) fn how_to_log_in(texts: Texts) -> Page {
    page(texts, StatusCode::OK, &texts.label(Label::NotLoggedIn), &how(texts))
}

fn how(texts: Texts) -> Markup {
    html! {
        p { (texts.label(Label::HowToLogIn)) }
        p.dim { (texts.label(Label::ForOrganisers)) " " code { "swf web link" } }
    }
}

/// The button that uses up a valid link. Links have only letters, digits, `-` and `_`.
pub(super) fn button(texts: Texts, grant: Grant, link: &str) -> Page {
    let content = html! {
        (roles(texts, &[grant]))
        p { (texts.label(Label::LinkWorksOnce)) }
        form method="post" action={ "/login?t=" (link) } { button { (texts.label(Label::LogIn)) } }
    };
    page(texts, StatusCode::OK, &texts.label(Label::LogIn), &content)
}

/// `/login` for a visitor who is logged in.
pub(super) fn logged_in(texts: Texts, viewer: &Viewer) -> Page {
    let content = html! {
        (roles(texts, viewer.grants()))
        p { a.button href="/" { (texts.label(Label::ToThePages)) } }
        form method="post" action="/logout" { button { (texts.label(Label::LogOut)) } }
    };
    page(texts, StatusCode::OK, &texts.label(Label::LoggedIn), &content)
}

/// The roles of a visitor.
fn roles(texts: Texts, grants: &[Grant]) -> Markup {
    let role = |grant: &Grant| match grant {
        Grant::Member { .. } => Label::RoleMember,
        Grant::Admin { .. } => Label::RoleAdmin,
        Grant::Owner => Label::RoleOwner,
    };
    let roles: Vec<_> = grants.iter().map(|grant| texts.label(role(grant))).collect();
    html! { p { (texts.label(Label::SeesAs)) " " strong { (roles.join(", ")) } } }
}

pub(super) fn refused(texts: Texts, refusal: Refusal) -> Page {
    let (title, why) = match refusal {
        Refusal::Forged => (Label::LinkNotValid, Label::LinkNotValidWhy),
        Refusal::Expired => (Label::LinkTooOld, Label::LinkTooOldWhy),
        Refusal::Used => (Label::LinkUsed, Label::LinkUsedWhy),
    };
    let content = html! {
        p { (texts.label(why)) " " (texts.label(Label::AskForNewLink)) }
        (how(texts))
    };
    page(texts, StatusCode::FORBIDDEN, &texts.label(title), &content)
}

/// A page about a problem.
pub(super) fn problem(texts: Texts, status: StatusCode, title: Label, text: Label) -> Page {
    page(texts, status, &texts.label(title), &html! { p { (texts.label(text)) } })
}

/// The same for the person who runs the server, in English.
pub(super) fn fault(status: StatusCode, title: &str, text: &str) -> Page {
    page(Language::En.page(), status, title, &html! { p { (text) } })
}

/// The form's policy is `same-origin`: with `no-referrer`, browsers would hide the origin of the form.
fn page(texts: Texts, status: StatusCode, title: &str, content: &Markup) -> Page {
    let html = html! {
        (DOCTYPE)
        html lang=(texts.words().language().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="same-origin";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="icon" href=(ICON);
                style { (PreEscaped(STYLE)) }
            }
            body.small { main.card { h1 { (title) } (content) } }
        }
    };
    Page { status, ..Page::html(html.into_string(), POLICY.clone()) }
}
