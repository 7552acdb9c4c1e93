//! Removes from answers of a website what was sent to it, as a site may echo its request.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

/// A part of a secret of this many characters is not shown either.
const MIN_PART: usize = 8;
/// A path segment of at least this length may be a secret.
const MIN_SECRET_SEGMENT: usize = 16;

/// What is sent to a website and must not be shown.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    secret: SecretString,
    /// Everything that may be secret, also parts of the address, in the form of [`essence`]; without empty ones.
    essences: Vec<SecretString>,
}

impl Sent {
    pub(super) fn new(url: &Url, secret: &str) -> Sent {
        let decoded = |text: &str| unescape(text);
        let (user, password) = (decoded(url.username()), decoded(url.password().unwrap_or_default()));
        let mut all = vec![secret.to_owned(), STANDARD.encode(secret)];
        if !user.is_empty() || !password.is_empty() {
            all.push(STANDARD.encode(format!("{user}:{password}")));
        }
        all.extend([user, password]);
        all.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
        all.extend(url.path_segments().into_iter().flatten().map(decoded).filter(|part| may_be_secret(part)));
        let essences = all.into_iter().filter(|text| !text.is_empty()).map(|text| match essence(&text) {
            essence if essence.is_empty() => text,
            essence => essence,
        });
        Sent { secret: secret.into(), essences: essences.map(SecretString::from).collect() }
    }

    /// `text` without the secret; `None` if it still contains something that was sent, in any spelling.
    pub(super) fn remove_from(&self, text: &str) -> Option<String> {
        let text = match self.secret.expose_secret() {
            "" => text.to_owned(),
            secret => text.replace(secret, "(the secret)"),
        };
        let shown = essence(&text) + &text;
        let repeats = |sent: &SecretString| parts(sent.expose_secret()).any(|part| shown.contains(part));
        (!self.essences.iter().any(repeats)).then_some(text)
    }
}

/// Whether a path segment may be a secret. Words such as `api` and `leaderboard` are not.
fn may_be_secret(segment: &str) -> bool {
    let is_word = segment.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'_');
    !is_word || segment.len() >= MIN_SECRET_SEGMENT
}

/// A text without case, punctuation and escapes. It is the same for every spelling.
fn essence(text: &str) -> String {
    unescape(text).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The text with escapes such as `%41` and `\u0041` decoded.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let code = |from: usize, to: usize| u32::from_str_radix(rest.get(from..to)?, 16).ok();
        let unicode = || code(2, 6).filter(|_| rest.starts_with("\\u")).and_then(char::from_u32);
        let percent = || code(1, 3).filter(|_| next == '%').and_then(|byte| u8::try_from(byte).ok());
        if let Some(byte) = percent() {
            bytes.push(byte);
            rest = &rest[3..];
        } else if let Some(c) = unicode() {
            bytes.extend(c.to_string().bytes());
            rest = &rest[6..];
        } else {
            bytes.extend(next.to_string().bytes());
            rest = &rest[next.len_utf8()..];
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// All substrings of [`MIN_PART`] characters; a shorter text is returned as it is.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let length = MIN_PART.min(starts.len() - 1);
    (0..starts.len() - length).map(move |first| &text[starts[first]..starts[first + length]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Sent {
        let url = "https://keyholder:p%40ss+w0rd%21long@site.example/api/leaderboard/T0K3N/a-path-that-is-secret?t=query%20Value&u=!?!";
        Sent::new(&Url::parse(url).unwrap(), "correct-horse/\"battery\"")
    }

    #[test]
    fn what_was_sent_is_not_shown_in_any_spelling() {
        let sent = sent();
        for echo in [
            "Authorization: Basic a2V5aG9sZGVyOnBAc3MrdzByZCFsb25n",
            r#"{"x-leaderboard-secret":"correct-horse\/\"battery\""}"#,
            "CORRECT-HORSE",
            "correct%2Dhorse%2F%22battery",
            r"\u0063orrect-horse",
            "Y29ycmVjdC1ob3JzZS8iYmF0dGVyeSI=",
            "https://keyholder@site.example/",
            "p@ss+w0rd!long",
            "p%40ss%2bw0rd%21long",
            "u=!?!",
            "…p@ss+w0rd!lo",
            "no board at /api/leaderboard/t0k3n/",
            "/a-path-that-is-secret",
            "t=query+Value",
            "queryvalue",
        ] {
            let text = format!("the request was {echo}, and it is wrong");
            let shown = sent.remove_from(&text);
            assert_eq!(shown, None, "{echo}");
        }
    }

    #[test]
    fn other_texts_are_shown() {
        let sent = sent();
        let shown = |text: &str| sent.remove_from(text);
        assert_eq!(shown("the leaderboard API is closed").as_deref(), Some("the leaderboard API is closed"));
        assert_eq!(shown("100% of \\u and %zz \\ud800 ü%").as_deref(), Some("100% of \\u and %zz \\ud800 ü%"));
        assert_eq!(shown("got correct-horse/\"battery\"!").as_deref(), Some("got (the secret)!"));
        let none = Sent::new(&Url::parse("https://site.example").unwrap(), "");
        assert_eq!(none.remove_from("correct").as_deref(), Some("correct"));
    }

    #[test]
    fn nothing_of_it_is_in_its_debug_form() {
        let debug = format!("{:?}", sent());
        assert!(!debug.contains("horse") && !debug.contains("p@ss") && !debug.contains("keyholder"), "{debug}");
    }
}
