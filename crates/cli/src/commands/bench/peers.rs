//! What others were measured at, and what is expected of us. Facts: the same workloads, on a machine with 2 cores and
//! PostgreSQL 15 with fsync and synchronous_commit on (or Redis 7 with appendfsync everysec), medians, November 2026.

/// On what, and how.
pub(super) const MACHINE: &str = "peers: the same workload on 2 cores, PostgreSQL 15 with fsync and synchronous_commit on (Redis 7: appendfsync everysec), medians, 2026-11";

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    Higher,
    Lower,
}

/// One thing that is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) better: Better,
    /// Digits after the point.
    pub(super) digits: usize,
    /// What is expected.
    pub(super) limit: Option<f64>,
}

/// A system and its figures, in the order of the workload's.
pub(super) struct Peer {
    pub(super) name: &'static str,
    pub(super) figures: &'static [f64],
    /// Whether it kept to the limit; one that did not is compared with nobody.
    pub(super) kept_the_limit: bool,
}

const fn kept(name: &'static str, figures: &'static [f64]) -> Peer {
    Peer {
        name,
        figures,
        kept_the_limit: true,
    }
}

const fn passed(name: &'static str, figures: &'static [f64]) -> Peer {
    Peer {
        name,
        figures,
        kept_the_limit: false,
    }
}

const fn refill(efficiency: Option<f64>, p50: Option<f64>, p99: Option<f64>) -> [Figure; 3] {
    [
        Figure {
            name: "efficiency",
            better: Better::Higher,
            digits: 3,
            limit: efficiency,
        },
        Figure {
            name: "gap p50 ms",
            better: Better::Lower,
            digits: 2,
            limit: p50,
        },
        Figure {
            name: "gap p99 ms",
            better: Better::Lower,
            digits: 2,
            limit: p99,
        },
    ]
}

/// W1: what is expected of `tenants` with `jobs` each, and what others reach. Other sizes have neither.
pub(super) fn w1(tenants: u32, jobs: u32) -> ([Figure; 3], &'static [Peer]) {
    match (tenants, jobs) {
        (1, 200) => (refill(Some(0.993), Some(1.0), Some(5.0)), W1_ONE),
        (100, 60) => (refill(Some(0.995), Some(1.0), Some(5.0)), W1_HUNDRED),
        (1000, 20) => (refill(Some(0.96), Some(10.0), Some(50.0)), W1_THOUSAND),
        _ => (refill(None, None, None), &[]),
    }
}

/// The same of the whole system, over HTTP and the broker; the system that this one replaces polls every 500 to 2,000 ms.
pub(super) const fn system_refill(tenants: u32) -> [Figure; 3] {
    match tenants {
        1 => refill(Some(0.99), Some(8.0), Some(30.0)),
        100 => refill(Some(0.97), Some(10.0), Some(60.0)),
        _ => refill(None, None, None),
    }
}

/// The most calls per second of the whole system on 2 cores, the simulated carrier included.
pub(super) const fn system_throughput() -> [Figure; 2] {
    [
        Figure {
            name: "calls/s",
            better: Better::Higher,
            digits: 0,
            limit: Some(300.0),
        },
        Figure {
            name: "CPU ms/call",
            better: Better::Lower,
            digits: 2,
            limit: None,
        },
    ]
}

const W1_ONE: &[Peer] = &[
    kept("bullmq-redis", &[0.994, 0.81, 1.5]),
    kept("apalis-postgres", &[0.990, 0.04, 3.0]),
    kept("bullmq-pg", &[0.988, 1.94, 5.2]),
    kept("pg-boss-queues", &[0.896, 2.17, 434.9]),
    kept("pg-boss-group", &[0.891, 2.81, 435.5]),
    kept("graphile-worker", &[0.880, 4.95, 508.2]),
    kept("procrastinate", &[0.872, 4.22, 526.6]),
    kept("graphile-worker-rs", &[0.870, 1.58, 652.9]),
    kept("naive-poll", &[0.118, 1387.93, 1514.7]),
];

