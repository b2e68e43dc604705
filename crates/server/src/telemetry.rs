//! What the server counts, and how Prometheus reads it. Base units; no user, no room is a label.

use std::fmt::{Error as FmtError, Write as _};
use std::sync::Arc;
use std::time::Duration;

use parlor_live::Live;
use parlor_live::metrics::{Family as LiveFamily, Histogram as LiveHistogram};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, MetricEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::backups::Backups;

/// Bounds of the buckets of a request's duration, in seconds: a read, a commit, a password, a stall.
const DURATIONS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The content type of what [`Telemetry::render`] makes.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Requested {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Bucket {
    bucket: &'static str,
}

/// The counters of HTTP, and the registry of all.
pub(crate) struct Telemetry {
    registry: Registry,
    requests: Family<Requested, Counter>,
    durations: Histogram,
    limited: Family<Bucket, Counter>,
}

impl Telemetry {
    /// Counters at zero, beside those of what is live.
    pub(crate) fn new(live: &Live, backups: Option<Arc<Backups>>) -> Self {
        let requests = Family::default();
        let durations = Histogram::new(DURATIONS);
        let limited = Family::default();
        let mut registry = Registry::default();
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("parlor_build", "The program that answers", version);
        registry.register(
            "parlor_http_requests",
            "Requests answered",
            requests.clone(),
        );
        registry.register(
            "parlor_http_request_duration_seconds",
            "From a request's head to its answer",
            durations.clone(),
        );
        let live = live.clone();
        registry.register_collector(Box::new(Shown {
            live,
            limited: limited.clone(),
            backups,
        }));
        Self {
            registry,
            requests,
            durations,
            limited,
        }
    }

    /// Counts an answered request. `route` is the route's pattern, never the path.
    pub(crate) fn answered(&self, method: &http::Method, route: &str, status: u16, took: Duration) {
        let method = match method.as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            "PUT" => "PUT",
            "PATCH" => "PATCH",
            "DELETE" => "DELETE",
            _ => "other",
        };
        let requested = Requested {
            method,
            route: route.to_owned(),
            status,
        };
        self.requests.get_or_create(&requested).inc();
        self.durations.observe(took.as_secs_f64());
    }

    /// Counts what was refused for coming too often.
    pub(crate) fn limited(&self, bucket: &'static str) {
        self.limited.get_or_create(&Bucket { bucket }).inc();
    }

    /// All of it, in OpenMetrics' text format.
    ///
    /// # Errors
    /// Never, as long as strings take text.
    pub(crate) fn render(&self) -> Result<String, FmtError> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Shows what others count: what is live, and the process.
struct Shown {
    live: Live,
    limited: Family<Bucket, Counter>,
    backups: Option<Arc<Backups>>,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown")
    }
}

impl Collector for Shown {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), FmtError> {
        let metrics = self.live.metrics();
        let status = self.live.status();
        let out = &mut encoder;
        gauge(out, "parlor_ws_connections", "Sockets", status.connections)?;
        gauge(
            out,
            "parlor_ws_behind",
            "Sockets that take nothing now",
            status.behind,
        )?;
        gauge(
            out,
            "parlor_db_queue_depth",
            "Writes that wait",
            status.queue_depth,
        )?;
        frames(
            out,
            &[("in", &metrics.frames_in), ("out", &metrics.frames_out)],
        )?;
        let mut closes = counter(out, "parlor_ws_closes", "Sockets closed by us, by code")?;
        for (code, count) in metrics.closes() {
            counted(&mut closes, &[("code", code.code().to_string())], count)?;
        }
        let mut posted = counter(out, "parlor_messages_posted", "Message commands acked")?;
        for (source, count) in metrics.posted.iter() {
            counted(&mut posted, &[("source", source.to_owned())], count)?;
        }
        let mut limited = counter(out, "parlor_rate_limited", "Slowed down or refused")?;
        for (bucket, count) in metrics.rate_limited.iter() {
            counted(&mut limited, &[("bucket", bucket.to_owned())], count)?;
        }
        for bucket in ["attempts", "names", "sign_ups", "strangers"] {
            let count = self.limited.get_or_create(&Bucket { bucket }).get();
            counted(&mut limited, &[("bucket", bucket.to_owned())], count)?;
        }
        let acks = &metrics.ack_seconds;
        histogram(
            out,
            "parlor_message_ack_seconds",
            "From a command to its ack",
            acks,
        )?;
        let commits = &metrics.commit_seconds;
        histogram(out, "parlor_db_commit_seconds", "A transaction", commits)?;
        let batches = &metrics.batch_operations;
        histogram(
            out,
            "parlor_db_batch_operations",
            "Writes in a transaction",
            batches,
        )?;
        if let Some(backups) = &self.backups {
            let mut tried = counter(out, "parlor_backups", "Scheduled backups, by outcome")?;
            for (outcome, count) in backups.counts() {
                counted(&mut tried, &[("outcome", outcome.to_owned())], count)?;
            }
            let name = "parlor_backup_newest_timestamp_seconds";
            gauge(out, name, "The newest of this process", backups.newest())?;
        }
        process(out)
    }
}

