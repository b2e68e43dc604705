//! A client process: `parlor tail` in one room. Faults can stop it and let it go on;
//! what it prints must stay the room's log, without a hole and without a repeat.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;

use parlor_protocol::{Event, RoomId, Seq};
use serde_json::value::RawValue;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::history::{DeviceKind, What};
use crate::stage::{Person, Phase, Stage, Standing};

/// A client process.
pub(crate) struct Tail {
    number: u32,
    room: RoomId,
    child: Child,
    stage: Arc<Stage>,
}

impl Tail {
    /// Starts it. `command` is the program without arguments.
    ///
    /// # Errors
    /// Where it cannot be run.
    pub(crate) fn start(
        number: u32,
        me: &Person,
        room: RoomId,
        mut command: Command,
        stage: Arc<Stage>,
    ) -> Result<Self, String> {
        stage.recorder.record(
            number,
            What::Device {
                user: me.id.to_string(),
                username: me.username.clone(),
                kind: DeviceKind::Tail,
                staff: me.staff,
            },
        );
        let child = command
            .args(["tail", "--json", &room.to_string()])
            .env("PARLOR_URL", format!("http://{}", stage.host))
            .env("PARLOR_TOKEN", &me.token)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("parlor tail cannot be run: {error}"))?;
        // It says no number before its first event: whichever comes first begins.
        stage.recorder.record(
            number,
            What::Place {
                room: room.to_string(),
                change: crate::history::Change::Added,
                after: None,
            },
        );
        Ok(Self {
            number,
            room,
            child,
            stage,
        })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Writes down what it prints, until the run ends.
    ///
    /// # Errors
    /// Where it ends by itself.
    pub(crate) async fn run(mut self) -> Result<(), String> {
        let out = self
            .child
            .stdout
            .take()
            .ok_or("parlor tail has no output")?;
        let mut lines = BufReader::new(out).lines();
        let mut phase = self.stage.phase.clone();
        let mut cursor: Option<Seq> = None;
        while *phase.borrow_and_update() != Phase::End {
            let line = tokio::select! {
                line = lines.next_line() => line,
                _ = phase.changed() => continue,
            };
            let Some(line) = line.map_err(|error| error.to_string())? else {
                return Err("parlor tail ended by itself".into());
            };
            let Ok(event) = RawValue::from_string(line) else {
                return Err("parlor tail printed what is no JSON".into());
            };
            if let Ok(event) = serde_json::from_str::<Event>(event.get()) {
                cursor = Some(event.seq);
            }
            let room = self.room.to_string();
            self.stage
                .recorder
                .record(self.number, What::Told { room, event });
            let held = cursor.map(|cursor| BTreeMap::from([(self.room, cursor)]));
            self.stage.stand(self.number, Standing { waiting: 0, held });
        }
        if let Some(cursor) = cursor {
            let (room, cursor) = (self.room.to_string(), cursor.get());
            self.stage
                .recorder
                .record(self.number, What::Held { room, cursor });
        }
        let _ = self.child.kill().await;
        Ok(())
    }
}
