//! The frame around the content of each page: head, navigation, footer.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::address::{Form, Hosting, Links, PULSE, When};
use super::data::Head;
use super::{SCRIPT, STYLE};
use crate::domain::time::period::Scope;
use crate::domain::words::page::{Label, PageWords};

/// The common data of all pages of one visit.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    pub words: &'static dyn PageWords,
    /// `None` on the list of groups.
    pub head: Option<&'a Head>,
    /// Whether the visitor may open the pages of people.
    pub opens_people: bool,
    /// Whether the visitor may see the pulse.
    pub opens_pulse: bool,
    /// Whether the visitor's account is known.
    pub has_own_page: bool,
    /// Whether the visitor has logged in.
    pub is_logged_in: bool,
    /// Whether there are other groups.
    pub has_other_groups: bool,
    /// Whether everybody may see the boards of this group, so that chats can show previews of links to them.
    pub has_previews: bool,
    /// The public address of the server: `https://study.example`.
    pub address: Option<&'a str>,
    pub hosting: Hosting,
    /// The kinds of boards to which the navigation links.
    pub scopes: &'a [Scope],
}

/// The preview of a link to a page in a chat (Open Graph), in addition to the title.
pub struct Preview {
    pub description: String,
    /// The paths of the page and of its picture.
    pub path: String,
    pub picture: Option<String>,
}

impl<'a> Visit<'a> {
    pub fn label(&self, label: Label) -> std::borrow::Cow<'static, str> {
        self.words.label(label)
    }

    pub fn is_served(&self) -> bool {
        self.hosting == Hosting::Server
    }

    pub fn links(&self) -> Option<Links<'a>> {
        self.head.map(|head| self.links_of(head))
    }

    /// Links to the pages of another group.
    pub fn links_of<'b>(&self, head: &'b Head) -> Links<'b> {
        Links { group: &head.name, calendar: head.calendar, hosting: self.hosting }
    }
}

/// The part of the navigation to which a page belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Now,
    Board(Scope),
    About,
    Pulse,
    None,
}

/// The kinds of boards of a group on a server.
pub const SCOPES: [Scope; 5] = [Scope::Day, Scope::Week, Scope::Month, Scope::Year, Scope::AllTime];

/// The icon of all pages.
pub const ICON: &str = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>\
                    <text y='13' font-size='13'>📚</text></svg>";

/// A whole page. `title` is plain text; `data` is the address of the page's data, without `.json` or `.csv`.
pub fn page(visit: &Visit, title: &str, tab: Tab, data: Option<&str>, content: &Markup) -> String {
    page_with(visit, title, tab, data, None, content)
}

/// A whole page, with the preview of a link to it.
pub fn page_with(
    visit: &Visit,
    title: &str,
    tab: Tab,
    data: Option<&str>,
    preview: Option<&Preview>,
    content: &Markup,
) -> String {
    let group = visit.head.map(|head| head.title.as_str());
    let title = match group {
        Some(group) => format!("{title} · {group}"),
        None => title.to_owned(),
    };
    html! {
        (DOCTYPE)
        html lang=(visit.words.words().language().code()) {
            (head(&title, &preview.map_or_else(|| html! {}, |preview| open_graph(visit, &title, preview))))
            body {
                a.skip href="#main" { (visit.label(Label::SkipToContent)) }
                header {
                    p.site {
                        @if let Some((head, links)) = visit.head.zip(visit.links()) {
                            a href=(links.now()) { bdi { (head.title) } }
                        }
                        span.all {
                            @if visit.has_other_groups && visit.head.is_some() {
                                a href=(visit.hosting.top()) { (visit.label(Label::Groups)) }
                            }
                            @if let Some(links) = visit.links().filter(|_| visit.has_own_page) {
                                a href=(links.to("me")) { (visit.label(Label::MyTime)) }
                            }
                            @if visit.is_served() {
                                a href="/login" { (visit.label(if visit.is_logged_in { Label::Login } else { Label::LogIn })) }
                            }
                        }
                    }
                    @if let Some(links) = visit.links() { (tabs(visit, links, tab)) }
                }
                main #main tabindex="-1" { (content) }
                (footer(visit, data))
                @if visit.is_served() { script { (PreEscaped(SCRIPT)) } }
            }
        }
    }
    .into_string()
}

fn head(title: &str, more: &Markup) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="robots" content="noindex";
            meta name="color-scheme" content="light dark";
            title { (title) }
            (more)
            link rel="icon" href=(ICON);
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// A preview needs a complete address for its picture; without one it has no picture.
fn open_graph(visit: &Visit, title: &str, preview: &Preview) -> Markup {
    let whole = |path: &str| visit.address.map(|address| format!("{address}{path}"));
    let picture = preview.picture.as_deref().and_then(whole);
    html! {
        @if visit.has_previews {
            meta property="og:type" content="website";
            meta property="og:title" content=(title);
            meta property="og:description" content=(preview.description);
            meta name="description" content=(preview.description);
            @if let Some(url) = whole(&preview.path) { meta property="og:url" content=(url); }
            @if let Some(picture) = picture {
                meta property="og:image" content=(picture);
                meta name="twitter:card" content="summary_large_image";
            }
        }
    }
}

fn tabs(visit: &Visit, links: Links, tab: Tab) -> Markup {
    let link = |to: String, of: Tab, text: std::borrow::Cow<'static, str>| {
        html! { li { a href=(to) aria-current=[(of == tab).then_some("page")] { (text) } } }
    };
    let board = |scope: Scope| {
        let when = if scope == Scope::AllTime { When::AllTime } else { When::Current(scope) };
        let name = if scope == Scope::AllTime { visit.label(Label::All) } else { visit.words.scope(scope) };
        link(links.board(when), Tab::Board(scope), name)
    };
    html! {
        nav.tabs aria-label=[visit.head.map(|head| head.title.as_str())] {
            ul {
                (link(links.now(), Tab::Now, visit.label(if visit.is_served() { Label::Now } else { Label::Overview })))
                @for scope in visit.scopes { (board(*scope)) }
                @if visit.opens_pulse && visit.is_served() {
                    (link(links.to(PULSE), Tab::Pulse, visit.label(Label::Pulse)))
                }
                (link(links.about(), Tab::About, visit.label(Label::About)))
            }
        }
    }
}

fn footer(visit: &Visit, data: Option<&str>) -> Markup {
    let ending = |form| match form {
        Form::Json => ".json",
        Form::Csv => ".csv",
        Form::Html => "",
    };
    html! {
        footer {
            @if let Some(head) = visit.head { (visit.words.zone(head.zone.name())) }
            @if let Some(data) = data {
                " " span { (visit.label(Label::AsData)) ":" }
                a href={ (data) (ending(Form::Json)) } { "JSON" }
                a href={ (data) (ending(Form::Csv)) } { "CSV" }
            }
        }
    }
}

/// A page with only a message, e.g. that there is no such page.
pub fn message(visit: &Visit, title: Label, text: Label) -> String {
    let title = visit.label(title);
    let content = html! {
        h1 { (title) }
        p { (visit.label(text)) }
        p { a.button href="/" { (visit.label(Label::Groups)) } }
    };
    page(visit, &title, Tab::None, None, &content)
}
