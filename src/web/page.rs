//! The types between the server and the pages: a request with its viewer, and a page with its headers.

use std::fmt::Write as _;

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::viewer::Viewer;
use crate::error::Result;

/// The source of pages.
pub trait Pages: Send + Sync + 'static {
    /// Answers a GET of any path that is not the server's own (`/api/…`, `/login`, `/logout`, `/livez`, `/healthz`,
    /// `/metrics`). It runs on a thread for blocking work, so it may take a while.
    ///
    /// The store can't be read. The server logs the error, and the viewer gets an error page without the cause.
    fn answer(&self, request: &PageRequest) -> Result<Answer>;
}

/// A request for a page. Everything except the viewer and the base comes from the browser and is untrusted.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    pub viewer: Viewer,
    /// The path as the browser sent it: percent-encoded, beginning with `/`.
    pub path: String,
    /// The query as the browser sent it, without `?`.
    pub query: Option<String>,
    pub accept_language: Option<String>,
    pub if_none_match: Option<String>,
    /// Scheme and host at which the browser reaches this server: `https://study.example`.
    pub base: String,
}

impl PageRequest {
    /// The first parameter of this name, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_deref()?.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Whether the browser already has a page with this ETag. Then [`Answer::NotModified`] is enough.
    pub fn has(&self, etag: &str) -> bool {
        let Some(known) = &self.if_none_match else { return false };
        known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == etag || one == "*")
    }
}

/// The answer to a request for a page.
#[derive(Debug)]
pub enum Answer {
    Page(Page),
    /// The browser has the page with this ETag already. `is_public` as in [`Page`].
    NotModified {
        etag: String,
        is_public: bool,
    },
    /// The viewer may not see the page, or not even whether it exists. The server answers with the login page and 403.
    Denied,
}

/// One page, picture or file.
#[derive(Clone, Debug)]
pub struct Page {
    pub status: StatusCode,
    /// `text/html; charset=utf-8`
    pub content_type: &'static str,
    pub body: Bytes,
    /// In quotes. It changes with everything that the page shows, for example with the language, or when somebody
    /// hides.
    pub etag: Option<String>,
    /// Every visitor gets the same page, so shared caches may store it. They must check for changes before each use.
    pub is_public: bool,
    pub policy: Policy,
    /// Further headers, e.g. `Content-Disposition`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Page {
    /// A page for this viewer alone, without scripts and without an ETag.
    pub fn html(body: impl Into<Bytes>, policy: Policy) -> Page {
        Page {
            status: StatusCode::OK,
            content_type: "text/html; charset=utf-8",
            body: body.into(),
            etag: None,
            is_public: false,
            policy,
            headers: Vec::new(),
        }
    }
}

/// What a page may load and run, and which pages may frame it: the value of `Content-Security-Policy`. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy(pub(super) HeaderValue);

/// Who may show a page in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    Nobody,
    /// For an embed.
    Everybody,
}

impl Policy {
    /// For a page with these texts between `<style>` and `</style>`, and between `<script>` and `</script>`, exactly as
    /// on the page. Compute it once for each kind of page.
    pub fn new(styles: &[&str], scripts: &[&str], frames: Frames) -> Policy {
        let mut policy = "default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; \
                          img-src 'self' data:"
            .to_owned();
        for (directive, texts) in [("style-src", styles), ("script-src", scripts)] {
            if !texts.is_empty() {
                let _ = write!(policy, "; {directive}");
            }
            for text in texts {
                let _ = write!(policy, " 'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
            }
        }
        policy += match frames {
            Frames::Nobody => "; frame-ancestors 'none'",
            Frames::Everybody => "; frame-ancestors *",
        };
        Policy(HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'")))
    }

    /// For content that is not HTML.
    pub fn nothing() -> Policy {
        Policy(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_each_style_and_script_by_its_hash() {
        let policy = Policy::new(&["a{}"], &["one()", "two()"], Frames::Nobody);
        // `printf 'a{}' | openssl dgst -sha256 -binary | base64`
        insta::assert_snapshot!(policy.0.to_str().unwrap(), @"default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; img-src 'self' data:; style-src 'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='; script-src 'sha256-HR7iaask9daLMRRskMI++QeJtjWDOjyPA6lGzYGzKW4=' 'sha256-iMrPAWirDC2X0OhZzLsM2MRIWSmepJGI4r7D8ZlwBOw='; frame-ancestors 'none'");
        let embed = Policy::new(&[], &[], Frames::Everybody);
        insta::assert_snapshot!(embed.0.to_str().unwrap(), @"default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; img-src 'self' data:; frame-ancestors *");
        for policy in [policy, embed, Policy::nothing()] {
            let text = policy.0.to_str().unwrap().to_owned();
            assert!(text.starts_with("default-src 'none'") && !text.contains("unsafe"), "{text}");
        }
    }

    #[test]
    fn a_browser_names_the_pages_that_it_has() {
        let has =
            |known: &str, etag| PageRequest { if_none_match: Some(known.into()), ..PageRequest::default() }.has(etag);
        for known in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\" ", "*"] {
            assert!(has(known, "\"a\""), "{known}");
        }
        for known in ["", "a", "\"ab\"", "\"b\"", "\"A\""] {
            assert!(!has(known, "\"a\""), "{known}");
        }
        assert!(!PageRequest::default().has("\"a\""));
    }

    #[test]
    fn a_parameter_is_decoded() {
        let request = PageRequest { query: Some("a=1&q=%C3%81da+L&q=2".into()), ..PageRequest::default() };
        assert_eq!(request.parameter("q").as_deref(), Some("Áda L"));
        assert_eq!(request.parameter("b"), None);
        assert_eq!(PageRequest::default().parameter("a"), None);
    }
}