const W1_HUNDRED: &[Peer] = &[
    kept("bullmq-redis", &[0.997, 0.41, 2.2]),
    kept("apalis-postgres", &[0.986, 0.01, 41.6]),
    kept("bullmq-pg", &[0.938, 11.85, 77.1]),
    kept("pg-boss-queues", &[0.798, 4.61, 457.6]),
    passed("pg-boss-group", &[0.559, -42.24, 360.8]),
    kept("graphile-worker-rs", &[0.387, 70.44, 1432.3]),
    kept("graphile-worker", &[0.370, 24.84, 2070.8]),
    kept("procrastinate", &[0.183, 10.62, 793.3]),
    kept("naive-poll", &[0.170, 1419.75, 1707.3]),
];

const W1_THOUSAND: &[Peer] = &[
    kept("bullmq-redis", &[0.937, 17.83, 85.0]),
    kept("apalis-postgres", &[0.783, 0.01, 903.9]),
    kept("pg-boss-queues", &[0.256, 1438.67, 1545.6]),
    kept("bullmq-pg", &[0.211, 1744.43, 2040.2]),
    passed("pg-boss-group", &[0.102, -67.92, 2480.6]),
    kept("graphile-worker-rs", &[0.052, 2686.43, 19852.5]),
    kept("graphile-worker", &[0.047, 3937.13, 23485.5]),
    kept("procrastinate", &[0.039, 11.93, 656.1]),
];

/// W2 with as many leads as the others.
pub(super) const W2_LEADS: u32 = 100_000;

pub(super) const fn w2(leads: u32) -> ([Figure; 2], &'static [Peer]) {
    let comparable = leads == W2_LEADS;
    let figures = [
        Figure {
            name: "seconds",
            better: Better::Lower,
            digits: 2,
            limit: if comparable { Some(0.8) } else { None },
        },
        Figure {
            name: "rows/s",
            better: Better::Higher,
            digits: 0,
            limit: None,
        },
    ];
    (figures, if comparable { W2 } else { &[] })
}

const W2: &[Peer] = &[
    kept("apalis-postgres", &[1.32, 75_708.0]),
    kept("graphile-worker", &[1.41, 70_893.0]),
    kept("pg-boss", &[1.83, 54_780.0]),
    kept("graphile-worker-rs", &[2.79, 35_801.0]),
    kept("bullmq-redis", &[3.69, 27_112.0]),
    kept("bullmq-pg", &[4.04, 24_805.0]),
    kept("procrastinate", &[7.37, 13_571.0]),
];

/// W3 with as many jobs as the others.
pub(super) const W3_JOBS: u32 = 50_000;

/// The second figure counts the time before the first call too: an engine that takes everything at once and only then
/// calls has done its work before the clock of the first begins.
pub(super) fn w3(jobs: u32) -> ([Figure; 2], &'static [Peer]) {
    let comparable = jobs == W3_JOBS;
    let rate = |name| Figure {
        name,
        better: Better::Higher,
        digits: 0,
        limit: if comparable { Some(30_000.0) } else { None },
    };
    let figures = [rate("jobs/s"), rate("from start")];
    (figures, if comparable { W3 } else { &[] })
}

const W3: &[Peer] = &[
    kept("graphile-worker-rs", &[61_809.0]),
    kept("pg-boss", &[30_436.0]),
    kept("graphile-worker", &[29_028.0]),
    kept("bullmq-redis", &[19_869.0]),
    kept("apalis-postgres", &[8_178.0]),
    kept("bullmq-pg", &[2_195.0]),
];

/// W4 with as many runs, jobs and seconds as the others.
pub(super) const W4_SIZE: (u32, u32, u64) = (1000, 20, 30);

pub(super) fn w4(tenants: u32, jobs: u32, seconds: u64) -> ([Figure; 1], &'static [Peer]) {
    let comparable = (tenants, jobs, seconds) == W4_SIZE;
    let figures = [Figure {
        name: "CPU s",
        better: Better::Lower,
        digits: 2,
        limit: comparable.then_some(0.5),
    }];
    (figures, if comparable { W4 } else { &[] })
}

const W4: &[Peer] = &[
    kept("apalis-postgres", &[0.14]),
    kept("bullmq-redis", &[0.33]),
    kept("pg-boss-queues", &[0.53]),
    kept("graphile-worker", &[0.62]),
    kept("bullmq-pg", &[2.57]),
    kept("naive-poll", &[47.65]),
    kept("graphile-worker-rs", &[58.14]),
];
