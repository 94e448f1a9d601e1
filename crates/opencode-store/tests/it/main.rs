//! Every store against the suite.

mod memory;
