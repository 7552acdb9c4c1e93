{
  description = "swf: study time from a Telegram group's voice call";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    # contrib/publish.sh fills in the names between @.
    swf = {
      url = "git+@REPOSITORY@?ref=refs/tags/v@VERSION@";
      flake = false;
    };
  };

  outputs = { nixpkgs, swf, ... }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      package = system: nixpkgs.legacyPackages.${system}.callPackage "${swf}/contrib/nix/package.nix" { src = swf; };
    in
    {
      packages = nixpkgs.lib.genAttrs systems (system: { default = package system; });
    };
}
