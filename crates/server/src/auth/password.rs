//! Passwords: which are taken, and how they are kept: Argon2id, 19 MiB, two passes, one lane
//! (OWASP's Password Storage Cheat Sheet), as a PHC string.
//!
//! Hashing is dear on purpose, so few run at once, few more wait, and the rest is told to come back.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params, PasswordHasher as _, PasswordVerifier as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use parlor_protocol::{Code, limits};
use tokio::sync::Semaphore;

/// Memory of one hash, in KiB; passes over it; lanes.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// Hashes at once, however many cores there are: they also cost memory.
const AT_ONCE: usize = 4;
/// Hashes that wait. At about 30 ms each this is a second or two; more are told to come back.
const WAITING: usize = 64;
/// How long one waits at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// Passwords too common to be let in, a line each, in lower case.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common-passwords.txt").lines().collect());

/// Whether a new password is let in: 8 to 256 characters, none of the common ones.
///
/// # Errors
/// [`Code::BadPassword`].
pub fn judge(password: &str) -> Result<(), Code> {
    let (least, most) = limits::PASSWORD_CHARS;
    let fits = (least..=most).contains(&password.chars().count());
    if fits && !COMMON.contains(password.to_lowercase().as_str()) {
        Ok(())
    } else {
        Err(Code::BadPassword)
    }
}

/// What came of comparing a password with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// It is the one.
    pub right: bool,
    /// The stored hash was made more cheaply than is usual now.
    pub outdated: bool,
}

/// Hashes a password. Takes tens of milliseconds: not for async threads.
///
/// # Panics
/// Never: cost and salt are of lengths that Argon2 takes.
pub fn hash_blocking(password: &str, salt: [u8; 16]) -> String {
    let hash: PasswordHash = hasher()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("a salt of 16 bytes and a password below 4 GiB are taken");
    hash.to_string()
}

/// Compares a password with a stored hash. Takes tens of milliseconds: not for async threads.
pub fn verify_blocking(password: &str, stored: &str) -> Verdict {
    let Ok(hash) = PasswordHash::new(stored) else {
        return Verdict {
            right: false,
            outdated: false,
        };
    };
    let right = hasher().verify_password(password.as_bytes(), &hash).is_ok();
    let outdated = Params::try_from(&hash).is_ok_and(|params| {
        let (memory, passes, lanes) = COST;
        params.m_cost() < memory || params.t_cost() < passes || params.p_cost() < lanes
    });
    Verdict { right, outdated }
}

fn hasher() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    Params::new(memory, passes, lanes, None).map_or_else(|_| Argon2::default(), Argon2::from)
}

/// Too many hashes are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy;

/// The threads that hash: few at once, few waiting.
pub struct Passwords {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    /// What an unknown name is compared with, so that it takes as long as a known one.
    nobodys: String,
    /// How often a password was hashed, at whatever price the stored hash names.
    hashed: AtomicU64,
}

