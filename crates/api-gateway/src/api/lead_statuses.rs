//! The columns of the board.

pub(crate) mod list;
