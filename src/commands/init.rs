//! `swf init`: guided set-up. Each answer is stored as soon as it is valid, so a second run continues where the first
//! run stopped. Values that are set are shown, and change only on request.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use chrono::NaiveTime;
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::group::{self, title};
use super::schedule::System;
use super::secrets::{file_words, warn_of_readers, warn_of_winner};
use super::session::sign_in::{Refusal, Show, SignedIn, sign_in, signed_in, words};
use crate::app::bot;
use crate::app::posts::Author;
use crate::commands::context::{Context, Global};
use crate::commands::runtime;
use crate::commands::terminal::{self, Interrupt, Prompt, read_hidden};
use crate::config::env_file;
use crate::config::secrets::{self, SecretStore};
use crate::config::{Config, Source};
use crate::domain::accounting::silence::Silence;
use crate::domain::credentials::Application;
use crate::domain::meet::slots::Slots;
use crate::domain::post::message::Message;
use crate::domain::rhythm;
use crate::domain::text::clean;
use crate::domain::time::zone::Zone;
use crate::error::{Error, Kind, Result, shell_quoted};
use crate::platform::lock::Lock;
use crate::telegram::dialogs;
use crate::telegram::find;
use crate::telegram::group::{Addressee, GroupError, self_user, writing};
use crate::telegram::{Group, LoginString, login, send};

#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The API id, from https://my.telegram.org
    #[arg(long, value_name = "ID")]
    api_id: Option<i32>,
    /// A file with the API hash that belongs to it; - is standard input
    #[arg(long, value_name = "FILE")]
    api_hash_file: Option<PathBuf>,
    /// A file with a login string, instead of scanning a QR code; - is standard input
    #[arg(long, value_name = "FILE")]
    login_file: Option<PathBuf>,
    /// The group: name, @name, t.me link, invite link or id
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// The time zone in which a day begins and ends, e.g. Asia/Tashkent
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// The time of the daily post in that zone, HH:MM
    #[arg(long, value_name = "TIME")]
    post_time: Option<String>,
    /// Who posts: the account that tracks, or a bot
    #[arg(long, value_name = "WHO")]
    post_as: Option<Author>,
    /// A file with the bot's token, from @BotFather; - is standard input
    #[arg(long, value_name = "FILE")]
    bot_token_file: Option<PathBuf>,
    /// Where secrets are kept
    #[arg(long, value_name = "PLACE")]
    secrets: Option<SecretStore>,
    /// Send a test message to your own Saved Messages without asking
    #[arg(long, overrides_with = "no_test")]
    test: bool,
    /// Send no test message
    #[arg(long)]
    no_test: bool,
}

