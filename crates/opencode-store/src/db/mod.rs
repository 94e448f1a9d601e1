//! What both databases share: tables, rows, migrations, and what their errors mean.

pub(crate) mod condition;
pub(crate) mod failure;
pub(crate) mod migrations;
pub(crate) mod rows;
pub(crate) mod schema;
