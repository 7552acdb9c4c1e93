//! Arguments that several commands take.

use clap::builder::PossibleValue;

use crate::domain::time::period::Scope;

/// Which group a command is about.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct GroupArg {
    /// The group, by its name in groups.toml; only needed where there are several
    #[arg(long, global = true, value_name = "NAME")]
    pub group: Option<String>,
}

/// Which period a command is about: one value for each [`Scope::ALL`].
#[derive(Clone, Copy, Debug)]
pub struct ScopeArg(Scope);

impl ScopeArg {
    const ALL: [ScopeArg; Scope::ALL.len()] = {
        let mut all = [ScopeArg(Scope::Day); Scope::ALL.len()];
        let mut index = 0;
        while index < all.len() {
            all[index] = ScopeArg(Scope::ALL[index]);
            index += 1;
        }
        all
    };
}

impl clap::ValueEnum for ScopeArg {
    fn value_variants<'a>() -> &'a [ScopeArg] {
        &ScopeArg::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

impl From<ScopeArg> for Scope {
    fn from(arg: ScopeArg) -> Scope {
        arg.0
    }
}
