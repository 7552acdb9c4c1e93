//! stub
use crate::cli::Global;
use crate::error::Result;
#[derive(Debug, clap::Args)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}
pub fn run(args: &Args, _: Global, _: impl IntoIterator<Item = (String, String)>) -> Result<()> {
    let _ = args.json;
    Ok(())
}
