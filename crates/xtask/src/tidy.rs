//! What the compiler cannot refuse: the shape of the house.
//!
//! Each module is one kind of rule and holds its own tables, so that a new
//! convention is a line in one of them.

mod doors;
mod files;
mod imports;

use crate::Finding;
use crate::repository::Source;

/// Every finding in these files, in the order of their places.
pub fn check(repository: &[Source]) -> Vec<Finding> {
    let mut findings = imports::check(repository);
    findings.extend(doors::check(repository));
    findings.extend(files::check(repository));
    findings.sort();
    findings
}
