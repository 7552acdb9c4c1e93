# In a checkout: nix-build -E 'with import <nixpkgs> { }; callPackage ./contrib/nix/package.nix { }'
{ lib, rustPlatform, installShellFiles, src ? ../.. }:

rustPlatform.buildRustPackage {
  pname = "swf";
  version = (lib.importTOML (src + "/Cargo.toml")).package.version;
  inherit src;
  cargoLock.lockFile = src + "/Cargo.lock";
  nativeBuildInputs = [ installShellFiles ];
  cargoBuildFlags = [ "--bin" "swf" ];
  # The integration tests start servers, and need git.
  cargoTestFlags = [ "--lib" ];
  postInstall = ''
    installManPage man/*.1
    installShellCompletion --bash completions/swf.bash --zsh completions/_swf --fish completions/swf.fish
  '';
  meta = {
    description = "Study time from a Telegram group's voice call: tracked, explained, posted";
    license = with lib.licenses; [ mit asl20 ];
    mainProgram = "swf";
    platforms = lib.platforms.linux ++ lib.platforms.darwin;
  };
}
