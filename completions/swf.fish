# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_swf_global_optspecs
    string join \n home= v/verbose q/quiet color= h/help V/version
end

function __fish_swf_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_swf_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_swf_using_subcommand
    set -l cmd (__fish_swf_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c swf -n "__fish_swf_needs_command" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_needs_command" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_needs_command" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_needs_command" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_needs_command" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_needs_command" -s V -l version -d 'Print version'
complete -c swf -n "__fish_swf_needs_command" -f -a "init" -d 'Set up swf, one question at a time'
complete -c swf -n "__fish_swf_needs_command" -f -a "track" -d 'Watch the group\'s call until stopped, and post on time'
complete -c swf -n "__fish_swf_needs_command" -f -a "post" -d 'Post what is due, or the current standings'
complete -c swf -n "__fish_swf_needs_command" -f -a "backfill" -d 'Post the boards of missed days'
complete -c swf -n "__fish_swf_needs_command" -f -a "leaderboard" -d 'Print a leaderboard'
complete -c swf -n "__fish_swf_needs_command" -f -a "card" -d 'Draw a board or a person as a picture, to share'
complete -c swf -n "__fish_swf_needs_command" -f -a "why" -d 'Explain a person\'s number: every stay, its evidence, and what was cut'
complete -c swf -n "__fish_swf_needs_command" -f -a "streaks" -d 'Show streaks: who studies day after day'
complete -c swf -n "__fish_swf_needs_command" -f -a "pulse" -d 'Show how the group is doing, in numbers without names'
complete -c swf -n "__fish_swf_needs_command" -f -a "goal" -d 'Set people\'s goals for the week'
complete -c swf -n "__fish_swf_needs_command" -f -a "audit" -d 'Check that every board of the store adds up'
complete -c swf -n "__fish_swf_needs_command" -f -a "adjust" -d 'Add time to a person or remove some, with a reason'
complete -c swf -n "__fish_swf_needs_command" -f -a "silence" -d 'Show how long a silence in the call ranks, and what a limit would change'
complete -c swf -n "__fish_swf_needs_command" -f -a "alias" -d 'Count several accounts as one person'
complete -c swf -n "__fish_swf_needs_command" -f -a "person" -d 'Hide or forget a person, export their data, record who agreed'
complete -c swf -n "__fish_swf_needs_command" -f -a "group" -d 'Choose the groups that swf watches'
complete -c swf -n "__fish_swf_needs_command" -f -a "pause" -d 'Pause posts, e.g. for holidays; time still counts'
complete -c swf -n "__fish_swf_needs_command" -f -a "session" -d 'Log in, show the login, log out'
complete -c swf -n "__fish_swf_needs_command" -f -a "secrets" -d 'Keep passwords and login strings in the system\'s keyring'
complete -c swf -n "__fish_swf_needs_command" -f -a "import" -d 'Import the totals of the old tracker'
complete -c swf -n "__fish_swf_needs_command" -f -a "backup" -d 'Copy the store, even while the tracker writes'
complete -c swf -n "__fish_swf_needs_command" -f -a "retention" -d 'Fold old stays into totals of days'
complete -c swf -n "__fish_swf_needs_command" -f -a "export" -d 'Print stays, boards or days as CSV'
complete -c swf -n "__fish_swf_needs_command" -f -a "status" -d 'Show what runs now: tracker, call, posts, store'
complete -c swf -n "__fish_swf_needs_command" -f -a "doctor" -d 'Check the setup, and suggest a fix for each problem'
complete -c swf -n "__fish_swf_needs_command" -f -a "watchdog" -d 'Check the tracker and alert if it is down (for cron)'
complete -c swf -n "__fish_swf_needs_command" -f -a "schedule" -d 'Print a ready entry for cron, systemd, launchd or Windows Task Scheduler'
complete -c swf -n "__fish_swf_needs_command" -f -a "web" -d 'Send the boards to a website, or serve them'
complete -c swf -n "__fish_swf_needs_command" -f -a "site" -d 'Write the boards as pages for any web space'
complete -c swf -n "__fish_swf_needs_command" -f -a "verify-separation" -d 'Check that only the web export refers to the website'
complete -c swf -n "__fish_swf_needs_command" -f -a "words" -d 'Print every text of posts and alerts in a language, next to English (for translators)'
complete -c swf -n "__fish_swf_needs_command" -f -a "completions" -d 'Print completions for a shell'
complete -c swf -n "__fish_swf_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand init" -l api-id -d 'The API id, from https://my.telegram.org' -r
complete -c swf -n "__fish_swf_using_subcommand init" -l api-hash-file -d 'A file with the API hash that belongs to it; - is standard input' -r -F
complete -c swf -n "__fish_swf_using_subcommand init" -l login-file -d 'A file with a login string, instead of scanning a QR code; - is standard input' -r -F
complete -c swf -n "__fish_swf_using_subcommand init" -l group -d 'The group: name, @name, t.me link, invite link or id' -r
complete -c swf -n "__fish_swf_using_subcommand init" -l timezone -d 'The time zone in which a day begins and ends, e.g. Asia/Tashkent' -r
complete -c swf -n "__fish_swf_using_subcommand init" -l post-time -d 'The time of the daily post in that zone, HH:MM' -r
complete -c swf -n "__fish_swf_using_subcommand init" -l post-as -d 'Who posts: the account that tracks, or a bot' -r -f -a "user\t''
bot\t''"
complete -c swf -n "__fish_swf_using_subcommand init" -l bot-token-file -d 'A file with the bot\'s token, from @BotFather; - is standard input' -r -F
complete -c swf -n "__fish_swf_using_subcommand init" -l secrets -d 'Where secrets are kept' -r -f -a "keyring\t'The system\'s keyring'
file\t'.env.local, which only you can read'"
complete -c swf -n "__fish_swf_using_subcommand init" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand init" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand init" -l test -d 'Send a test message to your own Saved Messages without asking'
complete -c swf -n "__fish_swf_using_subcommand init" -l no-test -d 'Send no test message'
complete -c swf -n "__fish_swf_using_subcommand init" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand init" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swf -n "__fish_swf_using_subcommand track" -l record -d 'Record the events from Telegram and the system in this file, for a bug report; ids are hashed, and names left out' -r -F
complete -c swf -n "__fish_swf_using_subcommand track" -l web -d 'Also serve the pages and boards, as swf web serve does, at this address [default: 127.0.0.1:8080]' -r
complete -c swf -n "__fish_swf_using_subcommand track" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand track" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand track" -l no-post -d 'Do not post on time; track only'
complete -c swf -n "__fish_swf_using_subcommand track" -l no-chat -d 'Do not answer in the chat'
complete -c swf -n "__fish_swf_using_subcommand track" -l plain -d 'Log lines instead of the live view, also on a terminal'
complete -c swf -n "__fish_swf_using_subcommand track" -l new-store -d 'Start with an empty store if the previous store is missing'
complete -c swf -n "__fish_swf_using_subcommand track" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand track" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand track" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand post" -l as -d 'Which account posts [default: the bot where there is one]' -r -f -a "user\t''
bot\t''"
complete -c swf -n "__fish_swf_using_subcommand post" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand post" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand post" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand post" -l now -d 'Post the standings of this moment; the schedule stays as it is'
complete -c swf -n "__fish_swf_using_subcommand post" -l again -d 'Post even if the group already has the same standings'
complete -c swf -n "__fish_swf_using_subcommand post" -l undo -d 'Delete the last message that swf has posted; swf does not post its day again by itself'
complete -c swf -n "__fish_swf_using_subcommand post" -l drop -d 'Give up manual posts that are not sent yet, or were refused'
complete -c swf -n "__fish_swf_using_subcommand post" -l yes -d 'Do not ask'
complete -c swf -n "__fish_swf_using_subcommand post" -l dry-run -d 'Print what would be posted, and post nothing'
complete -c swf -n "__fish_swf_using_subcommand post" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand post" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand post" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand post" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand backfill" -l since -d 'The first missed day to post, e.g. 2026-11-01, yesterday, -7 (seven days back) [default: SWF_BACKFILL_DAYS back]' -r
complete -c swf -n "__fish_swf_using_subcommand backfill" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand backfill" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand backfill" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand backfill" -l dry-run -d 'Print what would be posted, and post nothing'
complete -c swf -n "__fish_swf_using_subcommand backfill" -l yes -d 'Do not ask'
complete -c swf -n "__fish_swf_using_subcommand backfill" -l json -d 'As JSON, with --dry-run'
complete -c swf -n "__fish_swf_using_subcommand backfill" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand backfill" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand backfill" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l from -d 'The first day of a range, instead of a period, e.g. 2026-11-01, yesterday, -7 (seven days back)' -r
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l to -d 'The last day of the range, written the same way [default: today]' -r
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l date -d 'A day in the period, e.g. 2026-11-22, today, yesterday, last (the period before), -2 (two periods back) [default: today]' -r
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l by -d 'How people are ranked: hours, days (active days, then hours) or bands (people of similar pace) [default: SWF_BOARD]' -r
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l top -d 'How many rows [default: all]' -r
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l day -d 'The day\'s board'
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l week -d 'The week\'s board'
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l month -d 'The month\'s board'
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -l csv -d 'As CSV'
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand leaderboard" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand card" -l date -d 'A day in the period, e.g. 2026-11-22, today, yesterday, last (the period before), -2 (two periods back); for a person, the last day of the picture [default: today]' -r
complete -c swf -n "__fish_swf_using_subcommand card" -s o -l output -d 'The file to write, or - for standard output; an existing file is replaced' -r -F
complete -c swf -n "__fish_swf_using_subcommand card" -l top -d 'How many rows a board has, at most 50 [default: SWF_TOP]' -r
complete -c swf -n "__fish_swf_using_subcommand card" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand card" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand card" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand card" -l show -d 'Show the picture on this terminal (kitty, Ghostty, WezTerm, iTerm2, Konsole, foot, mlterm)'
complete -c swf -n "__fish_swf_using_subcommand card" -l dark -d 'Light text on a dark background'
complete -c swf -n "__fish_swf_using_subcommand card" -l svg -d 'As SVG; its texts need the fonts that --credits names'
complete -c swf -n "__fish_swf_using_subcommand card" -l credits -d 'Print who made the fonts and the emoji, and their licences'
complete -c swf -n "__fish_swf_using_subcommand card" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand card" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand card" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand why" -l date -d 'A day in the period, e.g. 2026-11-22, today, yesterday, last (the period before), -2 (two periods back) [default: today]' -r
complete -c swf -n "__fish_swf_using_subcommand why" -l from -d 'The first day of a range, instead of a period, e.g. 2026-11-01, yesterday, -7 (seven days back)' -r
complete -c swf -n "__fish_swf_using_subcommand why" -l to -d 'The last day of the range, written the same way [default: today]' -r
complete -c swf -n "__fish_swf_using_subcommand why" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand why" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand why" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand why" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand why" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand why" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand why" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand streaks; and not __fish_seen_subcommand_from show help" -l date -d 'The day at whose end to show them, e.g. 2026-11-22, yesterday, -7 [default: today]' -r
complete -c swf -n "__fish_swf_using_subcommand streaks; and not __fish_seen_subcommand_from show help" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand streaks; and not __fish_seen_subcommand_from show help" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand streaks; and not __fish_seen_subcommand_from show help" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand streaks; and not __fish_seen_subcommand_from show help" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand streaks; and not __fish_seen_subcommand_from show help" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand streaks; and not __fish_seen_subcommand_from show help" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand streaks; and not __fish_seen_subcommand_from show help" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand streaks; and not __fish_seen_subcommand_from show help" -f -a "show" -d 'Allow or forbid posts to show a person\'s streak; off until the person chooses it'
complete -c swf -n "__fish_swf_using_subcommand streaks; and not __fish_seen_subcommand_from show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand streaks; and __fish_seen_subcommand_from show" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand streaks; and __fish_seen_subcommand_from show" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand streaks; and __fish_seen_subcommand_from show" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand streaks; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand streaks; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand streaks; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand streaks; and __fish_seen_subcommand_from help" -f -a "show" -d 'Allow or forbid posts to show a person\'s streak; off until the person chooses it'
complete -c swf -n "__fish_swf_using_subcommand streaks; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand pulse" -l weeks -d 'How many completed weeks to show' -r
complete -c swf -n "__fish_swf_using_subcommand pulse" -l around -d 'Instead, compare the four weeks before a date with the four after it, e.g. 2026-11-02, -30 (thirty days back)' -r
complete -c swf -n "__fish_swf_using_subcommand pulse" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand pulse" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand pulse" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand pulse" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand pulse" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand pulse" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand pulse" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand goal; and not __fish_seen_subcommand_from set list help" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand goal; and not __fish_seen_subcommand_from set list help" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand goal; and not __fish_seen_subcommand_from set list help" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand goal; and not __fish_seen_subcommand_from set list help" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand goal; and not __fish_seen_subcommand_from set list help" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand goal; and not __fish_seen_subcommand_from set list help" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand goal; and not __fish_seen_subcommand_from set list help" -f -a "set" -d 'Set a person\'s goal for each week'
complete -c swf -n "__fish_swf_using_subcommand goal; and not __fish_seen_subcommand_from set list help" -f -a "list" -d 'Show all goals, and how far people are this week'
complete -c swf -n "__fish_swf_using_subcommand goal; and not __fish_seen_subcommand_from set list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from set" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from set" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from set" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from list" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from list" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from list" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from help" -f -a "set" -d 'Set a person\'s goal for each week'
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show all goals, and how far people are this week'
complete -c swf -n "__fish_swf_using_subcommand goal; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand audit" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand audit" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand audit" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand audit" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand audit" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand audit" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand audit" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -l add -d 'Add the time from FROM to TO, e.g. "2026-11-27 19:00" "2026-11-27 20:30", "yesterday 19:00" now' -r
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -l remove -d 'Remove the time from FROM to TO' -r
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -l reason -d 'The reason; shown to everybody who may see the person\'s time' -r
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -l by -d 'The name of the person who corrects, as others see it' -r
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -l yes -d 'Do not ask'
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -a "list" -d 'Show all corrections, also those that were taken back'
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -a "undo" -d 'Take a correction back'
complete -c swf -n "__fish_swf_using_subcommand adjust; and not __fish_seen_subcommand_from list undo help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from list" -l by -d 'The name of the person who corrects, as others see it' -r
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from list" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from list" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from list" -l suggested -d 'Instead, show stays that are longer than SWF_MAX_STAY, with the commands that cut them'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from list" -l yes -d 'Do not ask'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from list" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from undo" -l by -d 'The name of the person who corrects, as others see it' -r
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from undo" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from undo" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from undo" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from undo" -l yes -d 'Do not ask'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from undo" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from undo" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from undo" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from undo" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show all corrections, also those that were taken back'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from help" -f -a "undo" -d 'Take a correction back'
complete -c swf -n "__fish_swf_using_subcommand adjust; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand silence" -l days -d 'How many days, including today [default: 7]' -r
complete -c swf -n "__fish_swf_using_subcommand silence" -l limit -d 'The limit, from 1h to 6h [default: the limit in SWF_SILENCE, else 3h]' -r
complete -c swf -n "__fish_swf_using_subcommand silence" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand silence" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand silence" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand silence" -l dry-run -d 'Show what a limit would change in the last days; nothing is stored'
complete -c swf -n "__fish_swf_using_subcommand silence" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand silence" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand silence" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand silence" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand alias; and not __fish_seen_subcommand_from add list remove help" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand alias; and not __fish_seen_subcommand_from add list remove help" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand alias; and not __fish_seen_subcommand_from add list remove help" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand alias; and not __fish_seen_subcommand_from add list remove help" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand alias; and not __fish_seen_subcommand_from add list remove help" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand alias; and not __fish_seen_subcommand_from add list remove help" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand alias; and not __fish_seen_subcommand_from add list remove help" -f -a "add" -d 'Count accounts as one person, who appears under the first account'
complete -c swf -n "__fish_swf_using_subcommand alias; and not __fish_seen_subcommand_from add list remove help" -f -a "list" -d 'Show all aliases'
complete -c swf -n "__fish_swf_using_subcommand alias; and not __fish_seen_subcommand_from add list remove help" -f -a "remove" -d 'Count accounts separately again'
complete -c swf -n "__fish_swf_using_subcommand alias; and not __fish_seen_subcommand_from add list remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from add" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from add" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from add" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from list" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from list" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from list" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from remove" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from remove" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from remove" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from help" -f -a "add" -d 'Count accounts as one person, who appears under the first account'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show all aliases'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Count accounts separately again'
complete -c swf -n "__fish_swf_using_subcommand alias; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -f -a "hide" -d 'Show a person as "Somebody" everywhere; rank and totals stay'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -f -a "show" -d 'Show the name of a person again'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -f -a "leave" -d 'Store nothing about a person from now on; a running stay ends now'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -f -a "return" -d 'Count a person again from now on, after `leave`'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -f -a "agree" -d 'Record that a person agreed to have their time stored (SWF_AUDIENCE=consent)'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -f -a "name" -d 'Show a person under a pen name instead of the Telegram name'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -f -a "forget" -d 'Forget a person in a week: names and ids are removed everywhere, totals stay'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -f -a "restore" -d 'Cancel a planned forgetting; count a forgotten person again from now on'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -f -a "export" -d 'Write everything that is stored about a person to a folder'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -f -a "list" -d 'Show what people decided'
complete -c swf -n "__fish_swf_using_subcommand person; and not __fish_seen_subcommand_from hide show leave return agree name forget restore export list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from hide" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from hide" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from hide" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from hide" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from hide" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from hide" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from show" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from show" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from show" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from leave" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from leave" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from leave" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from leave" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from leave" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from leave" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from return" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from return" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from return" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from return" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from return" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from return" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from agree" -l by -d 'Who says that the person agreed, e.g. "Ada\'s mother, on paper"' -r
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from agree" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from agree" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from agree" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from agree" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from agree" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from agree" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from name" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from name" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from name" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from name" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from name" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from name" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from forget" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from forget" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from forget" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from forget" -l now -d 'Forget now, without the week in which you can cancel'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from forget" -l yes -d 'With --now: do not ask'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from forget" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from forget" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from restore" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from restore" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from restore" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from restore" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from restore" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from export" -s o -l output -d 'The folder to create; it must not exist, or be empty' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from export" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from export" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from export" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from list" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from list" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from list" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from help" -f -a "hide" -d 'Show a person as "Somebody" everywhere; rank and totals stay'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show the name of a person again'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from help" -f -a "leave" -d 'Store nothing about a person from now on; a running stay ends now'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from help" -f -a "return" -d 'Count a person again from now on, after `leave`'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from help" -f -a "agree" -d 'Record that a person agreed to have their time stored (SWF_AUDIENCE=consent)'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from help" -f -a "name" -d 'Show a person under a pen name instead of the Telegram name'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from help" -f -a "forget" -d 'Forget a person in a week: names and ids are removed everywhere, totals stay'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from help" -f -a "restore" -d 'Cancel a planned forgetting; count a forgotten person again from now on'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write everything that is stored about a person to a folder'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show what people decided'
complete -c swf -n "__fish_swf_using_subcommand person; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand group; and not __fish_seen_subcommand_from list add set remove help" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand group; and not __fish_seen_subcommand_from list add set remove help" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand group; and not __fish_seen_subcommand_from list add set remove help" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand group; and not __fish_seen_subcommand_from list add set remove help" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand group; and not __fish_seen_subcommand_from list add set remove help" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand group; and not __fish_seen_subcommand_from list add set remove help" -f -a "list" -d 'Show the groups and their settings'
complete -c swf -n "__fish_swf_using_subcommand group; and not __fish_seen_subcommand_from list add set remove help" -f -a "add" -d 'Watch one more group of the account'
complete -c swf -n "__fish_swf_using_subcommand group; and not __fish_seen_subcommand_from list add set remove help" -f -a "set" -d 'Change a setting of a group, e.g. swf group set study post_time 22:00'
complete -c swf -n "__fish_swf_using_subcommand group; and not __fish_seen_subcommand_from list add set remove help" -f -a "remove" -d 'Stop watching a group; its time stays in the store'
complete -c swf -n "__fish_swf_using_subcommand group; and not __fish_seen_subcommand_from list add set remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from list" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from list" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from add" -l id -d 'The group: id, title, @name, t.me link or invite link [default: you are asked]' -r
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from add" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from add" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from add" -l yes -d 'Do not ask'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from set" -l unset -d 'Remove this setting from the group; the value for all groups applies again' -r
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from set" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from set" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from remove" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from remove" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from remove" -l yes -d 'Do not ask'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show the groups and their settings'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "add" -d 'Watch one more group of the account'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change a setting of a group, e.g. swf group set study post_time 22:00'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Stop watching a group; its time stays in the store'
complete -c swf -n "__fish_swf_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand pause" -l until -d 'The last day without a post, e.g. 2027-01-07 [default: until you end the pause]' -r
complete -c swf -n "__fish_swf_using_subcommand pause" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand pause" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand pause" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand pause" -l end -d 'End the pause: today gets its post again'
complete -c swf -n "__fish_swf_using_subcommand pause" -l list -d 'List the pauses, past ones too'
complete -c swf -n "__fish_swf_using_subcommand pause" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand pause" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swf -n "__fish_swf_using_subcommand session; and not __fish_seen_subcommand_from qr check logout help" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand session; and not __fish_seen_subcommand_from qr check logout help" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand session; and not __fish_seen_subcommand_from qr check logout help" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand session; and not __fish_seen_subcommand_from qr check logout help" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand session; and not __fish_seen_subcommand_from qr check logout help" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand session; and not __fish_seen_subcommand_from qr check logout help" -f -a "qr" -d 'Log in by scanning a QR code with the phone'
complete -c swf -n "__fish_swf_using_subcommand session; and not __fish_seen_subcommand_from qr check logout help" -f -a "check" -d 'Show which account is logged in, and whether it can see the group\'s call'
complete -c swf -n "__fish_swf_using_subcommand session; and not __fish_seen_subcommand_from qr check logout help" -f -a "logout" -d 'Log the account out; its login string stops working'
complete -c swf -n "__fish_swf_using_subcommand session; and not __fish_seen_subcommand_from qr check logout help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from qr" -l png -d 'Also write the code to this file, as a picture; each new code replaces it' -r -F
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from qr" -l store -d 'Where to store the login string, without asking' -r -f -a "keyring\t'The system\'s keyring'
file\t'.env.local, which only you can read'"
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from qr" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from qr" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from qr" -l print -d 'Print the login string on standard output, and store nothing'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from qr" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from qr" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from qr" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from check" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from check" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from check" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from logout" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from logout" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from logout" -l yes -d 'Do not ask'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from logout" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from help" -f -a "qr" -d 'Log in by scanning a QR code with the phone'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from help" -f -a "check" -d 'Show which account is logged in, and whether it can see the group\'s call'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from help" -f -a "logout" -d 'Log the account out; its login string stops working'
complete -c swf -n "__fish_swf_using_subcommand session; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand secrets; and not __fish_seen_subcommand_from set get list remove migrate help" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand secrets; and not __fish_seen_subcommand_from set get list remove migrate help" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand secrets; and not __fish_seen_subcommand_from set get list remove migrate help" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand secrets; and not __fish_seen_subcommand_from set get list remove migrate help" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand secrets; and not __fish_seen_subcommand_from set get list remove migrate help" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand secrets; and not __fish_seen_subcommand_from set get list remove migrate help" -f -a "set" -d 'Store a secret: type it hidden, or give it on standard input'
complete -c swf -n "__fish_swf_using_subcommand secrets; and not __fish_seen_subcommand_from set get list remove migrate help" -f -a "get" -d 'Print a secret'
complete -c swf -n "__fish_swf_using_subcommand secrets; and not __fish_seen_subcommand_from set get list remove migrate help" -f -a "list" -d 'Show where each secret comes from, but not the secrets'
complete -c swf -n "__fish_swf_using_subcommand secrets; and not __fish_seen_subcommand_from set get list remove migrate help" -f -a "remove" -d 'Remove a secret from the keyring and from .env.local'
complete -c swf -n "__fish_swf_using_subcommand secrets; and not __fish_seen_subcommand_from set get list remove migrate help" -f -a "migrate" -d 'Move all secrets from .env.local to the keyring'
complete -c swf -n "__fish_swf_using_subcommand secrets; and not __fish_seen_subcommand_from set get list remove migrate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from set" -l store -d 'Where to store it' -r -f -a "keyring\t'The system\'s keyring'
file\t'.env.local, which only you can read'"
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from set" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from set" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from get" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from get" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from get" -l reveal -d 'Print it on a terminal, too'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from list" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from list" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from remove" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from remove" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from migrate" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from migrate" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from migrate" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from migrate" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from migrate" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from help" -f -a "set" -d 'Store a secret: type it hidden, or give it on standard input'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from help" -f -a "get" -d 'Print a secret'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show where each secret comes from, but not the secrets'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove a secret from the keyring and from .env.local'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from help" -f -a "migrate" -d 'Move all secrets from .env.local to the keyring'
complete -c swf -n "__fish_swf_using_subcommand secrets; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand import" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand import" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand import" -l dry-run -d 'Show what would be imported, and import nothing'
complete -c swf -n "__fish_swf_using_subcommand import" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand import" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand import" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand import" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand backup" -l restore -d 'Restore this copy; the current store is kept next to it' -r -F
complete -c swf -n "__fish_swf_using_subcommand backup" -l all -d 'Write everything to this file, to move to another computer: store, settings, groups, texts; no logins' -r -F
complete -c swf -n "__fish_swf_using_subcommand backup" -l restore-all -d 'Restore a file that --all wrote, into an empty home' -r -F
complete -c swf -n "__fish_swf_using_subcommand backup" -l passphrase-file -d 'A file with the passphrase [default: you are asked for it]' -r -F
complete -c swf -n "__fish_swf_using_subcommand backup" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand backup" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand backup" -l with-logins -d 'With --all or --restore-all: logins and passwords, too, encrypted with a passphrase'
complete -c swf -n "__fish_swf_using_subcommand backup" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand backup" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand backup" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand retention" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand retention" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand retention" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand retention" -l apply -d 'Fold now'
complete -c swf -n "__fish_swf_using_subcommand retention" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand retention" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand retention" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swf -n "__fish_swf_using_subcommand export" -l since -d 'The first day, e.g. 2026-11-01, yesterday, -7 (seven days back) [default: the first stored day]' -r
complete -c swf -n "__fish_swf_using_subcommand export" -l until -d 'The last day, written the same way [default: the last stored day]' -r
complete -c swf -n "__fish_swf_using_subcommand export" -s o -l output -d 'Write to this file, and replace its contents; - is standard output [default: standard output]' -r -F
complete -c swf -n "__fish_swf_using_subcommand export" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand export" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand export" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand export" -l excel -d 'Write a file that Excel opens with a double click: `;` between the cells, and a mark that the file is UTF-8'
complete -c swf -n "__fish_swf_using_subcommand export" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand export" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swf -n "__fish_swf_using_subcommand status" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand status" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand status" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand status" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand status" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand status" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand status" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand doctor" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand doctor" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand doctor" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand doctor" -l alert -d 'Send a test alert over each route'
complete -c swf -n "__fish_swf_using_subcommand doctor" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand doctor" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand doctor" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand watchdog" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand watchdog" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand watchdog" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand watchdog" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand watchdog" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand schedule" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand schedule" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand schedule" -l remove -d 'Print commands that remove the entry of this folder instead'
complete -c swf -n "__fish_swf_using_subcommand schedule" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand schedule" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand schedule" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c swf -n "__fish_swf_using_subcommand web; and not __fish_seen_subcommand_from push link serve help" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand web; and not __fish_seen_subcommand_from push link serve help" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand web; and not __fish_seen_subcommand_from push link serve help" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand web; and not __fish_seen_subcommand_from push link serve help" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand web; and not __fish_seen_subcommand_from push link serve help" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand web; and not __fish_seen_subcommand_from push link serve help" -f -a "push" -d 'Send all waiting boards to the website now, including boards that it refused'
complete -c swf -n "__fish_swf_using_subcommand web; and not __fish_seen_subcommand_from push link serve help" -f -a "link" -d 'Print a link that logs a browser in to the pages; it works once, for 10 minutes'
complete -c swf -n "__fish_swf_using_subcommand web; and not __fish_seen_subcommand_from push link serve help" -f -a "serve" -d 'Serve the pages, the admin state and the boards over HTTP until stopped'
complete -c swf -n "__fish_swf_using_subcommand web; and not __fish_seen_subcommand_from push link serve help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from push" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from push" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from push" -l dry-run -d 'Print the bodies that would be sent, one on each line, and send nothing'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from push" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from push" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from push" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from push" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from link" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from link" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from link" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from link" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from link" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from link" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from serve" -l listen -d 'The address to listen on; an address that other computers can reach needs CRON_SECRET' -r
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from serve" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from serve" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from serve" -l open -d 'Let programs on this computer read the boards without CRON_SECRET'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from serve" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from serve" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from help" -f -a "push" -d 'Send all waiting boards to the website now, including boards that it refused'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from help" -f -a "link" -d 'Print a link that logs a browser in to the pages; it works once, for 10 minutes'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from help" -f -a "serve" -d 'Serve the pages, the admin state and the boards over HTTP until stopped'
complete -c swf -n "__fish_swf_using_subcommand web; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand site" -l group -d 'The group, by its name in groups.toml; only needed where there are several' -r
complete -c swf -n "__fish_swf_using_subcommand site" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand site" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand site" -l adopt -d 'Write to a folder that has other files, too; they are not changed'
complete -c swf -n "__fish_swf_using_subcommand site" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand site" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand site" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand site" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand verify-separation" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand verify-separation" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand verify-separation" -l json -d 'As JSON'
complete -c swf -n "__fish_swf_using_subcommand verify-separation" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand verify-separation" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand verify-separation" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand words" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand words" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand words" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand words" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand words" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand completions" -l home -d 'The folder with .env.local and var/ [default: this folder if it has swf\'s .env.local or a store, else the platform\'s data folder]' -r -F
complete -c swf -n "__fish_swf_using_subcommand completions" -l color -d 'Whether to use colors' -r -f -a "auto\t''
always\t''
never\t''"
complete -c swf -n "__fish_swf_using_subcommand completions" -s v -l verbose -d 'Log more; give it twice to log everything'
complete -c swf -n "__fish_swf_using_subcommand completions" -s q -l quiet -d 'Log only warnings and errors'
complete -c swf -n "__fish_swf_using_subcommand completions" -s h -l help -d 'Print help'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "init" -d 'Set up swf, one question at a time'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "track" -d 'Watch the group\'s call until stopped, and post on time'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "post" -d 'Post what is due, or the current standings'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "backfill" -d 'Post the boards of missed days'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "leaderboard" -d 'Print a leaderboard'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "card" -d 'Draw a board or a person as a picture, to share'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "why" -d 'Explain a person\'s number: every stay, its evidence, and what was cut'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "streaks" -d 'Show streaks: who studies day after day'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "pulse" -d 'Show how the group is doing, in numbers without names'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "goal" -d 'Set people\'s goals for the week'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "audit" -d 'Check that every board of the store adds up'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "adjust" -d 'Add time to a person or remove some, with a reason'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "silence" -d 'Show how long a silence in the call ranks, and what a limit would change'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "alias" -d 'Count several accounts as one person'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "person" -d 'Hide or forget a person, export their data, record who agreed'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "group" -d 'Choose the groups that swf watches'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "pause" -d 'Pause posts, e.g. for holidays; time still counts'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "session" -d 'Log in, show the login, log out'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "secrets" -d 'Keep passwords and login strings in the system\'s keyring'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "import" -d 'Import the totals of the old tracker'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "backup" -d 'Copy the store, even while the tracker writes'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "retention" -d 'Fold old stays into totals of days'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "export" -d 'Print stays, boards or days as CSV'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "status" -d 'Show what runs now: tracker, call, posts, store'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "doctor" -d 'Check the setup, and suggest a fix for each problem'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "watchdog" -d 'Check the tracker and alert if it is down (for cron)'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "schedule" -d 'Print a ready entry for cron, systemd, launchd or Windows Task Scheduler'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "web" -d 'Send the boards to a website, or serve them'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "site" -d 'Write the boards as pages for any web space'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "verify-separation" -d 'Check that only the web export refers to the website'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "words" -d 'Print every text of posts and alerts in a language, next to English (for translators)'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "completions" -d 'Print completions for a shell'
complete -c swf -n "__fish_swf_using_subcommand help; and not __fish_seen_subcommand_from init track post backfill leaderboard card why streaks pulse goal audit adjust silence alias person group pause session secrets import backup retention export status doctor watchdog schedule web site verify-separation words completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from streaks" -f -a "show" -d 'Allow or forbid posts to show a person\'s streak; off until the person chooses it'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from goal" -f -a "set" -d 'Set a person\'s goal for each week'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from goal" -f -a "list" -d 'Show all goals, and how far people are this week'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from adjust" -f -a "list" -d 'Show all corrections, also those that were taken back'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from adjust" -f -a "undo" -d 'Take a correction back'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from alias" -f -a "add" -d 'Count accounts as one person, who appears under the first account'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from alias" -f -a "list" -d 'Show all aliases'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from alias" -f -a "remove" -d 'Count accounts separately again'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from person" -f -a "hide" -d 'Show a person as "Somebody" everywhere; rank and totals stay'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from person" -f -a "show" -d 'Show the name of a person again'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from person" -f -a "leave" -d 'Store nothing about a person from now on; a running stay ends now'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from person" -f -a "return" -d 'Count a person again from now on, after `leave`'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from person" -f -a "agree" -d 'Record that a person agreed to have their time stored (SWF_AUDIENCE=consent)'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from person" -f -a "name" -d 'Show a person under a pen name instead of the Telegram name'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from person" -f -a "forget" -d 'Forget a person in a week: names and ids are removed everywhere, totals stay'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from person" -f -a "restore" -d 'Cancel a planned forgetting; count a forgotten person again from now on'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from person" -f -a "export" -d 'Write everything that is stored about a person to a folder'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from person" -f -a "list" -d 'Show what people decided'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "list" -d 'Show the groups and their settings'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "add" -d 'Watch one more group of the account'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "set" -d 'Change a setting of a group, e.g. swf group set study post_time 22:00'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "remove" -d 'Stop watching a group; its time stays in the store'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from session" -f -a "qr" -d 'Log in by scanning a QR code with the phone'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from session" -f -a "check" -d 'Show which account is logged in, and whether it can see the group\'s call'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from session" -f -a "logout" -d 'Log the account out; its login string stops working'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from secrets" -f -a "set" -d 'Store a secret: type it hidden, or give it on standard input'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from secrets" -f -a "get" -d 'Print a secret'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from secrets" -f -a "list" -d 'Show where each secret comes from, but not the secrets'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from secrets" -f -a "remove" -d 'Remove a secret from the keyring and from .env.local'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from secrets" -f -a "migrate" -d 'Move all secrets from .env.local to the keyring'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from web" -f -a "push" -d 'Send all waiting boards to the website now, including boards that it refused'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from web" -f -a "link" -d 'Print a link that logs a browser in to the pages; it works once, for 10 minutes'
complete -c swf -n "__fish_swf_using_subcommand help; and __fish_seen_subcommand_from web" -f -a "serve" -d 'Serve the pages, the admin state and the boards over HTTP until stopped'
