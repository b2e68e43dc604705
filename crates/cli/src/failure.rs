//! How the program ends where it does not do what it was asked for: a sentence and an exit code.

use std::fmt::Display;
use std::io::ErrorKind;

use parlor_store_sqlite::{BackupError, OpenError, Reason, RestoreError, VerifyError};

/// Something that stops the program, in words for whoever started it.
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) why: String,
}

/// The exit codes but 0. Scripts depend on them: none changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Failed = 1,
    Usage = 2,
    NotSignedIn = 3,
    Unreachable = 4,
    NoRoom = 5,
    Input = 6,
    InUse = 7,
    Full = 8,
    Damaged = 9,
    OtherVersion = 10,
    NotAllowed = 11,
}

impl Exit {
    /// All of them, with what the manual page says of each.
    pub(crate) const ALL: [(Self, &'static str); 11] = [
        (Self::Failed, "Refused, or failed for any other reason."),
        (Self::Usage, "The command line or a setting is at fault."),
        (
            Self::NotSignedIn,
            "Not signed in there, or with what is not good any more.",
        ),
        (
            Self::Unreachable,
            "No server is there, or it does not answer in time.",
        ),
        (Self::NoRoom, "You are in no such room."),
        (
            Self::Input,
            "Standard input is no message: empty, too long, or no text.",
        ),
        (
            Self::InUse,
            "Another program uses the data folder, the database or the file.",
        ),
        (Self::Full, "The disk is full."),
        (
            Self::Damaged,
            "The database or the backup is damaged, cut, or of something else.",
        ),
        (
            Self::OtherVersion,
            "The server or the database is of another version, or what answers is no Parlor.",
        ),
        (Self::NotAllowed, "This user has no right to it."),
    ];

    /// The end, with its sentence.
    pub(crate) fn because(self, why: impl Display) -> Failure {
        Failure {
            exit: self,
            why: why.to_string(),
        }
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            ErrorKind::PermissionDenied => Self::NotAllowed,
            _ => Self::Failed,
        }
    }
}

impl From<&Reason> for Exit {
    fn from(reason: &Reason) -> Self {
        match reason {
            Reason::NotOurs | Reason::Damaged(_) => Self::Damaged,
            Reason::TooNew { .. } | Reason::OtherSchema(_) | Reason::Behind => Self::OtherVersion,
            Reason::Busy => Self::InUse,
            Reason::Full => Self::Full,
            Reason::NotWritable(_) => Self::NotAllowed,
            Reason::NoFolder | Reason::NoDatabase | Reason::NotCopied(_) | Reason::Failed(_) => {
                Self::Failed
            }
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Exit::from(&error.reason).because(error)
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let exit = match &error {
            BackupError::NotOpened(error) => Exit::from(&error.reason),
            BackupError::UnderWay(_) => Exit::InUse,
            BackupError::Full(_) => Exit::Full,
            BackupError::Damaged(_) => Exit::Damaged,
            BackupError::Exists(_)
            | BackupError::Itself(_)
            | BackupError::Folder(_)
            | BackupError::NotWritten { .. }
            | BackupError::GaveUp => Exit::Failed,
        };
        exit.because(error)
    }
}

impl From<RestoreError> for Failure {
    fn from(error: RestoreError) -> Self {
        let exit = match &error {
            RestoreError::NotABackup(_) | RestoreError::Damaged { .. } => Exit::Damaged,
            RestoreError::Refused { reason, .. } => Exit::from(reason),
            RestoreError::InUse(_) | RestoreError::Busy(_) => Exit::InUse,
            RestoreError::Full(_) => Exit::Full,
            RestoreError::Unreadable { .. }
            | RestoreError::Occupied(_)
            | RestoreError::NotWritten { .. } => Exit::Failed,
        };
        exit.because(error)
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        let exit = match &error {
            VerifyError::NotOpened(error) => Exit::from(&error.reason),
            VerifyError::Unreadable(_) => Exit::Damaged,
            VerifyError::GaveUp => Exit::Failed,
        };
        exit.because(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_exit_code_is_told_of_in_its_order() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|(exit, _)| *exit as u8).collect();
        assert_eq!(codes, (1..=11).collect::<Vec<u8>>());
    }
}
