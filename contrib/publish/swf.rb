# Homebrew: `contrib/publish.sh` fills in the names between @.
class Swf < Formula
  desc "Study time from a Telegram group's voice call: tracked, explained, posted"
  homepage "@REPOSITORY@"
  url "@REPOSITORY@/releases/download/v@VERSION@/swf-@VERSION@.tar.gz"
  sha256 "@SHA256_SOURCE@"
  license any_of: ["MIT", "Apache-2.0"]

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/swf.bash" => "swf"
    zsh_completion.install "completions/_swf"
    fish_completion.install "completions/swf.fish"
  end

  service do
    run [opt_bin/"swf", "--home", var/"swf", "track"]
    keep_alive successful_exit: false
    error_log_path var/"log/swf.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/swf --version")
    assert_match "uz-cyrl", shell_output("#{bin}/swf words")
  end
end
