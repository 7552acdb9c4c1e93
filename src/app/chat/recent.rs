#[derive(Default)]
pub struct Recent;
