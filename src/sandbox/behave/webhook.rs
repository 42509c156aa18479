use super::Rows;
pub(super) static ROWS: Rows = &[];
