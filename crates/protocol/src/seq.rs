//! The number of an event in its room: 1, 2, 3 … without gaps.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// The number of an event in its room. 0 stands for "before the first".
/// Below 2^53, so that every language's JSON numbers can hold it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Seq(#[schemars(range(max = 9_007_199_254_740_991_u64))] u64);

impl Seq {
    /// Before the first event.
    pub const ZERO: Self = Self(0);
    /// The largest seq there can be.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// A seq; `None` from 2^53 on.
    pub const fn new(number: u64) -> Option<Self> {
        if number <= Self::MAX.0 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The seq after this one. Saturates at [`Self::MAX`], which a room that
    /// takes a million events a second reaches in 285 years.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// The seq `n` after this one, saturating.
    #[must_use]
    pub const fn plus(self, n: u64) -> Self {
        let sum = self.0.saturating_add(n);
        if sum > Self::MAX.0 {
            Self::MAX
        } else {
            Self(sum)
        }
    }
}

impl<'de> Deserialize<'de> for Seq {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        Self::new(number).ok_or_else(|| serde::de::Error::custom("a seq is below 2^53"))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