impl Passwords {
    /// As many threads as there are cores, four at most. Of `chance` is made a hash that no
    /// password has: comparing with it takes as long, and nothing has to be hashed at the start.
    pub fn new(chance: [u8; 48]) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = cores.min(AT_ONCE);
        let (memory, passes, lanes) = COST;
        let (salt, output) = chance.split_at(16);
        let (salt, output) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(output));
        let price = format!("$argon2id$v=19$m={memory},t={passes},p={lanes}");
        Self {
            running: Arc::new(Semaphore::new(threads)),
            admitted: Arc::new(Semaphore::new(threads + WAITING)),
            nobodys: format!("{price}${salt}${output}"),
            hashed: AtomicU64::new(0),
        }
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn hash(&self, password: String, salt: [u8; 16]) -> Result<String, Busy> {
        self.run(move || hash_blocking(&password, salt)).await
    }

    /// Compares a password with what is stored, which may be nothing; then it is wrong, and takes
    /// as long.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict, Busy> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobodys.clone());
        let verdict = self
            .run(move || verify_blocking(&password, &stored))
            .await?;
        Ok(Verdict {
            right: verdict.right && known,
            ..verdict
        })
    }

    /// How often a password was hashed so far.
    pub fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let _admitted = self
            .admitted
            .clone()
            .try_acquire_owned()
            .map_err(|_| Busy)?;
        let turn = tokio::time::timeout(PATIENCE, self.running.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Busy)?.map_err(|_| Busy)?;
        self.hashed.fetch_add(1, Ordering::Relaxed);
        // The turn goes with the thread: who stops waiting does not free it early.
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_enough_and_not_a_common_one() {
        for good in [
            "correct horse",
            "пароль-и-соль",
            "        ",
            &"x".repeat(256),
        ] {
            assert_eq!(judge(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "short77",
            "password",
            "PassWord1",
            "12345678",
            &"x".repeat(257),
        ] {
            assert_eq!(judge(bad), Err(Code::BadPassword), "{bad}");
        }
    }

    #[test]
    fn the_common_ones_are_many_and_could_be_typed_here() {
        assert!(COMMON.len() >= 200);
        for word in COMMON.iter() {
            assert!(
                word.chars().count() >= 8 && *word == word.to_lowercase(),
                "{word}"
            );
        }
    }

    #[test]
    fn what_an_unknown_name_is_compared_with_costs_what_a_hash_costs() {
        let nobodys = Passwords::new([1; 48]).nobodys;
        let params = |stored: &str| Params::try_from(&PasswordHash::new(stored).unwrap()).unwrap();
        let ours = hash_blocking("correct horse", [7; 16]);
        assert_eq!(params(&nobodys), params(&ours));
        let (memory, passes, lanes) = COST;
        assert!(memory >= 19 * 1024 && passes >= 2 && lanes == 1);
        assert_eq!(
            verify_blocking("anything at all", &nobodys),
            Verdict {
                right: false,
                outdated: false
            }
        );
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_and_its_price() {
        let passwords = Passwords::new([1; 48]);
        let stored = passwords
            .hash("correct horse".into(), [7; 16])
            .await
            .unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        let verdict = async |password: &str, stored: Option<&str>| {
            let stored = stored.map(str::to_owned);
            passwords.verify(password.into(), stored).await.unwrap()
        };
        let right = Verdict {
            right: true,
            outdated: false,
        };
        let wrong = Verdict {
            right: false,
            outdated: false,
        };
        assert_eq!(verdict("correct horse", Some(&stored)).await, right);
        assert_eq!(verdict("correct horses", Some(&stored)).await, wrong);
        assert_eq!(verdict("correct horse", None).await, wrong);
        // What nobody has costs as much to compare with as what somebody has.
        let (price, _) = stored.split_at(stored.find("p=1$").unwrap());
        assert!(
            passwords.nobodys.starts_with(price),
            "{}",
            passwords.nobodys
        );
        assert!(PasswordHash::new(&passwords.nobodys).is_ok());
        assert_eq!(verdict("correct horse", Some("damaged")).await, wrong);

        let cheap = Argon2::from(Params::new(8 * 1024, 1, 1, None).unwrap());
        let old: PasswordHash = cheap
            .hash_password_with_salt(b"correct horse", &[7; 16])
            .unwrap();
        let outdated = Verdict {
            right: true,
            outdated: true,
        };
        assert_eq!(
            verdict("correct horse", Some(&old.to_string())).await,
            outdated
        );
    }

    #[tokio::test]
    async fn who_comes_while_too_many_wait_is_told_at_once() {
        let passwords = Passwords::new([1; 48]);
        let all = passwords.admitted.available_permits();
        let _others = passwords
            .admitted
            .clone()
            .acquire_many_owned(all as u32)
            .await
            .unwrap();
        assert_eq!(
            passwords.hash("correct horse".into(), [7; 16]).await,
            Err(Busy)
        );
    }
}