pub fn run(
    args: &Args,
    global: Global,
    environment: impl IntoIterator<Item = (String, impl Into<SecretString>)>,
) -> Result<()> {
    let mut setup =
        Setup::new(args, global, environment.into_iter().map(|(name, value)| (name, value.into())).collect())?;
    let runtime = runtime::new(1)?;
    let interrupted = setup.interrupted.clone();
    runtime.spawn(async move {
        // Ctrl-C ends a prompt by itself; this token ends a Telegram request.
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    // Prompts block this thread; Telegram I/O runs on the runtime.
    let end = setup.all(&runtime);
    runtime.shutdown_background();
    end.map_err(|error| match error.kind {
        Kind::Temporary => error.command("Your answers so far are stored. To continue, run", "swf init"),
        _ => error,
    })
}

/// The settings that this command asks for.
const API_ID: &str = "TELEGRAM_API_ID";
const API_HASH: &str = "TELEGRAM_API_HASH";
const LOGIN: &str = "TG_STRING_SESSION";
const GROUP: &str = "TELEGRAM_GROUP_USERNAME";
const ZONE: &str = "SWF_TIMEZONE";
const TIME: &str = "SWF_POST_TIME";
const TOKEN: &str = "TELEGRAM_BOT_TOKEN";

/// The number of hexadecimal digits of an API hash.
const HASH_DIGITS: usize = 32;

/// A setting that is off by default.
struct Extra {
    name: &'static str,
    question: &'static str,
    allowed: &'static str,
    is_allowed: fn(&str) -> bool,
    /// Whether it is useful with the present settings.
    is_useful: fn(&Config) -> Result<bool>,
}

/// In the order in which they are asked for.
const EXTRAS: [Extra; 5] = [
    Extra {
        name: "SWF_RHYTHM",
        question: "Minutes of focus and break to show in the call, e.g. 50/10",
        allowed: rhythm::ALLOWED,
        is_allowed: |text| rhythm::parse(text).is_some(),
        is_useful: always,
    },
    Extra {
        name: "SWF_SLOTS",
        question: "Hours at which the group studies together, e.g. 19:00,21:00",
        allowed: "off, or times of day, at least 15 minutes apart, separated by commas",
        is_allowed: |text| Slots::parse(text).is_some(),
        is_useful: always,
    },
    Extra {
        name: "SWF_PAIRS",
        question: "Streaks that two people share, on or off",
        allowed: "on or off",
        is_allowed: is_switch,
        is_useful: always,
    },
    Extra {
        name: "SWF_SILENCE",
        question: "Longest time in the call without a sign of life that still ranks, e.g. 3h",
        allowed: Silence::ALLOWED,
        is_allowed: |text| Silence::parse(text).is_some(),
        is_useful: always,
    },
    Extra {
        name: "SWF_PULSE",
        question: "A report of the last 8 weeks, sent to you on Mondays, on or off",
        allowed: "on or off",
        is_allowed: is_switch,
        // The reader is not the account that tracks, or a bot sends the numbers.
        is_useful: |config| Ok(config.settings.owner.is_some() || config.bot()?.is_some()),
    },
];

fn is_switch(text: &str) -> bool {
    ["on", "off"].contains(&text)
}

fn always(_: &Config) -> Result<bool> {
    Ok(true)
}

struct Setup<'a> {
    args: &'a Args,
    global: Global,
    environment: Vec<(String, SecretString)>,
    context: Context,
    /// The settings that options give, with their values.
    given: Vec<(&'static str, String)>,
    /// Where new secrets go, once that is known.
    place: Option<SecretStore>,
    /// `None` if there is no terminal to ask on.
    prompt: Option<Prompt>,
    /// Ctrl-C was pressed.
    interrupted: CancellationToken,
}

/// Reads the settings. On a terminal it asks for each wrong value in `.env.local`, and stores the answer, until `read`
/// finds nothing wrong there.
fn read_settings(prompt: Option<&Prompt>, read: impl Fn() -> Result<(Context, Option<Error>)>) -> Result<Context> {
    loop {
        let (context, error) = read()?;
        let Some(error) = error else {
            context.print_warnings();
            return Ok(context);
        };
        let (Some(prompt), Some((name, problem))) = (prompt, context.config.settings.wrong_in_file.first()) else {
            return Err(error);
        };
        let file = context.config.home().env_file();
        eprintln!("{problem}");
        let value =
            prompt.line(&format!("{name} (leave empty to remove it)"), Some(""), |_| Ok(())).map_err(|_| stopped())?;
        match value.trim() {
            "" => env_file::remove(&file, name).map(drop)?,
            value => env_file::set(&file, name, &value.to_owned().into())?,
        }
    }
}

impl Setup<'_> {
    fn new(args: &Args, global: Global, environment: Vec<(String, SecretString)>) -> Result<Setup<'_>> {
        let zone =
            args.timezone.as_deref().map(|text| zone(text).map_err(|allowed| wrong("--timezone", text, allowed)));
        let time =
            args.post_time.as_deref().map(|text| time(text).map_err(|allowed| wrong("--post-time", text, allowed)));
        let (zone, time) = (zone.transpose()?, time.transpose()?);
        // This run replaces these values, so a wrong one in the file is not an error.
        let given = [(ZONE, zone.map(|zone| zone.name().to_owned())), (TIME, time.map(clock_time))];
        let given: Vec<_> = given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let overrides = given.iter().map(|(name, value)| (name.to_string(), value.clone().into()));
        let prompt = Prompt::open(Interrupt::Handled);
        let variables: Vec<_> = environment.iter().cloned().chain(overrides).collect();
        let context = read_settings(prompt.as_ref(), || Context::lenient(global.clone(), variables.iter().cloned()))?;
        Ok(Setup {
            args,
            global,
            environment,
            context,
            given,
            place: args.secrets,
            prompt,
            interrupted: CancellationToken::new(),
        })
    }

    fn asks(&self) -> bool {
        self.prompt.is_some()
    }

    fn prompt(&self) -> Result<&Prompt> {
        self.prompt.as_ref().ok_or_else(|| Error::config("standard input is not a terminal"))
    }

    /// Asks for a line until `check` accepts the answer; Enter alone means `default`.
    fn line(
        &self,
        question: &str,
        default: Option<&str>,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String> {
        self.prompt()?.line(question, default, check).map_err(|_| stopped())
    }

    fn choose(&self, question: &str, items: &[String], default: usize) -> Result<usize> {
        self.prompt()?.choose(question, items, default).map_err(|_| stopped())
    }

    fn config(&self) -> &Config {
        &self.context.config
    }

    fn env_file(&self) -> PathBuf {
        self.config().home().env_file()
    }

    /// Reads the settings again.
    fn reload(&mut self) -> Result<()> {
        let quiet = Global { quiet: true, verbose: 0, ..self.global.clone() };
        self.context = Context::new(quiet, self.environment.iter().cloned())?;
        Ok(())
    }

    /// Waits for a Telegram request, or for Ctrl-C.
    fn wait<T, E: From<Error>>(&self, runtime: &Runtime, what: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        runtime.block_on(async {
            tokio::select! {
                end = what => end,
                () = self.interrupted.cancelled() => Err(stopped().into()),
            }
        })
    }

    fn all(&mut self, runtime: &Runtime) -> Result<()> {
        let home = self.config().home().path().to_owned();
        if self.asks() {
            eprintln!("Setting up swf in {}.", home.display());
            eprintln!("Press Enter to keep the value in brackets.");
            if self.global.home.is_none() && !self.env_file().exists() {
                eprintln!("(For another folder: swf --home FOLDER init)");
            }
        } else {
            self.nothing_is_missing()?;
        }
        self.context.make_home()?;
        // These come first: the settings can't be read while one of them is wrong.
        for (name, value) in &self.given {
            env_file::set(&self.env_file(), name, &value.clone().into())?;
        }
        self.reload()?;
        let mut signed_in = self.log_in(runtime)?;
        let group = self.choose_group(runtime, &mut signed_in)?;
        self.choose_times()?;
        self.choose_author(runtime, &group)?;
        self.choose_extras()?;
        self.check_right_to_write(runtime, &mut signed_in, &group)?;
        self.test(runtime, &mut signed_in, &group)?;
        self.add_others(runtime, &mut signed_in)?;
        self.finish(&signed_in, &group)
    }

    /// Adds groups until the user has no more.
    fn add_others(&mut self, runtime: &Runtime, signed_in: &mut SignedIn) -> Result<()> {
        while let Some(prompt) = &self.prompt
            && prompt.confirm("Add another group?", false).map_err(|_| stopped())?
        {
            // The connection may have been closed while the prompt waited.
            signed_in.reconnect();
            let wait = group::Wait { runtime, interrupted: &self.interrupted };
            let mut adding = group::Adding { wait, prompt: Some(prompt), context: &self.context, signed_in };
            match adding.add(&group::AddArgs::default()) {
                Ok(text) => eprint!("{text}"),
                Err(error) if error.kind == Kind::Config => eprintln!("{error}"),
                Err(error) => return Err(error),
            }
            self.reload()?;
        }
        Ok(())
    }

    /// Without a terminal, everything must be set already or be given.
    fn nothing_is_missing(&self) -> Result<()> {
        let args = self.args;
        let required = [
            (API_ID, "--api-id ID", args.api_id.is_some()),
            (API_HASH, "--api-hash-file FILE", args.api_hash_file.is_some()),
            (LOGIN, "--login-file FILE, or log in first: swf session qr --store file", args.login_file.is_some()),
            (GROUP, "--group @studyhall", args.group.is_some()),
            (
                TOKEN,
                "--bot-token-file FILE",
                args.bot_token_file.is_some() || !matches!(args.post_as, Some(Author::Bot)),
            ),
        ];
        let mut missing = Vec::new();
        for (name, how, given) in required {
            let given = given || (name == GROUP && self.config().group().name.is_some());
            if !given && !self.has(name)? {
                missing.push(format!("{name}: {how}"));
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let error = Error::config("standard input is not a terminal, and these settings are missing");
        Err(missing.into_iter().fold(error, Error::hint))
    }

    // ── keeping ─────────────────────────────────────────────────────────────────────────────────────────────────────

    fn has(&self, name: &str) -> Result<bool> {
        Ok(self.config().credentials.source(name)?.is_some())
    }

    /// Whether the setting comes from a source that this command can't change.
    fn is_from_outside(&self, name: &str) -> bool {
        matches!(self.config().raw.source(name), Some(Source::Environment | Source::Credentials))
    }

    fn keep(&mut self, name: &str, value: &str) -> Result<()> {
        if self.config().raw.get(name) == Some(value) && self.config().raw.source(name) == Some(Source::File) {
            return Ok(());
        }
        env_file::set(&self.env_file(), name, &value.to_owned().into())?;
        self.reload()?;
        if self.config().raw.get(name) != Some(value) {
            warn_of_winner(name, self.config());
        }
        Ok(())
    }

    fn keep_secret(&mut self, name: &str, value: &SecretString) -> Result<()> {
        let place = self.choose_place()?;
        secrets::store(self.config().home(), name, value, place)?;
        warn_of_readers(name, place, self.config());
        self.reload()?;
        if self.config().credentials.secret(name)?.is_none_or(|set| set.expose_secret() != value.expose_secret()) {
            warn_of_winner(name, self.config());
        }
        Ok(())
    }

    fn forget(&mut self, name: &str) -> Result<()> {
        secrets::remove(self.config().home(), name)?;
        warn_of_winner(name, self.config());
        self.reload()
    }

    /// Where secrets are stored: the option, else the answer, else the file.
    fn choose_place(&mut self) -> Result<SecretStore> {
        if let Some(place) = self.place {
            return Ok(place);
        }
        let mut place = SecretStore::File;
        if self.asks() {
            let file = file_words(self.config().home());
            if secrets::keyring_state().is_ok() {
                let items = ["the system's keyring".into(), file];
                let answer = self.choose("Where secrets are kept", &items, 0)?;
                place = [SecretStore::Keyring, SecretStore::File][answer];
            } else {
                eprintln!("Secrets are stored in {file}, because no keyring can be used here.");
            }
        }
        self.place = Some(place);
        Ok(place)
    }

    // ── the account ─────────────────────────────────────────────────────────────────────────────────────────────────

    fn log_in(&mut self, runtime: &Runtime) -> Result<SignedIn> {
        let mut replace = false;
        loop {
            self.choose_application(replace)?;
            if let Some(file) = self.args.login_file.as_deref().filter(|_| !replace) {
                let string = read_secret(file, "--login-file")?;
                LoginString::parse(&string)?;
                self.keep_secret(LOGIN, &string)?;
            }
            let application = self.config().credentials.application()?;
            let show = Show { color: self.context.color_on(std::io::stderr().is_terminal()), png: None };
            if self.asks() && !self.has(LOGIN)? {
                eprintln!("Now log in with the account that will watch the call. It must be in the group.");
            }
            match self.sign_in(runtime, application, show) {
                Ok(signed_in) => return Ok(signed_in),
                // This command can't change values from the environment.
                Err(Refusal::Application(error))
                    if self.asks() && !(self.is_from_outside(API_ID) && self.is_from_outside(API_HASH)) =>
                {
                    eprintln!("{error}");
                    replace = true;
                }
                Err(refusal) => return Err(refusal.into()),
            }
        }
    }

    fn sign_in(&mut self, runtime: &Runtime, application: Application, show: Show<'_>) -> Result<SignedIn, Refusal> {
        let signed_in = if self.asks() {
            self.wait(runtime, sign_in(&self.config().credentials, application, show))?
        } else {
            // Without a terminal there is no place to show a code.
            self.wait(runtime, signed_in(&self.config().credentials, application))?
        };
        eprintln!("Logged in as {}.", words(&signed_in.me));
        if signed_in.already && self.asks() {
            eprintln!("({})", self.context.command("To use another account, first run", "swf session logout"));
        }
        if !signed_in.already
            && let Err(error) = self.keep_secret(LOGIN, &signed_in.login_string()?.print())
        {
            // The login string is lost, so this login could be neither used nor ended later.
            let _ = runtime.block_on(login::log_out(signed_in.caller()));
            return Err(error.hint("The account was logged out again.").into());
        }
        Ok(signed_in)
    }

    fn choose_application(&mut self, replace: bool) -> Result<()> {
        let had = self.config().credentials.api_id().ok();
        if let Some(id) = self.args.api_id.filter(|_| !replace) {
            if id <= 0 {
                return Err(Error::usage(format!("--api-id is {id}; it must be a positive number, e.g. 123456")));
            }
            self.keep(API_ID, &id.to_string())?;
        } else if self.asks() && !self.is_from_outside(API_ID) {
            if had.is_none() {
                eprintln!(
                    "Telegram requires every app to be registered. Log in at https://my.telegram.org\n\
                     with your phone number, open \"API development tools\", and create an app; any\n\
                     title does."
                );
            }
            let id = self.line("API id", had.map(|id| id.to_string()).as_deref(), |text| {
                let id: Option<i32> = text.trim().parse().ok().filter(|id| *id > 0);
                id.map(|_| ()).ok_or_else(|| "It must be a positive number, e.g. 123456.".into())
            })?;
            self.keep(API_ID, id.trim())?;
        }
        let fits = |hash: &str| hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(file) = self.args.api_hash_file.as_deref().filter(|_| !replace) {
            let hash = read_secret(file, "--api-hash-file")?;
            if !fits(hash.expose_secret()) {
                return Err(Error::usage(format!("{} does not contain an API hash", file.display()))
                    .hint("An API hash is 32 digits and letters from a to f, from https://my.telegram.org."));
            }
            self.keep_secret(API_HASH, &hash)?;
        } else if self.asks() && !self.is_from_outside(API_HASH) {
            let has = self.has(API_HASH)? && !replace;
            loop {
                let prompt = if has { "API hash [is set]: " } else { "API hash (hidden while you type): " };
                let typed = read_hidden(prompt).map_err(|_| stopped())?;
                let hash = typed.expose_secret().trim();
                match hash {
                    "" if has => break,
                    hash if fits(hash) => {
                        self.keep_secret(API_HASH, &hash.to_owned().into())?;
                        break;
                    }
                    _ => eprintln!("An API hash is 32 digits and letters from a to f, on the same page as the API id."),
                }
            }
        }
        Ok(())
    }

    // ── the group ───────────────────────────────────────────────────────────────────────────────────────────────────

    fn choose_group(&mut self, runtime: &Runtime, signed_in: &mut SignedIn) -> Result<Group> {
        let had = self.config().group().name.clone();
        if let (Some(label), Some(id)) = (&self.config().group().label, &had) {
            if self.args.group.is_some() {
                return Err(Error::usage("--group can't be used here, because groups.toml lists the groups")
                    .command("To watch one more group, run", "swf group add"));
            }
            eprintln!("The groups are listed in groups.toml; the first is {label}. The next answers apply to all.");
            let place = self.config().group().place();
            let found =
                async { find::resolve(signed_in.caller(), id).await.map_err(|error| Error::from(error.at(&place))) };
            return self.wait(runtime, found);
        }
        let mut text = self.args.group.clone();
        if text.is_none() && (!self.asks() || self.is_from_outside(GROUP)) {
            text = had.clone();
        }
        let mut listed = None;
        loop {
            let wanted = match text.take() {
                Some(text) => text,
                None => {
                    let groups = match &listed {
                        Some(groups) => groups,
                        None => {
                            let found = async { dialogs::groups(signed_in.caller()).await.map_err(Error::from) };
                            listed.insert(self.wait(runtime, found)?)
                        }
                    };
                    let prompt = self.prompt()?;
                    group::pick(prompt, groups, had.as_deref()).map_err(|_| stopped())?
                }
            };
            let found = async {
                find::resolve(signed_in.caller(), &wanted).await.map_err(|error| Error::from(error.at(GROUP)))
            };
            match self.wait(runtime, found) {
                Ok(group) => {
                    self.keep(GROUP, &wanted)?;
                    return Ok(group);
                }
                Err(error) if self.asks() && error.kind == Kind::Config => eprintln!("{error}"),
                Err(error) => return Err(error),
            }
        }
    }

    // ── when and by whom ────────────────────────────────────────────────────────────────────────────────────────────

    fn choose_times(&mut self) -> Result<()> {
        if self.asks() && self.args.timezone.is_none() && !self.is_from_outside(ZONE) {
            let set = self.config().raw.get(ZONE).map(str::to_owned);
            // Servers often run in UTC, whatever the user's zone is.
            let here = iana_time_zone::get_timezone().ok().filter(|name| !name.contains("UTC"));
            let here = here.filter(|name| zone(name).is_ok());
            let default = set.or(here).unwrap_or_else(|| self.config().group().zone.name().to_owned());
            let text = self.line("Time zone of the group", Some(&default), |text| zone(text).map(drop))?;
            self.keep(ZONE, zone(&text).map_err(Error::failed)?.name())?;
        }
        if self.asks() && self.args.post_time.is_none() && !self.is_from_outside(TIME) {
            let default = clock_time(self.config().group().timetable.time);
            let text = self.line("Time of the daily post", Some(&default), |text| time(text).map(drop))?;
            self.keep(TIME, &clock_time(time(&text).map_err(Error::failed)?))?;
        }
        Ok(())
    }

    fn choose_author(&mut self, runtime: &Runtime, group: &Group) -> Result<()> {
        let has = self.has(TOKEN)?;
        let given = self.args.post_as.or(self.args.bot_token_file.as_ref().map(|_| Author::Bot));
        let author = match given {
            Some(author) => author,
            None if self.asks() && !self.is_from_outside(TOKEN) => {
                let items = ["the account that tracks".to_owned(), "a bot, made with @BotFather".to_owned()];
                [Author::User, Author::Bot][self.choose("Who posts", &items, usize::from(has))?]
            }
            None => return Ok(()),
        };
        if author == Author::User {
            if has {
                self.forget(TOKEN)?;
            }
            return Ok(());
        }
        if let Some(file) = &self.args.bot_token_file {
            let token = read_secret(file, "--bot-token-file")?;
            self.greet_bot(runtime, group, &token)?;
            return self.keep_secret(TOKEN, &token);
        }
        loop {
            let mut typed = None;
            if self.asks() && !self.is_from_outside(TOKEN) {
                let prompt =
                    if has { "The bot's token [is set]: " } else { "The bot's token (hidden while you type): " };
                let text = read_hidden(prompt).map_err(|_| stopped())?;
                typed = Some(text.expose_secret().trim()).filter(|token| !token.is_empty()).map(SecretString::from);
                if typed.is_none() && !has {
                    continue;
                }
            }
            let token = match &typed {
                Some(typed) => typed.clone(),
                None => self.config().credentials.secret(TOKEN)?.unwrap_or_default(),
            };
            match (self.greet_bot(runtime, group, &token), typed) {
                (Ok(()), Some(typed)) => return self.keep_secret(TOKEN, &typed),
                (Err(error), Some(_)) if error.kind != Kind::Temporary => eprintln!("{error}"),
                (end, _) => return end,
            }
        }
    }

    /// What a group can turn on in addition to its boards. All of it is off by default.
    fn choose_extras(&mut self) -> Result<()> {
        let question = "Turn on more for the group (a focus clock, hours together, …)?";
        let Some(prompt) = &self.prompt else { return Ok(()) };
        if !prompt.confirm(question, false).map_err(|_| stopped())? {
            return Ok(());
        }
        for Extra { name, question, allowed, is_allowed, is_useful } in EXTRAS {
            if self.is_from_outside(name) || !is_useful(self.config())? {
                continue;
            }
            let set = self.config().raw.get(name).unwrap_or("off").to_owned();
            let check = |text: &str| if is_allowed(text) { Ok(()) } else { Err(format!("It must be {allowed}.")) };
            let text = self.line(question, Some(&set), check)?;
            if text != set {
                self.keep(name, &text)?;
            }
        }
        Ok(())
    }

    /// Signs the bot in. A new token always signs in, which proves that it is valid.
    fn greet_bot(&self, runtime: &Runtime, group: &Group, token: &SecretString) -> Result<()> {
        let target = self.config().group().bot_target();
        let login = self.config().credentials.bot_of(token.clone(), target)?;
        let set = self.config().credentials.secret(TOKEN)?;
        let is_new = set.is_none_or(|set| set.expose_secret() != token.expose_secret());
        let me = self.wait(runtime, async {
            let known = async {
                let bot = match is_new {
                    true => bot::prove(&login, group.peer).await?,
                    false => bot::open(&login, group.peer).await?,
                };
                Ok(self_user(bot.caller()).await?)
            };
            known.await.map_err(|error: GroupError| Error::from(error))
        })?;
        eprintln!("The bot {} can log in. It must be in the group, too.", words(&me));
        Ok(())
    }

    /// Prints a warning if the account that posts may not write in the group.
    fn check_right_to_write(&self, runtime: &Runtime, signed_in: &mut SignedIn, group: &Group) -> Result<()> {
        let bot = self.config().bot()?;
        let who = if bot.is_some() { "the bot" } else { "the account" };
        let asked = async {
            if let Some(login) = bot {
                let bot = bot::open(&login, group.peer).await?;
                return Ok(writing(bot.caller(), &bot.target).await?);
            }
            match writing(signed_in.caller(), group).await {
                // The connection may have been closed while the prompts waited.
                Err(error) if !error.keeps_connection() => {
                    signed_in.reconnect();
                    Ok(writing(signed_in.caller(), group).await?)
                }
                end => Ok::<_, GroupError>(end?),
            }
        };
        let asked = self.wait(runtime, async { asked.await.map_err(Error::from) });
        match asked.map(|writing| writing.obstacle(who)) {
            Ok(None) => {}
            Ok(Some((text, fix))) => eprintln!("Posts will be refused: {text}.\n  {fix}"),
            Err(error) => eprintln!("swf could not check whether {who} may write in the group: {error}"),
        }
        Ok(())
    }

    // ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────

    fn test(&self, runtime: &Runtime, signed_in: &mut SignedIn, group: &Group) -> Result<()> {
        let test = match (self.args.test, self.args.no_test) {
            (true, _) => true,
            (_, true) => false,
            _ => {
                let question = "Send a test message to your own Saved Messages?";
                let answer = self.prompt.as_ref().map(|prompt| prompt.confirm(question, true));
                answer.transpose().map_err(|_| stopped())?.unwrap_or(false)
            }
        };
        if !test {
            return Ok(());
        }
        let text = format!("swf is set up: {}, {}.", clean(&group.title), self.when());
        let mut id = [0; 8];
        getrandom::fill(&mut id).map_err(|error| Error::from_cause(Kind::Failed, error))?;
        let random_id = i64::from_le_bytes(id);
        let message = Message { text: text.clone(), entities: Vec::new() };
        let (itself, no_hashes) = (Addressee::itself(), BTreeMap::new());
        self.wait(runtime, async {
            let sent = match send::send(
                signed_in.caller(),
                &itself,
                &message,
                send::Options::default(),
                random_id,
                &no_hashes,
            )
            .await
            {
                // The connection may have been closed while the prompt waited.
                Err(error) if !error.keeps_connection() => {
                    signed_in.reconnect();
                    send::send(signed_in.caller(), &itself, &message, send::Options::default(), random_id, &no_hashes)
                        .await
                }
                end => end,
            };
            sent.map_err(Error::from)
        })?;
        eprintln!("Sent: {text}");
        Ok(())
    }

    /// `a post daily at 21:30, Asia/Tashkent`.
    fn when(&self) -> String {
        let group = self.config().group();
        format!("a post daily at {}, {}", clock_time(group.timetable.time), group.zone)
    }

    fn finish(&self, signed_in: &SignedIn, group: &Group) -> Result<()> {
        let config = self.config();
        let home = config.home().path();
        let by = if self.has(TOKEN)? { "a bot" } else { "the account" };
        let program = match &self.global.home {
            Some(home) => format!("swf --home {}", shell_quoted(home)),
            None => "swf".to_owned(),
        };
        let mut text = format!("\nSetup is complete in {}\n", home.display());
        text += &format!("  account  {}\n", words(&signed_in.me));
        text += &format!("  group    {}\n", title(group));
        let others = config.settings.groups.iter().skip(1).filter_map(|group| group.label.as_deref());
        for other in others {
            text += &format!("           {other}\n");
        }
        text += &format!("  boards   {}, by {by}\n", self.when());
        let start = match Lock::is_held(&config.home().lock()) {
            Ok(true) => "A tracker is running with the old settings. Stop it, and start it again",
            _ => "Start it",
        };
        text += &format!("\n{start}:  {program} track\n");
        text += "\nTo start the tracker by itself, also after a restart of the computer:\n\n";
        text += &format!("  {}\n", System::here().steps(&program));
        terminal::print(&text)
    }
}

fn stopped() -> Error {
    Error::failed("stopped; your answers so far are stored").command("To continue, run", "swf init")
}

/// Finds a zone by its name, ignoring case.
fn zone(text: &str) -> Result<Zone, String> {
    let text = text.trim();
    if let Some(zone) = Zone::all().find(|zone| zone.name().eq_ignore_ascii_case(text)) {
        return Ok(zone);
    }
    let (lower, mut near) = (text.to_ascii_lowercase(), Vec::new());
    for zone in Zone::all() {
        let name = zone.name().to_ascii_lowercase();
        let city = name.rsplit('/').next().unwrap_or(&name);
        near.push((strsim::damerau_levenshtein(&lower, &name).min(strsim::damerau_levenshtein(&lower, city)), zone));
    }
    let nearest = near.into_iter().min_by_key(|(distance, zone)| (*distance, zone.name()));
    Err(match nearest {
        Some((distance, zone)) if distance * 3 <= text.chars().count() => {
            format!("It must be a time zone's name; did you mean {zone}?")
        }
        _ => "It must be a time zone's name, e.g. Asia/Tashkent or Europe/London.".into(),
    })
}

fn time(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text.trim(), "%H:%M").map_err(|_| "It must be a time of day, HH:MM, e.g. 21:30.".into())
}

/// A time as a setting has it, `21:30`.
fn clock_time(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

fn wrong(option: &str, read: &str, allowed: String) -> Error {
    Error::usage(format!("{option} is {read:?}")).hint(allowed)
}

/// The contents of a file, without the line ends around them.
fn read_secret(path: &Path, option: &str) -> Result<SecretString> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text).map(drop)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)).map(drop)
    };
    let secret = SecretString::from(text.trim());
    secrecy::zeroize::Zeroize::zeroize(&mut text);
    read.map_err(|error| Error::usage(format!("{option}: {} can't be read: {error}", path.display())))?;
    if secret.expose_secret().is_empty() {
        return Err(Error::usage(format!("{option}: {} is empty", path.display())));
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weekly numbers need a bot that sends them, or an organiser who is not the account that tracks.
    #[test]
    fn the_pulse_is_offered_where_there_is_a_bot_or_an_organiser() {
        let folder = tempfile::tempdir().unwrap();
        let offered = |settings: &str| {
            std::fs::write(folder.path().join(".env.local"), settings).unwrap();
            let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
            let useful = EXTRAS.into_iter().filter(|extra| (extra.is_useful)(&config).unwrap());
            useful.map(|extra| extra.name).collect::<Vec<_>>()
        };
        let others = ["SWF_RHYTHM", "SWF_SLOTS", "SWF_PAIRS", "SWF_SILENCE"];
        let all = ["SWF_RHYTHM", "SWF_SLOTS", "SWF_PAIRS", "SWF_SILENCE", "SWF_PULSE"];
        assert_eq!(offered(""), others);
        let application = "TELEGRAM_API_ID=1\nTELEGRAM_API_HASH=0123456789abcdef0123456789abcdef\n";
        assert_eq!(offered(&format!("{application}TELEGRAM_BOT_TOKEN=123456:token\n")), all);
        assert_eq!(offered("ADMIN_CHAT_ID=7\n"), all);
    }

    #[test]
    fn what_an_extra_allows_turns_it_off() {
        for Extra { name, is_allowed, .. } in EXTRAS {
            assert!(is_allowed("off") && !is_allowed("maybe"), "{name}");
        }
    }
}
