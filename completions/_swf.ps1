
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'swf' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'swf'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'swf' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Set up swf, one question at a time')
            [CompletionResult]::new('track', 'track', [CompletionResultType]::ParameterValue, 'Watch the group''s call until stopped, and post on time')
            [CompletionResult]::new('post', 'post', [CompletionResultType]::ParameterValue, 'Post what is due, or the current standings')
            [CompletionResult]::new('backfill', 'backfill', [CompletionResultType]::ParameterValue, 'Post the boards of missed days')
            [CompletionResult]::new('leaderboard', 'leaderboard', [CompletionResultType]::ParameterValue, 'Print a leaderboard')
            [CompletionResult]::new('card', 'card', [CompletionResultType]::ParameterValue, 'Draw a board or a person as a picture, to share')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Explain a person''s number: every stay, its evidence, and what was cut')
            [CompletionResult]::new('streaks', 'streaks', [CompletionResultType]::ParameterValue, 'Show streaks: who studies day after day')
            [CompletionResult]::new('pulse', 'pulse', [CompletionResultType]::ParameterValue, 'Show how the group is doing, in numbers without names')
            [CompletionResult]::new('goal', 'goal', [CompletionResultType]::ParameterValue, 'Set people''s goals for the week')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Check that every board of the store adds up')
            [CompletionResult]::new('adjust', 'adjust', [CompletionResultType]::ParameterValue, 'Add time to a person or remove some, with a reason')
            [CompletionResult]::new('silence', 'silence', [CompletionResultType]::ParameterValue, 'Show how long a silence in the call ranks, and what a limit would change')
            [CompletionResult]::new('alias', 'alias', [CompletionResultType]::ParameterValue, 'Count several accounts as one person')
            [CompletionResult]::new('person', 'person', [CompletionResultType]::ParameterValue, 'Hide or forget a person, export their data, record who agreed')
            [CompletionResult]::new('group', 'group', [CompletionResultType]::ParameterValue, 'Choose the groups that swf watches')
            [CompletionResult]::new('pause', 'pause', [CompletionResultType]::ParameterValue, 'Pause posts, e.g. for holidays; time still counts')
            [CompletionResult]::new('session', 'session', [CompletionResultType]::ParameterValue, 'Log in, show the login, log out')
            [CompletionResult]::new('secrets', 'secrets', [CompletionResultType]::ParameterValue, 'Keep passwords and login strings in the system''s keyring')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Import the totals of the old tracker')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Copy the store, even while the tracker writes')
            [CompletionResult]::new('retention', 'retention', [CompletionResultType]::ParameterValue, 'Fold old stays into totals of days')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print stays, boards or days as CSV')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what runs now: tracker, call, posts, store')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check the setup, and suggest a fix for each problem')
            [CompletionResult]::new('watchdog', 'watchdog', [CompletionResultType]::ParameterValue, 'Check the tracker and alert if it is down (for cron)')
            [CompletionResult]::new('schedule', 'schedule', [CompletionResultType]::ParameterValue, 'Print a ready entry for cron, systemd, launchd or Windows Task Scheduler')
            [CompletionResult]::new('web', 'web', [CompletionResultType]::ParameterValue, 'Send the boards to a website, or serve them')
            [CompletionResult]::new('site', 'site', [CompletionResultType]::ParameterValue, 'Write the boards as pages for any web space')
            [CompletionResult]::new('verify-separation', 'verify-separation', [CompletionResultType]::ParameterValue, 'Check that only the web export refers to the website')
            [CompletionResult]::new('words', 'words', [CompletionResultType]::ParameterValue, 'Print every text of posts and alerts in a language, next to English (for translators)')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print completions for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;init' {
            [CompletionResult]::new('--api-id', '--api-id', [CompletionResultType]::ParameterName, 'The API id, from https://my.telegram.org')
            [CompletionResult]::new('--api-hash-file', '--api-hash-file', [CompletionResultType]::ParameterName, 'A file with the API hash that belongs to it; - is standard input')
            [CompletionResult]::new('--login-file', '--login-file', [CompletionResultType]::ParameterName, 'A file with a login string, instead of scanning a QR code; - is standard input')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group: name, @name, t.me link, invite link or id')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'The time zone in which a day begins and ends, e.g. Asia/Tashkent')
            [CompletionResult]::new('--post-time', '--post-time', [CompletionResultType]::ParameterName, 'The time of the daily post in that zone, HH:MM')
            [CompletionResult]::new('--post-as', '--post-as', [CompletionResultType]::ParameterName, 'Who posts: the account that tracks, or a bot')
            [CompletionResult]::new('--bot-token-file', '--bot-token-file', [CompletionResultType]::ParameterName, 'A file with the bot''s token, from @BotFather; - is standard input')
            [CompletionResult]::new('--secrets', '--secrets', [CompletionResultType]::ParameterName, 'Where secrets are kept')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--test', '--test', [CompletionResultType]::ParameterName, 'Send a test message to your own Saved Messages without asking')
            [CompletionResult]::new('--no-test', '--no-test', [CompletionResultType]::ParameterName, 'Send no test message')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'swf;track' {
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Record the events from Telegram and the system in this file, for a bug report; ids are hashed, and names left out')
            [CompletionResult]::new('--web', '--web', [CompletionResultType]::ParameterName, 'Also serve the pages and boards, as swf web serve does, at this address [default: 127.0.0.1:8080]')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--no-post', '--no-post', [CompletionResultType]::ParameterName, 'Do not post on time; track only')
            [CompletionResult]::new('--no-chat', '--no-chat', [CompletionResultType]::ParameterName, 'Do not answer in the chat')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'Log lines instead of the live view, also on a terminal')
            [CompletionResult]::new('--new-store', '--new-store', [CompletionResultType]::ParameterName, 'Start with an empty store if the previous store is missing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;post' {
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Which account posts [default: the bot where there is one]')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Post the standings of this moment; the schedule stays as it is')
            [CompletionResult]::new('--again', '--again', [CompletionResultType]::ParameterName, 'Post even if the group already has the same standings')
            [CompletionResult]::new('--undo', '--undo', [CompletionResultType]::ParameterName, 'Delete the last message that swf has posted; swf does not post its day again by itself')
            [CompletionResult]::new('--drop', '--drop', [CompletionResultType]::ParameterName, 'Give up manual posts that are not sent yet, or were refused')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print what would be posted, and post nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;backfill' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'The first missed day to post, e.g. 2026-11-01, yesterday, -7 (seven days back) [default: SWF_BACKFILL_DAYS back]')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print what would be posted, and post nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON, with --dry-run')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;leaderboard' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The first day of a range, instead of a period, e.g. 2026-11-01, yesterday, -7 (seven days back)')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The last day of the range, written the same way [default: today]')
            [CompletionResult]::new('--date', '--date', [CompletionResultType]::ParameterName, 'A day in the period, e.g. 2026-11-22, today, yesterday, last (the period before), -2 (two periods back) [default: today]')
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'How people are ranked: hours, days (active days, then hours) or bands (people of similar pace) [default: SWF_BOARD]')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'How many rows [default: all]')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--day', '--day', [CompletionResultType]::ParameterName, 'The day''s board')
            [CompletionResult]::new('--week', '--week', [CompletionResultType]::ParameterName, 'The week''s board')
            [CompletionResult]::new('--month', '--month', [CompletionResultType]::ParameterName, 'The month''s board')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'As CSV')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;card' {
            [CompletionResult]::new('--date', '--date', [CompletionResultType]::ParameterName, 'A day in the period, e.g. 2026-11-22, today, yesterday, last (the period before), -2 (two periods back); for a person, the last day of the picture [default: today]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The file to write, or - for standard output; an existing file is replaced')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The file to write, or - for standard output; an existing file is replaced')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'How many rows a board has, at most 50 [default: SWF_TOP]')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--show', '--show', [CompletionResultType]::ParameterName, 'Show the picture on this terminal (kitty, Ghostty, WezTerm, iTerm2, Konsole, foot, mlterm)')
            [CompletionResult]::new('--dark', '--dark', [CompletionResultType]::ParameterName, 'Light text on a dark background')
            [CompletionResult]::new('--svg', '--svg', [CompletionResultType]::ParameterName, 'As SVG; its texts need the fonts that --credits names')
            [CompletionResult]::new('--credits', '--credits', [CompletionResultType]::ParameterName, 'Print who made the fonts and the emoji, and their licences')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;why' {
            [CompletionResult]::new('--date', '--date', [CompletionResultType]::ParameterName, 'A day in the period, e.g. 2026-11-22, today, yesterday, last (the period before), -2 (two periods back) [default: today]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The first day of a range, instead of a period, e.g. 2026-11-01, yesterday, -7 (seven days back)')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The last day of the range, written the same way [default: today]')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;streaks' {
            [CompletionResult]::new('--date', '--date', [CompletionResultType]::ParameterName, 'The day at whose end to show them, e.g. 2026-11-22, yesterday, -7 [default: today]')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Allow or forbid posts to show a person''s streak; off until the person chooses it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;streaks;show' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;streaks;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Allow or forbid posts to show a person''s streak; off until the person chooses it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;streaks;help;show' {
            break
        }
        'swf;streaks;help;help' {
            break
        }
        'swf;pulse' {
            [CompletionResult]::new('--weeks', '--weeks', [CompletionResultType]::ParameterName, 'How many completed weeks to show')
            [CompletionResult]::new('--around', '--around', [CompletionResultType]::ParameterName, 'Instead, compare the four weeks before a date with the four after it, e.g. 2026-11-02, -30 (thirty days back)')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;goal' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set a person''s goal for each week')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all goals, and how far people are this week')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;goal;set' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;goal;list' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;goal;help' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set a person''s goal for each week')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all goals, and how far people are this week')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;goal;help;set' {
            break
        }
        'swf;goal;help;list' {
            break
        }
        'swf;goal;help;help' {
            break
        }
        'swf;audit' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;adjust' {
            [CompletionResult]::new('--add', '--add', [CompletionResultType]::ParameterName, 'Add the time from FROM to TO, e.g. "2026-11-27 19:00" "2026-11-27 20:30", "yesterday 19:00" now')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'Remove the time from FROM to TO')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'The reason; shown to everybody who may see the person''s time')
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'The name of the person who corrects, as others see it')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all corrections, also those that were taken back')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Take a correction back')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;adjust;list' {
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'The name of the person who corrects, as others see it')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--suggested', '--suggested', [CompletionResultType]::ParameterName, 'Instead, show stays that are longer than SWF_MAX_STAY, with the commands that cut them')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;adjust;undo' {
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'The name of the person who corrects, as others see it')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;adjust;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all corrections, also those that were taken back')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Take a correction back')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;adjust;help;list' {
            break
        }
        'swf;adjust;help;undo' {
            break
        }
        'swf;adjust;help;help' {
            break
        }
        'swf;silence' {
            [CompletionResult]::new('--days', '--days', [CompletionResultType]::ParameterName, 'How many days, including today [default: 7]')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'The limit, from 1h to 6h [default: the limit in SWF_SILENCE, else 3h]')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what a limit would change in the last days; nothing is stored')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;alias' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Count accounts as one person, who appears under the first account')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all aliases')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Count accounts separately again')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;alias;add' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;alias;list' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;alias;remove' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;alias;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Count accounts as one person, who appears under the first account')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all aliases')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Count accounts separately again')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;alias;help;add' {
            break
        }
        'swf;alias;help;list' {
            break
        }
        'swf;alias;help;remove' {
            break
        }
        'swf;alias;help;help' {
            break
        }
        'swf;person' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('hide', 'hide', [CompletionResultType]::ParameterValue, 'Show a person as "Somebody" everywhere; rank and totals stay')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the name of a person again')
            [CompletionResult]::new('leave', 'leave', [CompletionResultType]::ParameterValue, 'Store nothing about a person from now on; a running stay ends now')
            [CompletionResult]::new('return', 'return', [CompletionResultType]::ParameterValue, 'Count a person again from now on, after `leave`')
            [CompletionResult]::new('agree', 'agree', [CompletionResultType]::ParameterValue, 'Record that a person agreed to have their time stored (SWF_AUDIENCE=consent)')
            [CompletionResult]::new('name', 'name', [CompletionResultType]::ParameterValue, 'Show a person under a pen name instead of the Telegram name')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Forget a person in a week: names and ids are removed everywhere, totals stay')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Cancel a planned forgetting; count a forgotten person again from now on')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write everything that is stored about a person to a folder')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show what people decided')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;person;hide' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;person;show' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;person;leave' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;person;return' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;person;agree' {
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'Who says that the person agreed, e.g. "Ada''s mother, on paper"')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;person;name' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;person;forget' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Forget now, without the week in which you can cancel')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'With --now: do not ask')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;person;restore' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;person;export' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The folder to create; it must not exist, or be empty')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The folder to create; it must not exist, or be empty')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;person;list' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;person;help' {
            [CompletionResult]::new('hide', 'hide', [CompletionResultType]::ParameterValue, 'Show a person as "Somebody" everywhere; rank and totals stay')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the name of a person again')
            [CompletionResult]::new('leave', 'leave', [CompletionResultType]::ParameterValue, 'Store nothing about a person from now on; a running stay ends now')
            [CompletionResult]::new('return', 'return', [CompletionResultType]::ParameterValue, 'Count a person again from now on, after `leave`')
            [CompletionResult]::new('agree', 'agree', [CompletionResultType]::ParameterValue, 'Record that a person agreed to have their time stored (SWF_AUDIENCE=consent)')
            [CompletionResult]::new('name', 'name', [CompletionResultType]::ParameterValue, 'Show a person under a pen name instead of the Telegram name')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Forget a person in a week: names and ids are removed everywhere, totals stay')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Cancel a planned forgetting; count a forgotten person again from now on')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write everything that is stored about a person to a folder')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show what people decided')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;person;help;hide' {
            break
        }
        'swf;person;help;show' {
            break
        }
        'swf;person;help;leave' {
            break
        }
        'swf;person;help;return' {
            break
        }
        'swf;person;help;agree' {
            break
        }
        'swf;person;help;name' {
            break
        }
        'swf;person;help;forget' {
            break
        }
        'swf;person;help;restore' {
            break
        }
        'swf;person;help;export' {
            break
        }
        'swf;person;help;list' {
            break
        }
        'swf;person;help;help' {
            break
        }
        'swf;group' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show the groups and their settings')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Watch one more group of the account')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change a setting of a group, e.g. swf group set study post_time 22:00')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Stop watching a group; its time stays in the store')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;group;list' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;group;add' {
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'The group: id, title, @name, t.me link or invite link [default: you are asked]')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;group;set' {
            [CompletionResult]::new('--unset', '--unset', [CompletionResultType]::ParameterName, 'Remove this setting from the group; the value for all groups applies again')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;group;remove' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;group;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show the groups and their settings')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Watch one more group of the account')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change a setting of a group, e.g. swf group set study post_time 22:00')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Stop watching a group; its time stays in the store')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;group;help;list' {
            break
        }
        'swf;group;help;add' {
            break
        }
        'swf;group;help;set' {
            break
        }
        'swf;group;help;remove' {
            break
        }
        'swf;group;help;help' {
            break
        }
        'swf;pause' {
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'The last day without a post, e.g. 2027-01-07 [default: until you end the pause]')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--end', '--end', [CompletionResultType]::ParameterName, 'End the pause: today gets its post again')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List the pauses, past ones too')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'swf;session' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('qr', 'qr', [CompletionResultType]::ParameterValue, 'Log in by scanning a QR code with the phone')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Show which account is logged in, and whether it can see the group''s call')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Log the account out; its login string stops working')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;session;qr' {
            [CompletionResult]::new('--png', '--png', [CompletionResultType]::ParameterName, 'Also write the code to this file, as a picture; each new code replaces it')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where to store the login string, without asking')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--print', '--print', [CompletionResultType]::ParameterName, 'Print the login string on standard output, and store nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'swf;session;check' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;session;logout' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;session;help' {
            [CompletionResult]::new('qr', 'qr', [CompletionResultType]::ParameterValue, 'Log in by scanning a QR code with the phone')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Show which account is logged in, and whether it can see the group''s call')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Log the account out; its login string stops working')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;session;help;qr' {
            break
        }
        'swf;session;help;check' {
            break
        }
        'swf;session;help;logout' {
            break
        }
        'swf;session;help;help' {
            break
        }
        'swf;secrets' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Store a secret: type it hidden, or give it on standard input')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print a secret')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show where each secret comes from, but not the secrets')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a secret from the keyring and from .env.local')
            [CompletionResult]::new('migrate', 'migrate', [CompletionResultType]::ParameterValue, 'Move all secrets from .env.local to the keyring')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;secrets;set' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where to store it')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'swf;secrets;get' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Print it on a terminal, too')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;secrets;list' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;secrets;remove' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;secrets;migrate' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;secrets;help' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Store a secret: type it hidden, or give it on standard input')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print a secret')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show where each secret comes from, but not the secrets')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a secret from the keyring and from .env.local')
            [CompletionResult]::new('migrate', 'migrate', [CompletionResultType]::ParameterValue, 'Move all secrets from .env.local to the keyring')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;secrets;help;set' {
            break
        }
        'swf;secrets;help;get' {
            break
        }
        'swf;secrets;help;list' {
            break
        }
        'swf;secrets;help;remove' {
            break
        }
        'swf;secrets;help;migrate' {
            break
        }
        'swf;secrets;help;help' {
            break
        }
        'swf;import' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be imported, and import nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;backup' {
            [CompletionResult]::new('--restore', '--restore', [CompletionResultType]::ParameterName, 'Restore this copy; the current store is kept next to it')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Write everything to this file, to move to another computer: store, settings, groups, texts; no logins')
            [CompletionResult]::new('--restore-all', '--restore-all', [CompletionResultType]::ParameterName, 'Restore a file that --all wrote, into an empty home')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'A file with the passphrase [default: you are asked for it]')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--with-logins', '--with-logins', [CompletionResultType]::ParameterName, 'With --all or --restore-all: logins and passwords, too, encrypted with a passphrase')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;retention' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--apply', '--apply', [CompletionResultType]::ParameterName, 'Fold now')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'swf;export' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'The first day, e.g. 2026-11-01, yesterday, -7 (seven days back) [default: the first stored day]')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'The last day, written the same way [default: the last stored day]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to this file, and replace its contents; - is standard output [default: standard output]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to this file, and replace its contents; - is standard output [default: standard output]')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--excel', '--excel', [CompletionResultType]::ParameterName, 'Write a file that Excel opens with a double click: `;` between the cells, and a mark that the file is UTF-8')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'swf;status' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;doctor' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--alert', '--alert', [CompletionResultType]::ParameterName, 'Send a test alert over each route')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;watchdog' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;schedule' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'Print commands that remove the entry of this folder instead')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'swf;web' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('push', 'push', [CompletionResultType]::ParameterValue, 'Send all waiting boards to the website now, including boards that it refused')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Print a link that logs a browser in to the pages; it works once, for 10 minutes')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve the pages, the admin state and the boards over HTTP until stopped')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;web;push' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the bodies that would be sent, one on each line, and send nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;web;link' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;web;serve' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'The address to listen on; an address that other computers can reach needs CRON_SECRET')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--open', '--open', [CompletionResultType]::ParameterName, 'Let programs on this computer read the boards without CRON_SECRET')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;web;help' {
            [CompletionResult]::new('push', 'push', [CompletionResultType]::ParameterValue, 'Send all waiting boards to the website now, including boards that it refused')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Print a link that logs a browser in to the pages; it works once, for 10 minutes')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve the pages, the admin state and the boards over HTTP until stopped')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;web;help;push' {
            break
        }
        'swf;web;help;link' {
            break
        }
        'swf;web;help;serve' {
            break
        }
        'swf;web;help;help' {
            break
        }
        'swf;site' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The group, by its name in groups.toml; only needed where there are several')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Write to a folder that has other files, too; they are not changed')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;verify-separation' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'As JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;words' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;completions' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The folder with .env.local and var/ [default: this folder if it has swf''s .env.local or a store, else the platform''s data folder]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether to use colors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log more; give it twice to log everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log only warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'swf;help' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Set up swf, one question at a time')
            [CompletionResult]::new('track', 'track', [CompletionResultType]::ParameterValue, 'Watch the group''s call until stopped, and post on time')
            [CompletionResult]::new('post', 'post', [CompletionResultType]::ParameterValue, 'Post what is due, or the current standings')
            [CompletionResult]::new('backfill', 'backfill', [CompletionResultType]::ParameterValue, 'Post the boards of missed days')
            [CompletionResult]::new('leaderboard', 'leaderboard', [CompletionResultType]::ParameterValue, 'Print a leaderboard')
            [CompletionResult]::new('card', 'card', [CompletionResultType]::ParameterValue, 'Draw a board or a person as a picture, to share')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Explain a person''s number: every stay, its evidence, and what was cut')
            [CompletionResult]::new('streaks', 'streaks', [CompletionResultType]::ParameterValue, 'Show streaks: who studies day after day')
            [CompletionResult]::new('pulse', 'pulse', [CompletionResultType]::ParameterValue, 'Show how the group is doing, in numbers without names')
            [CompletionResult]::new('goal', 'goal', [CompletionResultType]::ParameterValue, 'Set people''s goals for the week')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Check that every board of the store adds up')
            [CompletionResult]::new('adjust', 'adjust', [CompletionResultType]::ParameterValue, 'Add time to a person or remove some, with a reason')
            [CompletionResult]::new('silence', 'silence', [CompletionResultType]::ParameterValue, 'Show how long a silence in the call ranks, and what a limit would change')
            [CompletionResult]::new('alias', 'alias', [CompletionResultType]::ParameterValue, 'Count several accounts as one person')
            [CompletionResult]::new('person', 'person', [CompletionResultType]::ParameterValue, 'Hide or forget a person, export their data, record who agreed')
            [CompletionResult]::new('group', 'group', [CompletionResultType]::ParameterValue, 'Choose the groups that swf watches')
            [CompletionResult]::new('pause', 'pause', [CompletionResultType]::ParameterValue, 'Pause posts, e.g. for holidays; time still counts')
            [CompletionResult]::new('session', 'session', [CompletionResultType]::ParameterValue, 'Log in, show the login, log out')
            [CompletionResult]::new('secrets', 'secrets', [CompletionResultType]::ParameterValue, 'Keep passwords and login strings in the system''s keyring')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Import the totals of the old tracker')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Copy the store, even while the tracker writes')
            [CompletionResult]::new('retention', 'retention', [CompletionResultType]::ParameterValue, 'Fold old stays into totals of days')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print stays, boards or days as CSV')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what runs now: tracker, call, posts, store')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check the setup, and suggest a fix for each problem')
            [CompletionResult]::new('watchdog', 'watchdog', [CompletionResultType]::ParameterValue, 'Check the tracker and alert if it is down (for cron)')
            [CompletionResult]::new('schedule', 'schedule', [CompletionResultType]::ParameterValue, 'Print a ready entry for cron, systemd, launchd or Windows Task Scheduler')
            [CompletionResult]::new('web', 'web', [CompletionResultType]::ParameterValue, 'Send the boards to a website, or serve them')
            [CompletionResult]::new('site', 'site', [CompletionResultType]::ParameterValue, 'Write the boards as pages for any web space')
            [CompletionResult]::new('verify-separation', 'verify-separation', [CompletionResultType]::ParameterValue, 'Check that only the web export refers to the website')
            [CompletionResult]::new('words', 'words', [CompletionResultType]::ParameterValue, 'Print every text of posts and alerts in a language, next to English (for translators)')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print completions for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'swf;help;init' {
            break
        }
        'swf;help;track' {
            break
        }
        'swf;help;post' {
            break
        }
        'swf;help;backfill' {
            break
        }
        'swf;help;leaderboard' {
            break
        }
        'swf;help;card' {
            break
        }
        'swf;help;why' {
            break
        }
        'swf;help;streaks' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Allow or forbid posts to show a person''s streak; off until the person chooses it')
            break
        }
        'swf;help;streaks;show' {
            break
        }
        'swf;help;pulse' {
            break
        }
        'swf;help;goal' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Set a person''s goal for each week')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all goals, and how far people are this week')
            break
        }
        'swf;help;goal;set' {
            break
        }
        'swf;help;goal;list' {
            break
        }
        'swf;help;audit' {
            break
        }
        'swf;help;adjust' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all corrections, also those that were taken back')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Take a correction back')
            break
        }
        'swf;help;adjust;list' {
            break
        }
        'swf;help;adjust;undo' {
            break
        }
        'swf;help;silence' {
            break
        }
        'swf;help;alias' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Count accounts as one person, who appears under the first account')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all aliases')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Count accounts separately again')
            break
        }
        'swf;help;alias;add' {
            break
        }
        'swf;help;alias;list' {
            break
        }
        'swf;help;alias;remove' {
            break
        }
        'swf;help;person' {
            [CompletionResult]::new('hide', 'hide', [CompletionResultType]::ParameterValue, 'Show a person as "Somebody" everywhere; rank and totals stay')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the name of a person again')
            [CompletionResult]::new('leave', 'leave', [CompletionResultType]::ParameterValue, 'Store nothing about a person from now on; a running stay ends now')
            [CompletionResult]::new('return', 'return', [CompletionResultType]::ParameterValue, 'Count a person again from now on, after `leave`')
            [CompletionResult]::new('agree', 'agree', [CompletionResultType]::ParameterValue, 'Record that a person agreed to have their time stored (SWF_AUDIENCE=consent)')
            [CompletionResult]::new('name', 'name', [CompletionResultType]::ParameterValue, 'Show a person under a pen name instead of the Telegram name')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Forget a person in a week: names and ids are removed everywhere, totals stay')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Cancel a planned forgetting; count a forgotten person again from now on')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write everything that is stored about a person to a folder')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show what people decided')
            break
        }
        'swf;help;person;hide' {
            break
        }
        'swf;help;person;show' {
            break
        }
        'swf;help;person;leave' {
            break
        }
        'swf;help;person;return' {
            break
        }
        'swf;help;person;agree' {
            break
        }
        'swf;help;person;name' {
            break
        }
        'swf;help;person;forget' {
            break
        }
        'swf;help;person;restore' {
            break
        }
        'swf;help;person;export' {
            break
        }
        'swf;help;person;list' {
            break
        }
        'swf;help;group' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show the groups and their settings')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Watch one more group of the account')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change a setting of a group, e.g. swf group set study post_time 22:00')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Stop watching a group; its time stays in the store')
            break
        }
        'swf;help;group;list' {
            break
        }
        'swf;help;group;add' {
            break
        }
        'swf;help;group;set' {
            break
        }
        'swf;help;group;remove' {
            break
        }
        'swf;help;pause' {
            break
        }
        'swf;help;session' {
            [CompletionResult]::new('qr', 'qr', [CompletionResultType]::ParameterValue, 'Log in by scanning a QR code with the phone')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Show which account is logged in, and whether it can see the group''s call')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Log the account out; its login string stops working')
            break
        }
        'swf;help;session;qr' {
            break
        }
        'swf;help;session;check' {
            break
        }
        'swf;help;session;logout' {
            break
        }
        'swf;help;secrets' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Store a secret: type it hidden, or give it on standard input')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print a secret')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show where each secret comes from, but not the secrets')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a secret from the keyring and from .env.local')
            [CompletionResult]::new('migrate', 'migrate', [CompletionResultType]::ParameterValue, 'Move all secrets from .env.local to the keyring')
            break
        }
        'swf;help;secrets;set' {
            break
        }
        'swf;help;secrets;get' {
            break
        }
        'swf;help;secrets;list' {
            break
        }
        'swf;help;secrets;remove' {
            break
        }
        'swf;help;secrets;migrate' {
            break
        }
        'swf;help;import' {
            break
        }
        'swf;help;backup' {
            break
        }
        'swf;help;retention' {
            break
        }
        'swf;help;export' {
            break
        }
        'swf;help;status' {
            break
        }
        'swf;help;doctor' {
            break
        }
        'swf;help;watchdog' {
            break
        }
        'swf;help;schedule' {
            break
        }
        'swf;help;web' {
            [CompletionResult]::new('push', 'push', [CompletionResultType]::ParameterValue, 'Send all waiting boards to the website now, including boards that it refused')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Print a link that logs a browser in to the pages; it works once, for 10 minutes')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve the pages, the admin state and the boards over HTTP until stopped')
            break
        }
        'swf;help;web;push' {
            break
        }
        'swf;help;web;link' {
            break
        }
        'swf;help;web;serve' {
            break
        }
        'swf;help;site' {
            break
        }
        'swf;help;verify-separation' {
            break
        }
        'swf;help;words' {
            break
        }
        'swf;help;completions' {
            break
        }
        'swf;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