fn gauge(out: &mut DescriptorEncoder, name: &str, help: &str, value: u64) -> Result<(), FmtError> {
    let mut metric = out.encode_descriptor(name, help, None, MetricType::Gauge)?;
    metric.encode_gauge(&i64::try_from(value).unwrap_or(i64::MAX))
}

fn counter<'a>(
    out: &'a mut DescriptorEncoder,
    name: &'a str,
    help: &str,
) -> Result<MetricEncoder<'a>, FmtError> {
    out.encode_descriptor(name, help, None, MetricType::Counter)
}

fn counted(
    metric: &mut MetricEncoder,
    labels: &[(&'static str, String)],
    count: u64,
) -> Result<(), FmtError> {
    let mut one = metric.encode_family(&labels)?;
    one.encode_counter::<[(&str, &str); 0], _, u64>(&count, None)
}

fn frames(out: &mut DescriptorEncoder, ways: &[(&str, &LiveFamily)]) -> Result<(), FmtError> {
    let mut metric = counter(out, "parlor_ws_frames", "Frames, by direction and type")?;
    for (direction, family) in ways {
        for (kind, count) in family.iter() {
            let labels = [
                ("direction", (*direction).to_owned()),
                ("type", kind.to_owned()),
            ];
            counted(&mut metric, &labels, count)?;
        }
    }
    Ok(())
}

fn histogram(
    out: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    values: &LiveHistogram,
) -> Result<(), FmtError> {
    // Ours are cumulative, the encoder adds up itself.
    let mut before = 0;
    let mut buckets: Vec<(f64, u64)> = Vec::new();
    for (bound, up_to) in values.buckets() {
        buckets.push((bound, up_to.saturating_sub(before)));
        before = up_to;
    }
    let count = values.count().max(before);
    buckets.push((f64::MAX, count - before));
    let mut metric = out.encode_descriptor(name, help, None, MetricType::Histogram)?;
    metric.encode_histogram::<[(&str, &str); 0]>(values.sum(), count, &buckets, None)
}

/// The `process_*` of Prometheus' conventions, as far as Linux tells; nothing elsewhere.
fn process(out: &mut DescriptorEncoder) -> Result<(), FmtError> {
    let Some(process) = Process::read() else {
        return Ok(());
    };
    let name = "process_resident_memory_bytes";
    gauge(out, name, "Resident memory", process.resident_bytes)?;
    gauge(
        out,
        "process_open_fds",
        "Open file descriptors",
        process.open_fds,
    )?;
    let mut cpu = counter(out, "process_cpu_seconds", "Time of processors used")?;
    cpu.encode_counter::<[(&str, &str); 0], _, f64>(&process.cpu_seconds, None)
}

struct Process {
    resident_bytes: u64,
    open_fds: u64,
    cpu_seconds: f64,
}

impl Process {
    /// `/proc/self`, with the page size and clock tick that Linux has on all our platforms.
    fn read() -> Option<Self> {
        const TICKS: f64 = 100.0;
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let resident = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = resident.split_whitespace().next()?.parse().ok()?;
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // Behind the name in parentheses, which may hold spaces: fields 14 and 15 of proc(5).
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
        Some(Self {
            resident_bytes: kilobytes * 1024,
            open_fds: std::fs::read_dir("/proc/self/fd").ok()?.count() as u64,
            cpu_seconds: (ticks(11)? + ticks(12)?) / TICKS,
        })
    }
}

/// An id for a request, of our own making: 16 hex digits.
pub(crate) fn request_id(chance: [u8; 8]) -> String {
    let mut id = String::with_capacity(16);
    for byte in chance {
        // A string takes all text.
        let _ = write!(id, "{byte:02x}");
    }
    id
}
